// Service that accepts the access tokens of a Cognito user pool: Express and aws-jwt-verify.

import { CognitoJwtVerifier } from "aws-jwt-verify";
import { FetchError, JwksValidationError } from "aws-jwt-verify/error";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import express from "express";

/** Application for the app client `clientId` of the user pool with the issuer `issuer`. */
export function createService({ issuer, clientId, jwksUri }) {
  const verifier = CognitoJwtVerifier.create(
    {
      userPoolId: new URL(issuer).pathname.slice(1),
      clientId,
      tokenUse: "access",
      customJwtCheck: checkRemainingRules,
    },
    // By default, the library fetches the keys from the issuer.
    jwksUri && { jwksCache: new SimpleJwksCache({ fetcher: new KeySetFetcher(jwksUri) }) },
  );
  const service = express();
  service.disable("x-powered-by");
  service.get("/reports", authenticate(verifier), (request, response) => {
    response.json({ user_id: response.locals.claims.sub });
  });
  service.get("/admin/reports", authenticate(verifier), requireGroup("admin"), (request, response) => {
    response.json({ user_id: response.locals.claims.sub });
  });
  return service;
}

/** Rules that the library leaves to its users. */
function checkRemainingRules({ header, payload }) {
  const groups = payload["cognito:groups"] ?? [];
  const rules = {
    crit: header.crit === undefined,
    exp: payload.exp !== undefined,
    sub: payload.sub !== undefined,
    "cognito:groups": Array.isArray(groups) && groups.every((group) => typeof group === "string"),
  };
  for (const [member, isKept] of Object.entries(rules)) {
    if (!isKept) throw new Error(`Invalid ${member}`);
  }
}

/** Middleware that keeps the claims of a valid access token in `response.locals`. */
function authenticate(verifier) {
  return async (request, response, next) => {
    const [, token = ""] = /^Bearer (.+)$/i.exec(request.get("Authorization") ?? "") ?? [];
    try {
      response.locals.claims = await verifier.verify(token);
    } catch (error) {
      if (error instanceof FetchError || error instanceof JwksValidationError) {
        response.set("Retry-After", "5").sendStatus(503);
      } else {
        response.set("WWW-Authenticate", token ? 'Bearer error="invalid_token"' : "Bearer").sendStatus(401);
      }
      return;
    }
    next();
  };
}

/** Middleware that requires a group of the user pool. */
function requireGroup(group) {
  return (request, response, next) => {
    if (response.locals.claims["cognito:groups"]?.includes(group)) {
      next();
    } else {
      response.sendStatus(403);
    }
  };
}

/** Fetches the keys from another URL than the issuer's, which may be plain HTTP in tests. */
class KeySetFetcher {
  constructor(uri) {
    this.uri = uri;
  }

  async fetch() {
    try {
      const response = await fetch(this.uri, { signal: AbortSignal.timeout(5000) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return await response.arrayBuffer();
    } catch (error) {
      throw new FetchError(this.uri, error);
    }
  }
}
