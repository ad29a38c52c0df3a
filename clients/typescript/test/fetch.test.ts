// `client.fetch`, for the application's own API.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { ApiError } from "../src/index.js";
import { EXPIRED, OFFLINE, REFRESHED, REVOKED, Service, UNAVAILABLE, USER, json, tokens } from "./service.js";

const ORDERS = "https://orders.example.org/api/auth/orders";

test("fetch adds the token to the request", async () => {
  const service = new Service().on("orders", json([{}]));
  const response = await service.signedIn().fetch(ORDERS, { method: "POST", body: "{}", headers: { "x-trace": "1" } });
  assert.equal(response.status, 200);
  const { token, headers, method, body } = service.sent[0]!;
  assert.deepEqual([token, headers.get("x-trace"), method, body], ["access-1", "1", "POST", {}]);
});

test("fetch refreshes a rejected token and retries once", async () => {
  const service = new Service().on("orders", EXPIRED, json({})).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  assert.equal((await client.fetch(ORDERS)).status, 200);
  assert.deepEqual(
    service.sent.map(({ token }) => token),
    ["access-1", null, "access-2"],
  );
});

test("fetch refreshes an expired token", async () => {
  const service = new Service().on("orders", json({})).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600);
  await client.fetch(ORDERS);
  assert.deepEqual(service.routes, ["refresh-token", "orders"]);
});

test("fetch does not send a stream twice", async () => {
  const service = new Service().on("orders", EXPIRED).on("refresh-token", REFRESHED);
  const body = new Blob(["{}"]).stream();
  const response = await service.signedIn().fetch(ORDERS, { method: "POST", body, duplex: "half" } as RequestInit);
  assert.equal(response.status, 401);
  assert.deepEqual(service.routes, ["orders"]);
});

test("fetch without a session sends no token", async () => {
  const service = new Service().on("orders", EXPIRED);
  assert.equal((await service.client().fetch(ORDERS)).status, 401);
  assert.deepEqual(
    service.sent.map(({ token }) => token),
    [null],
  );
});

test("fetch rejects after a transient refresh failure", async () => {
  const proxy = () => new Response("<html>Unauthorized</html>", { status: 401 });
  for (const reply of [UNAVAILABLE, proxy]) {
    const service = new Service().on("orders", EXPIRED).on("refresh-token", reply);
    const client = service.signedIn();
    await assert.rejects(client.fetch(ORDERS), (error) => error instanceof ApiError && error.isTransient);
    assert.deepEqual(client.user, USER);
  }
});

test("fetch returns the 401 of an ended session", async () => {
  const service = new Service().on("orders", EXPIRED).on("refresh-token", REVOKED);
  const client = service.signedIn();
  const response = await client.fetch(ORDERS, { method: "POST", body: "{}" });
  assert.equal(response.status, 401);
  assert.deepEqual(await response.json(), { detail: "Token has expired" });
  assert.deepEqual(service.routes, ["orders", "refresh-token"]);
});

test("fetch rejects like fetch without network", async () => {
  const client = new Service().on("orders", OFFLINE).signedIn();
  await assert.rejects(client.fetch(ORDERS), TypeError);
});

test("Request keeps method, headers, body and signal", async () => {
  const service = new Service().on("orders", EXPIRED, json({})).on("refresh-token", REFRESHED);
  const fetcher: typeof fetch = service.signedIn().fetch;
  const { signal } = new AbortController();
  const request = new Request(ORDERS, { method: "POST", body: '{"a":1}', headers: { "x-trace": "1" }, signal });
  assert.equal((await fetcher(request)).status, 200);
  const sent = service.sent.filter(({ route }) => route === "orders");
  for (const { method, headers, body } of sent)
    assert.deepEqual([method, headers.get("x-trace"), body], ["POST", "1", { a: 1 }]);
  assert.deepEqual(
    sent.map(({ token }) => token),
    ["access-1", "access-2"],
  );
});

test("Request can be aborted", async () => {
  const service = new Service().on("orders", () => new Promise(() => {}));
  const controller = new AbortController();
  const response = service.signedIn().fetch(new Request(ORDERS, { signal: controller.signal }));
  controller.abort(new Error("no longer needed"));
  await assert.rejects(response, /no longer needed/);
});

test("fetch works with the Request of Node.js", async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      seen.push([request.method, request.headers["x-trace"], request.headers.authorization, text]);
      response.writeHead(seen.length === 1 ? 401 : 200).end("x".repeat(1000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  try {
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const service = new Service().on("refresh-token", REFRESHED);
    const client = service.signedIn({
      fetch: (input, init) =>
        String(input).startsWith("https://api.example.org") ? service.respond(input, init ?? {}) : fetch(input, init),
      baseUrl: `${origin}/v1/`,
    });
    const request = new Request(`${origin}/v1/orders`, { method: "POST", body: "two", headers: { "x-trace": "1" } });
    assert.equal((await client.fetch(request)).status, 200);
    assert.equal((await client.fetch("orders")).status, 200);
    assert.deepEqual(seen, [
      ["POST", "1", "Bearer access-1", "two"],
      ["POST", "1", "Bearer access-2", "two"],
      ["GET", undefined, "Bearer access-2", ""],
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("body of a discarded 401 is canceled", async () => {
  let canceled = 0;
  const large = () => {
    const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536));
    const cancel = () => {
      canceled += 1;
    };
    return new Response(new ReadableStream({ pull, cancel }), { status: 401 });
  };
  const service = new Service().on("orders", large, json({})).on("refresh-token", REFRESHED);
  assert.equal((await service.signedIn().fetch(ORDERS)).status, 200);
  assert.equal(canceled, 1);
});

test("token goes to the allowed origins only", async () => {
  const service = new Service().on("orders", json({}));
  const client = service.signedIn({
    allowedOrigins: ["https://orders.example.org"],
    baseUrl: "https://orders.example.org",
  });
  for (const url of [ORDERS, new URL(ORDERS), new Request(ORDERS), "/api/auth/orders"])
    assert.equal((await client.fetch(url)).status, 200);
  const others = [
    "https://evil.example.org/",
    "http://orders.example.org/",
    "https://orders.example.org@evil.example.org/",
  ];
  for (const url of [...others, new Request(others[0]!), "//evil.example.org/orders"])
    await assert.rejects(client.fetch(url), TypeError);
  assert.equal(service.sent.length, 4);
});

test("relative URL without a base URL is rejected", async () => {
  await assert.rejects(new Service().signedIn().fetch("/orders"), TypeError);
});

test("API that always returns 401 causes few refreshes", async () => {
  const other = "https://healthy.example.org/api/auth/healthy";
  const service = new Service().on("orders", EXPIRED).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  let refreshes = 0;
  service.on("refresh-token", () => {
    refreshes += 1;
    return json({ user: USER, access_token: `access-${refreshes}`, expires_in: 3600, token_type: "bearer" });
  });
  for (let second = 0; second < 3600; second += 1) {
    await client.fetch(ORDERS);
    service.pass(1);
  }
  assert.ok(refreshes > 1 && refreshes <= 10, String(refreshes));

  // Another API, whose 401 is right, is not affected.
  const before = refreshes;
  service.on("healthy", EXPIRED, json({}));
  assert.equal((await client.fetch(other)).status, 200);
  assert.equal(refreshes, before + 1);
});

test("concurrent 401s cause one short pause", async () => {
  const service = new Service().on("orders", EXPIRED);
  const client = service.signedIn();
  for (const seconds of [0, 10, 20]) {
    service.pass(seconds);
    service.on("refresh-token", json(tokens({ access_token: `access-after-${seconds}` })));
    const refreshes = () => service.routes.filter((route) => route === "refresh-token").length;
    const before = refreshes();
    await Promise.all(Array.from({ length: 20 }, () => client.fetch(ORDERS)));
    assert.equal(refreshes(), before + 1);
  }
});

test("other response than 401 ends the pause", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.on("orders", EXPIRED);
  await client.fetch(ORDERS);
  service.on("orders", json({}));
  await client.fetch(ORDERS);
  service.on("orders", EXPIRED, json({})).on("refresh-token", REFRESHED);
  assert.equal((await client.fetch(ORDERS)).status, 200);
});
