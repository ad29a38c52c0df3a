// Holds the service against test-vectors/tokens.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { createService } from "./service.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const vectors = read("../../../test-vectors/tokens.json");
const differences = read("differences.json");
const tokens = Object.fromEntries(vectors.tokens.map(({ name, token }) => [name, token]));

const servers = [];
let service;
const servicesWithoutKeys = [];

/** URL of a server on a free port. */
async function listen(handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

function start(jwksUri) {
  return listen(createService({ issuer: vectors.issuer, clientId: vectors.client_id, jwksUri }));
}

before(async () => {
  const keys = await listen((request, response) => {
    response.writeHead(request.url === "/unavailable" ? 503 : 200);
    response.end(request.url === "/page" ? "<html>" : JSON.stringify(vectors.jwks));
  });
  service = await start(`${keys}/jwks.json`);
  for (const path of ["unavailable", "page"]) servicesWithoutKeys.push(await start(`${keys}/${path}`));
});

after(() => {
  for (const server of servers) server.close();
});

const get = (path, token, origin = service) => fetch(origin + path, { headers: { Authorization: `Bearer ${token}` } });

for (const { name, verdict, token } of vectors.tokens) {
  test(`${name} is ${verdict}`, async () => {
    const response = await get("/reports", token);
    // Node.js rejects headers above 16 KiB with 431.
    assert.ok([200, 401, 431].includes(response.status), `status ${response.status}`);
    const expected = name in differences ? verdict !== "valid" : verdict === "valid";
    assert.equal(response.status === 200, expected);
    if (response.status === 401) assert.match(response.headers.get("WWW-Authenticate"), /^Bearer/);
  });
}

test("differences name vectors", () => {
  assert.deepEqual(
    Object.keys(differences).filter((name) => !(name in tokens)),
    [],
  );
});

test("valid token returns the user", async () => {
  const response = await get("/reports", tokens["access-token"]);
  assert.deepEqual(await response.json(), { user_id: "b7d8f6e4-0001" });
});

test("missing token returns 401", async () => {
  const response = await fetch(`${service}/reports`);
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("WWW-Authenticate"), "Bearer");
});

test("invalid token returns 401", async () => {
  const response = await get("/reports", tokens["exp-past"]);
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("WWW-Authenticate"), 'Bearer error="invalid_token"');
});

test("group admin is required", async () => {
  assert.equal((await get("/admin/reports", tokens["access-token"])).status, 200);
  assert.equal((await get("/admin/reports", tokens["no-groups"])).status, 403);
  assert.equal((await get("/admin/reports", tokens["groups-string"])).status, 401);
});

test("unavailable key set returns 503", async () => {
  for (const origin of servicesWithoutKeys) {
    const response = await get("/reports", tokens["access-token"], origin);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("Retry-After"), "5");
  }
});
