// Pages of allowed and other origins at the API behind CloudFront and WAF: the template in the emulator, and a double of
// CloudFront that implements deploy/edge.yaml. Only an AWS account can show that CloudFront does the same.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { launch } from "./browser.js";
import { deployInto, root, start } from "./stack.js";

const SECRET = "what-cloudfront-knows";

/** Number of guesses that the double allows. */
const GUESSES = 5;

const MAKE_SECRET = `
import boto3, sys
client = boto3.client("secretsmanager", endpoint_url=sys.argv[1], region_name=sys.argv[2],
                      aws_access_key_id="test", aws_secret_access_key="test")
print(client.create_secret(Name="edge", SecretString=sys.argv[3])["ARN"], end="")`;

const TO_JSON = `
import json, sys
from samcli.yamlhelper import yaml_parse
print(json.dumps(yaml_parse(open(sys.argv[1]).read())))`;

let stack;
let api;
let edge;
let resources;
let allowed;
let other;
let browser;

before(async () => {
  [stack, browser, allowed, other] = await Promise.all([start("--emulator"), launch(), serve(blank), serve(blank)]);
  const secret = await python("emulator", MAKE_SECRET, stack.aws_endpoint_url, stack.region, SECRET);
  const parameters = [
    `ExistingUserPoolId=${stack.user_pool_id}`,
    `AllowedOrigins=${allowed.origin}`,
    `EdgeSecretArn=${secret}`,
  ];
  api = await deployInto(stack, "sign-in-edge", parameters);
  resources = JSON.parse(await python("sam", TO_JSON, path.join(root, "deploy/edge.yaml"))).Resources;
  edge = await serve(cloudfront(resources, api.api_url));
});

after(async () => {
  await browser?.close();
  await stack?.end();
  for (const server of [allowed, other, edge]) server?.close();
});

/** Output of a script in one of the Python environments of `local`. */
async function python(environment, script, ...options) {
  const interpreter = path.join(root, "target/local", environment, "bin/python");
  return (await promisify(execFile)(interpreter, ["-c", script, ...options])).stdout;
}

function blank(_, response) {
  response.setHeader("content-type", "text/html").end("<title>A page</title>");
}

/** Starts a server on localhost. */
async function serve(listener) {
  // An error must fail the test at once.
  const server = createServer(async (request, response) => {
    try {
      await listener(request, response);
    } catch (error) {
      response.destroy(error);
    }
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const close = () => (server.closeAllConnections(), server.close());
  return { origin: `http://localhost:${server.address().port}`, close };
}

/** Headers that the template's CloudFront Function adds to a request of a viewer with the address `ip`. */
function viewerHeaders({ TellViewerAddress }, ip) {
  const handler = new Function(`${TellViewerAddress.Properties.FunctionCode}; return handler;`)();
  return handler({ viewer: { ip }, request: { headers: {} } }).headers;
}

/** `value` of the template without `CookieOrigin`: the last branch of each `Fn::If`. */
function withoutCookieOrigin(value) {
  if (Array.isArray(value)) return value.map(withoutCookieOrigin).filter((item) => item.Ref !== "AWS::NoValue");
  if (typeof value !== "object") return value;
  if (value["Fn::If"]) return withoutCookieOrigin(value["Fn::If"][2]);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutCookieOrigin(member)]));
}

/** Double of the template's distribution, with the rule `guesses` of its web ACL. */
function cloudfront({ Distribution, TellViewerAddress, WebAcl }, origin) {
  const { DefaultCacheBehavior, Origins } = Distribution.Properties.DistributionConfig;
  const added = viewerHeaders({ TellViewerAddress }, "198.51.100.7");
  const { Rules, CustomResponseBodies } = WebAcl.Properties;
  const { Statement, Action } = Rules.find(({ Name }) => Name === "guesses");
  const [{ NotStatement: spared }, { RegexMatchStatement: guess }] =
    Statement.RateBasedStatement.ScopeDownStatement.AndStatement.Statements;
  let guesses = 0;

  return async (request, response) => {
    const isSpared = request.method === spared.Statement.ByteMatchStatement.SearchString;
    if (!isSpared && new RegExp(guess.RegexString).test(request.url) && ++guesses > GUESSES) {
      const { ResponseCode, ResponseHeaders, CustomResponseBodyKey } = Action.Block.CustomResponse;
      response.setHeader("content-type", "application/json");
      for (const { Name, Value } of withoutCookieOrigin(ResponseHeaders)) response.setHeader(Name, Value);
      return response.writeHead(ResponseCode).end(CustomResponseBodies[CustomResponseBodyKey].Content);
    }
    if (!DefaultCacheBehavior.AllowedMethods.includes(request.method)) return response.writeHead(403).end();

    // All headers of the viewer except Host, then those of the function and of the origin.
    const headers = new Headers(request.headers);
    for (const name of ["host", "connection", "content-length"]) headers.delete(name);
    for (const [name, { value }] of Object.entries(added)) headers.set(name, value);
    for (const { HeaderName } of Origins[0].OriginCustomHeaders) headers.set(HeaderName, SECRET);
    const sent = Buffer.concat(await request.toArray());
    const body = sent.length > 0 ? sent : undefined;

    const result = await fetch(`${origin}${request.url}`, { method: request.method, headers, body });
    const read = Buffer.from(await result.arrayBuffer());
    for (const [name, value] of result.headers) {
      if (!["connection", "content-encoding", "content-length", "transfer-encoding"].includes(name)) {
        response.setHeader(name, value);
      }
    }
    return response.writeHead(result.status).end(read);
  };
}

/** Signs in at `url` from a page of `origin`, and returns what the page can read. */
async function signIn(origin, url, credentials = { username: "user@igad.int", password: "SecureP@ssw0rd1" }) {
  const page = await browser.newPage();
  try {
    await page.goto(origin);
    return await page.evaluate(
      async ([at, body]) => {
        const headers = { "content-type": "application/json" };
        const request = { method: "POST", credentials: "omit", headers, body: JSON.stringify(body) };
        try {
          const response = await fetch(`${at}/api/auth/login`, request);
          const { detail, user } = await response.json();
          const [type, retryAfter] = ["x-amzn-errortype", "retry-after"].map((name) => response.headers.get(name));
          return { status: response.status, type, retryAfter, said: detail ?? user.name };
        } catch (error) {
          return { error: error.name };
        }
      },
      [url, credentials],
    );
  } finally {
    await page.close();
  }
}

// Tests of shared/src/lambda send the address under the same name.
test("CloudFront sends the viewer's address in x-viewer-address", () => {
  const address = "2001:db8::7";
  assert.deepEqual(viewerHeaders(resources, address), { "x-viewer-address": { value: address } });
});

test("page of an allowed origin signs in through CloudFront", async () => {
  const seen = await signIn(allowed.origin, edge.origin);
  assert.deepEqual([seen.status, seen.said], [200, "John Doe"]);
});

test("page of an allowed origin can read errors", async () => {
  const seen = await signIn(allowed.origin, edge.origin, { username: "user@igad.int", password: "wrong" });
  assert.deepEqual([seen.status, seen.type, seen.said], [401, "NotAuthorizedException", "Invalid credentials"]);
});

test("page of another origin is blocked by CORS", async () => {
  assert.deepEqual(await signIn(other.origin, edge.origin), { error: "TypeError" });
});

test("request that bypasses CloudFront returns 403", async () => {
  const seen = await signIn(allowed.origin, api.api_url);
  assert.deepEqual([seen.status, seen.type], [403, "PublicAddressRequired"]);
});

test("page can read WAF's 429 and its Retry-After", async () => {
  let seen;
  for (let guess = 0; guess <= GUESSES; guess += 1) seen = await signIn(allowed.origin, edge.origin, {});
  const said = "Too many requests. Please try again later";
  assert.deepEqual(seen, { status: 429, type: "TooManyRequestsException", retryAfter: "300", said });
});
