import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, Client, type Session, signIn } from "../src/index.js";
import {
  LOGGED_OUT,
  PROFILE,
  REFRESHED,
  type Reply,
  Service,
  USER,
  errorResponse,
  idle,
  json,
  sharedStorage,
  tokens,
} from "./service.js";

async function errorOf(reply: Reply): Promise<ApiError> {
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
      isTransient: true,
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
  const cause = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  const error = await errorOf(() => Promise.reject(cause));
  assert.deepEqual([error.status, error.type, error.detail], [0, "NetworkError", "The service could not be reached"]);
  assert.equal(error.cause, cause);
});

test("HTML response is an error with its status", async () => {
  const error = await errorOf(new Response("<html>Bad gateway</html>", { status: 502 }));
  assert.deepEqual([error.status, error.detail], [502, "The response of the service is not valid"]);
});

test("login uses no redirects, cookies or cache", async () => {
  const service = new Service().on("login", json(tokens()));
  await service.client().call("login", { username: "user@igad.int", password: "p" });
  const { redirect, credentials, cache } = service.sent[0]!.init;
  assert.deepEqual([redirect, credentials, cache], ["manual", "omit", "no-store"]);
});

test("redirect is an error", async () => {
  const redirect = () => new Response(null, { status: 302, headers: { location: "https://evil.example.org" } });
  assert.equal((await errorOf(redirect)).status, 302);
  // What browsers return: https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect
  const opaque = Object.defineProperties(new Response(null), { status: { value: 0 }, ok: { value: false } });
  assert.equal((await errorOf(() => Promise.resolve(opaque))).status, 0);
});

test("platform without cache, timeout and streams works", async () => {
  const [reply, orders] = [json(tokens()), json([])];
  const before = [Request, ReadableStream];
  const timeout = AbortSignal.timeout;
  Object.assign(globalThis, { Request: undefined, ReadableStream: undefined });
  Reflect.deleteProperty(AbortSignal, "timeout");
  try {
    const service = new Service().on("login", () => Promise.resolve(reply)).on("orders", () => Promise.resolve(orders));
    const client = service.client();
    assert.equal((await client.call("login", { username: "user@igad.int", password: "p" })).ok, true);
    assert.equal("cache" in service.sent[0]!.init, false);
    await client.keep(tokens());
    service.sent.length = 0;
    assert.equal(
      (await client.fetch("https://orders.example.org/api/auth/orders", { method: "POST", body: "{}" })).ok,
      true,
    );
  } finally {
    Object.assign(globalThis, { Request: before[0], ReadableStream: before[1] });
    Object.assign(AbortSignal, { timeout });
  }
});

for (const url of ["api.example.org", "", "/api", "ftp://api.example.org", "https://"]) {
  test(`base URL ${JSON.stringify(url)} is rejected`, () => {
    assert.throws(() => new Client(url), TypeError);
  });
}

test("base URL may end in /api/auth", async () => {
  const urls: string[] = [];
  const fetch = async (input: unknown) => {
    urls.push(String(input));
    return json(tokens());
  };
  for (const url of ["https://a.example.org/api/auth", "https://a.example.org/api/auth/", "https://a.example.org/v1//"])
    await new Client(url, { fetch }).call("login", { username: "u", password: "p" });
  assert.deepEqual(urls, [
    "https://a.example.org/api/auth/login",
    "https://a.example.org/api/auth/login",
    "https://a.example.org/v1/api/auth/login",
  ]);
});

test("fetch option is called without a receiver", async () => {
  // As `window.fetch`, which throws "Illegal invocation".
  const fetch = function (this: unknown): Promise<Response> {
    assert.equal(this, undefined);
    return Promise.resolve(json(tokens()));
  };
  const client = new Client("https://api.example.org", { fetch });
  assert.equal((await client.call("login", { username: "u", password: "p" })).ok, true);
});

test("option that is undefined has its default", async (t) => {
  t.mock.method(globalThis, "fetch", async () => json(tokens()));
  const client = new Client("https://api.example.org", { fetch: undefined, storage: undefined, timeout: undefined });
  assert.equal((await client.call("login", { username: "u", password: "p" })).ok, true);
});

test("timeout applies to the response body", async () => {
  const service = new Service().on("login", () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([123])) });
    return new Response(body);
  });
  const client = service.client({ timeout: 5000 });
  const result = await service.run(client.call("login", { username: "u", password: "p" }));
  assert.equal(!result.ok && result.error.type, "TimeoutError");
  assert.equal(service.elapsed, 5000);
});

for (const when of ["before", "during"]) {
  test(`signal that aborts ${when} a call cancels it`, async () => {
    const service = new Service().on("login", () => new Promise(() => {}));
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const result = service.client().call("login", { username: "u", password: "p" }, { signal: controller.signal });
    await idle();
    controller.abort();
    const { error } = (await result) as { error: ApiError };
    assert.deepEqual([error.type, error.status], ["AbortError", 0]);
    assert.equal(service.sent.length, when === "before" ? 0 : 1);
    assert.equal(service.sent[0]?.init.signal?.aborted ?? true, true);
  });
}

test("headers are sent with each request", async () => {
  const service = new Service().on("login", json(tokens()));
  let trace = 0;
  const headers = () => ({ "x-trace": String((trace += 1)), "content-type": "text/plain" });
  const client = service.client({ headers });
  const body = { username: "u", password: "p" };
  await client.call("login", body);
  await client.call("login", body, { headers: { "x-amz-user-context-data": "device" } });
  const sent = service.sent.map(({ headers }) =>
    ["x-trace", "x-amz-user-context-data", "content-type"].map((name) => headers.get(name)),
  );
  assert.deepEqual(sent, [
    ["1", null, "application/json"],
    ["2", "device", "application/json"],
  ]);
});

test("debug gets requests and events without tokens", async () => {
  const lines: string[] = [];
  const service = new Service().on("login", json(tokens())).on("logout", LOGGED_OUT);
  const client = service.client({ debug: (message, details) => lines.push(`${message} ${JSON.stringify(details)}`) });
  await signIn(client, { username: "user@igad.int", password: "SecureP@ssw0rd1" });
  await client.signOut();
  assert.deepEqual(lines, [
    'request login {"status":200,"milliseconds":0}',
    'SIGNED_IN {"cause":"signIn"}',
    'SIGNED_OUT {"cause":"signOut"}',
    'request logout {"status":200,"milliseconds":0}',
  ]);
});

test("methods can be detached from the client", async () => {
  const service = new Service().on("orders", json([])).on("me", json(PROFILE)).on("logout", LOGGED_OUT);
  const { accessToken, fetch, me, signOut, user } = service.signedIn();
  assert.equal((await accessToken()).ok, true);
  assert.equal((await fetch("https://orders.example.org/api/auth/orders")).ok, true);
  assert.equal((await me()).ok, true);
  assert.equal(user?.user_id, USER.user_id);
  // As `onClick={client.signOut}`.
  assert.equal((await signOut({ type: "click" } as object)).ok, true);
});

test("user sends no request", () => {
  const service = new Service();
  const client = service.signedIn();
  assert.equal(client.user, client.user);
  assert.deepEqual(service.sent, []);
});

test("stored user is the same object until it changes", async () => {
  let text = "";
  const storage = {
    load: () => (text ? (JSON.parse(text) as Session) : undefined),
    save: (session: Session) => {
      text = JSON.stringify(session);
    },
    clear: () => {
      text = "";
    },
  };
  const service = new Service().on("refresh-token", REFRESHED).on("me", json({ ...PROFILE, name: "Jane Doe" }));
  const client = service.signedIn({ storage });
  const before = client.user;
  assert.equal(client.user, before);
  service.pass(3600);
  await client.accessToken();
  assert.equal(client.user, before);
  await client.me();
  assert.equal(client.user?.name, "Jane Doe");
  assert.equal(client.user, client.user);
});

const STORED = { id: "s", accessToken: "access-1", refreshToken: "refresh-1", user: USER, expiresAt: 0, lifetime: 0 };
for (const [name, stored] of Object.entries({
  "a number": 1,
  text: "session",
  "an empty object": {},
  "no user": { ...STORED, user: undefined },
  "no access token": { ...STORED, accessToken: undefined },
  "no refresh token": { ...STORED, refreshToken: undefined },
  "an empty refresh token": { ...STORED, refreshToken: "" },
})) {
  test(`session with ${name} is ignored`, async () => {
    const service = new Service();
    const client = service.client({ storage: { ...sharedStorage(), load: () => stored as Session } });
    assert.equal(client.user, undefined);
    const token = await client.accessToken();
    assert.equal(!token.ok && token.error.type, "NotSignedIn");
    assert.deepEqual(service.sent, []);
  });
}

for (const expiresAt of [null, "tomorrow", undefined]) {
  test(`stored session with expiry ${expiresAt} is refreshed`, async () => {
    const service = new Service().on("refresh-token", REFRESHED);
    const storage = sharedStorage();
    storage.session = { ...STORED, expiresAt: expiresAt as unknown as number, lifetime: 3600_000, remember: true };
    const client = service.client({ storage });
    assert.deepEqual(await client.accessToken(), { ok: true, value: "access-2" });
    await client.accessToken();
    assert.deepEqual(service.routes, ["refresh-token"]);
  });
}

test("storage that throws holds no session", (t) => {
  const reported = t.mock.method(console, "error", () => {});
  const load = () => JSON.parse("{half a sess") as Session;
  const client = new Service().client({ storage: { ...sharedStorage(), load } });
  for (let render = 0; render < 10; render += 1) assert.equal(client.user, undefined);
  assert.equal(reported.mock.callCount(), 1);
});
