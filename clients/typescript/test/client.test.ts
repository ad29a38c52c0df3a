import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../src/index.js";
import {
  UNAVAILABLE,
  EXPIRED,
  OFFLINE,
  USER,
  REFRESHED,
  REVOKED,
  Service,
  json,
  errorResponse,
  sharedStorage,
  tokens,
} from "./service.js";

const LOGGED_OUT = () => json({ message: "Logged out successfully" });
const ORDERS = "https://orders.example.org/api/auth/orders";

test("sign-out revokes the refresh token and deletes the session", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  const client = service.signedIn();
  assert.equal((await client.signOut()).ok, true);
  assert.deepEqual(service.sent[0]?.body, { refresh_token: "refresh-1", everywhere: false });
  assert.equal(client.user, undefined);
});

for (const [name, reply] of Object.entries({ "no network": OFFLINE, "503": UNAVAILABLE })) {
  test(`sign-out with ${name} deletes the session and returns the error`, async () => {
    const client = new Service().on("logout", reply).signedIn();
    assert.equal((await client.signOut()).ok, false);
    assert.equal(client.user, undefined);
  });
}

test("sign-out deletes the session before the response", async () => {
  const service = new Service();
  const client = service.signedIn();
  let then: unknown = "not called";
  service.on("logout", () => {
    then = client.user;
    return LOGGED_OUT();
  });
  await client.signOut();
  assert.equal(then, undefined);
});

test("global sign-out refreshes an expired token", async () => {
  const service = new Service()
    .on("refresh-token", json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })))
    .on("logout", LOGGED_OUT);
  const client = service.signedIn();
  service.pass(3600);
  assert.equal((await client.signOut({ everywhere: true })).ok, true);
  const { token, body } = service.sent.at(-1)!;
  assert.deepEqual([token, body], ["access-2", { refresh_token: "refresh-2", everywhere: true }]);
  assert.equal(client.user, undefined);
});

for (const [name, reply] of Object.entries({ "503": UNAVAILABLE, "401": REVOKED })) {
  test(`global sign-out with ${name} signs out locally and returns the error`, async () => {
    const service = new Service().on("refresh-token", reply).on("logout", LOGGED_OUT);
    const client = service.signedIn();
    service.pass(3600);
    const result = await client.signOut({ everywhere: true });
    assert.equal(!result.ok && result.error.status, Number(name));
    assert.equal(client.user, undefined);
    assert.equal(service.sent.at(-1)?.body["refresh_token"], "refresh-1");
  });
}

test("global sign-out revokes the token of its own user", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  const client = service.signedIn();
  service.on("refresh-token", () => {
    client.keep(
      tokens({ access_token: "theirs", refresh_token: "theirs", user: { ...USER, user_id: "another" } }),
      false,
    );
    return REFRESHED();
  });
  service.pass(3600);
  await client.signOut({ everywhere: true });
  assert.equal(service.sent.at(-1)?.body["refresh_token"], "refresh-1");
});

test("sign-out without a session sends no request", async () => {
  const service = new Service();
  assert.equal((await service.client().signOut()).ok, true);
  assert.deepEqual(service.sent, []);
});

async function errorOf(reply: Response | (() => Promise<Response>)): Promise<ApiError> {
  const result = await new Service()
    .on("forgot-password", reply)
    .client()
    .call("forgot-password", { username: "user@igad.int" });
  assert.ok(!result.ok);
  return result.error;
}

test("error has status, type, detail and request id", async () => {
  const error = await errorOf(
    errorResponse(429, "LimitExceededException", "Too many requests. Please try again later", { "retry-after": "5" }),
  );
  assert.ok(error instanceof ApiError);
  assert.deepEqual(
    { ...error },
    {
      name: "ApiError",
      status: 429,
      type: "LimitExceededException",
      detail: "Too many requests. Please try again later",
      requestId: "request-1",
      retryAfter: 5,
    },
  );
  assert.equal(error.message, error.detail);
});

test("error of API Gateway is parsed", async () => {
  const error = await errorOf(json({ message: "Too Many Requests" }, 429, { "apigw-requestid": "tM1ZJnTXhV6BpIM=" }));
  assert.deepEqual(
    [error.status, error.type, error.detail, error.requestId],
    [429, undefined, "Too Many Requests", "tM1ZJnTXhV6BpIM="],
  );
});

test("missing response has status 0 and the cause", async () => {
  const error = await errorOf(OFFLINE);
  assert.deepEqual([error.status, error.type, error.detail], [0, "TypeError", "The service could not be reached"]);
});

test("HTML response is an error with its status", async () => {
  const error = await errorOf(new Response("<html>Bad gateway</html>", { status: 502 }));
  assert.deepEqual([error.status, error.detail], [502, "The service gave no answer that can be understood"]);
});

test("login uses no redirects, cookies or cache", async () => {
  const service = new Service().on("login", json(tokens()));
  await service.client().call("login", { username: "user@igad.int", password: "p" });
  const { redirect, credentials, cache } = service.sent[0]!.init;
  assert.deepEqual([redirect, credentials, cache], ["error", "omit", "no-store"]);
});

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
  const service = new Service().on("orders", EXPIRED).on("refresh-token", UNAVAILABLE);
  const client = service.signedIn();
  await assert.rejects(client.fetch(ORDERS), (error) => error instanceof ApiError && error.status === 503);
  assert.deepEqual(client.user, USER);
});

test("listeners are called until they unsubscribe", async () => {
  let another: () => void = () => assert.fail("no listener is subscribed");
  let isListening = false;
  const storage = {
    ...sharedStorage(),
    subscribe(listener: () => void) {
      another = listener;
      isListening = true;
      return () => {
        isListening = false;
      };
    },
  };
  const service = new Service().on("refresh-token", REFRESHED).on("logout", LOGGED_OUT);
  const client = service.client({ storage });
  const heard: (string | undefined)[] = [];
  const unsubscribe = client.subscribe(() => heard.push(client.user?.name));
  client.keep(tokens(), false);
  service.pass(3600);
  await client.accessToken();
  await client.signOut();
  another();
  assert.deepEqual(heard, ["John Doe", "John Doe", undefined, undefined]);
  unsubscribe();
  client.keep(tokens(), false);
  assert.equal(heard.length, 4);
  assert.equal(isListening, false);
});

test("user sends no request", () => {
  const service = new Service();
  const client = service.signedIn();
  assert.equal(client.user, client.user);
  assert.deepEqual(service.sent, []);
});
