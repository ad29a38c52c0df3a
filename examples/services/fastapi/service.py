"""Service that accepts the access tokens of a Cognito user pool: FastAPI and PyJWT."""

import os
from json import JSONDecodeError
from typing import Annotated, Literal

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
JWKS_URI = os.environ.get("JWKS_URI", f"{ISSUER}/.well-known/jwks.json")

# A pool with multi-Region replication may use its second issuer URL.
ISSUERS = [ISSUER, ISSUER.replace("https://cognito-idp.", "https://issuer-cognito-idp.")]

# Caches the keys for five minutes. An unknown key ID causes at most one request in 30 seconds.
keys = jwt.PyJWKClient(JWKS_URI, timeout=5)
bearer = HTTPBearer()
app = FastAPI()


class AccessToken(BaseModel):
    """Required claims and their types. PyJWT does not know Cognito's claims, and checks `exp` only if it is present."""

    model_config = ConfigDict(strict=True)

    sub: str
    client_id: str
    token_use: Literal["access"]
    exp: float
    nbf: float = 0
    groups: list[str] = Field(default=[], alias="cognito:groups")


def verified_token(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> AccessToken:
    """Verified claims of the request's access token."""
    token = credentials.credentials
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=ISSUERS,
            # Access tokens of Cognito have `client_id` instead of `aud`.
            options={"verify_aud": False},
        )
        access_token = AccessToken.model_validate(claims)
        if access_token.client_id != CLIENT_ID:
            raise jwt.InvalidTokenError("another app client")
        return access_token
    except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, JSONDecodeError) as error:
        raise HTTPException(503, headers={"Retry-After": "5"}) from error
    except (jwt.PyJWTError, ValidationError) as error:
        raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}) from error


def administrator(token: Annotated[AccessToken, Depends(verified_token)]) -> AccessToken:
    """Claims of a user in the group `admin`."""
    if "admin" not in token.groups:
        raise HTTPException(403)
    return token


@app.get("/reports")
def reports(token: Annotated[AccessToken, Depends(verified_token)]):
    return {"user_id": token.sub}


@app.get("/admin/reports")
def admin_reports(token: Annotated[AccessToken, Depends(administrator)]):
    return {"user_id": token.sub}
