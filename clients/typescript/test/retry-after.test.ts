import assert from "node:assert/strict";
import { test } from "node:test";

import { signIn } from "../src/index.js";
import {
  UNAVAILABLE,
  EXPIRED,
  OFFLINE,
  PROFILE,
  USER,
  REFRESHED,
  REVOKED,
  Service,
  json,
  errorResponse,
  tokens,
} from "./service.js";

const THROTTLED = (retryAfter: string) =>
  errorResponse(429, "TooManyRequestsException", "Please wait", { "retry-after": retryAfter });

test("Retry-After blocks the route", async () => {
  const service = new Service().on("login", THROTTLED("5"), json(tokens()));
  const client = service.client();
  const credentials = { username: "user@igad.int", password: "SecureP@ssw0rd1" };
  await signIn(client, credentials);
  service.pass(3);
  const early = await signIn(client, credentials);
  assert.equal(early.kind === "failed" && early.error.status, 429);
  assert.equal(early.kind === "failed" && early.error.retryAfter, 2);
  assert.equal(service.sent.length, 1);
  service.pass(2);
  assert.equal((await signIn(client, credentials)).kind, "signed-in");
});

test("Retry-After with a date is honored", async () => {
  const service = new Service();
  service.on("login", THROTTLED(new Date(service.now + 7000).toUTCString()));
  const step = await signIn(service.client(), { username: "user@igad.int", password: "x" });
  assert.equal(step.kind === "failed" && step.error.retryAfter, 7);
});

test("invalid Retry-After is ignored", async () => {
  const service = new Service().on("login", THROTTLED("soon"));
  const step = await signIn(service.client(), { username: "user@igad.int", password: "x" });
  assert.equal(step.kind === "failed" && step.error.retryAfter, undefined);
});

test("throttled route does not block other routes", async () => {
  const service = new Service().on("me", THROTTLED("60")).on("passkeys", json({ passkeys: [] }));
  const client = service.signedIn();
  await client.me();
  assert.equal((await client.callSignedIn("passkeys")).ok, true);
});

test("Retry-After blocks for at most two minutes", async () => {
  const date = new Date(1_800_000_000_000 + 900_000).toUTCString();
  for (const retryAfter of ["900", date]) {
    const service = new Service().on("login", THROTTLED(retryAfter), json(tokens()));
    const client = service.client();
    const credentials = { username: "user@igad.int", password: "x" };
    const first = await signIn(client, credentials);
    assert.equal(first.kind === "failed" && first.error.retryAfter, 900);
    service.pass(119);
    const early = await signIn(client, credentials);
    assert.equal(early.kind === "failed" && early.error.retryAfter, 781);
    service.pass(1);
    assert.equal((await signIn(client, credentials)).kind, "signed-in");
  }
});

test("pauses ignore changes of the clock", async () => {
  const service = new Service()
    .on("login", UNAVAILABLE, json(tokens()))
    .on("me", json(PROFILE), json({ ...PROFILE, name: "Jane Doe" }));
  const client = service.client();
  const credentials = { username: "user@igad.int", password: "x" };
  await signIn(client, credentials);
  service.now -= 3600_000;
  service.pass(1);
  assert.equal((await signIn(client, credentials)).kind, "signed-in");
  await client.me();
  service.now -= 3600_000;
  service.pass(5);
  const me = await client.me();
  assert.equal(me.ok && me.value.name, "Jane Doe");
});

for (const type of ["UserLambdaValidationException", "ForbiddenException"]) {
  test(`${type} blocks no route`, async () => {
    const service = new Service().on(
      "login",
      errorResponse(403, type, `Authentication error: ${type}`),
      json(tokens()),
    );
    const client = service.client();
    const step = await signIn(client, { username: "user@igad.int", password: "x" });
    assert.deepEqual(step.kind === "failed" && [step.error.type, step.error.detail], [
      type,
      `Authentication error: ${type}`,
    ]);
    assert.equal((await signIn(client, { username: "user@igad.int", password: "x" })).kind, "signed-in");
  });
}

const FAILURES = {
  "503": UNAVAILABLE,
  "429 for a day": () => THROTTLED("86400"),
  "403": () => json({ message: "Forbidden" }, 403),
  "404": () => json({ message: "Not Found" }, 404),
  "422": () => errorResponse(422, "ValidationException", "refresh_token: field required"),
  "400": () => errorResponse(400, "InvalidParameterException", "Token refresh error: InvalidParameterException"),
};
for (const [name, reply] of Object.entries(FAILURES)) {
  test(`${name}: refreshes have growing pauses`, async () => {
    const service = new Service().on("refresh-token", reply);
    const client = service.signedIn();
    service.pass(3600);
    let failures = 0;
    client.onAuthStateChange(({ type }) => {
      if (type === "TOKEN_REFRESH_FAILED") failures += 1;
    });
    const times: number[] = [];
    for (let second = 0; second < 3600; second += 1) {
      const sent = service.sent.length;
      for (let repeat = 0; repeat < 2; repeat += 1) assert.equal((await client.accessToken()).ok, false);
      if (service.sent.length > sent) times.push(second);
      service.pass(1);
    }
    const expected = name === "429 for a day" ? [0, 120, 240] : [0, 1, 3, 7, 15, 31, 63, 127, 247];
    assert.deepEqual(times.slice(0, expected.length), expected);
    assert.equal(failures, times.length);
    assert.deepEqual(client.user, USER);
  });
}

test("refresh without network is retried once", async () => {
  const service = new Service().on("refresh-token", OFFLINE, REFRESHED);
  const client = service.signedIn();
  service.pass(3600);
  assert.deepEqual(await service.run(client.accessToken()), { ok: true, value: "access-2" });
  assert.equal(service.elapsed, 3601_000);
  service.pass(3600);
  service.on("refresh-token", OFFLINE);
  assert.equal((await service.run(client.accessToken())).ok, false);
  assert.equal((await client.accessToken()).ok, false);
  assert.equal(service.sent.length, 4);
});

test("retry of a refresh ends with the timeout", async () => {
  const service = new Service();
  const client = service.signedIn({ timeout: 3000 });
  service.pass(3600);
  service.on("refresh-token", OFFLINE, () => new Promise(() => {}));
  const token = await service.run(client.accessToken());
  assert.equal(!token.ok && token.error.type, "TimeoutError");
  assert.equal(service.elapsed, 3603_000);
});

test("success ends the pauses of refreshes", async () => {
  const service = new Service().on("refresh-token", UNAVAILABLE);
  const client = service.signedIn();
  service.pass(3600);
  for (const seconds of [0, 1, 3]) {
    service.pass(seconds);
    await client.accessToken();
  }
  service.pass(4);
  service.on("refresh-token", REFRESHED);
  assert.equal((await client.accessToken()).ok, true);
  service.pass(3600);
  service.on("refresh-token", UNAVAILABLE);
  await client.accessToken();
  service.pass(1);
  const sent = service.sent.length;
  await client.accessToken();
  assert.equal(service.sent.length, sent + 1);
});

test("wrong password can be retried immediately", async () => {
  const service = new Service().on(
    "login",
    errorResponse(401, "NotAuthorizedException", "Invalid credentials"),
    json(tokens()),
  );
  const client = service.client();
  await signIn(client, { username: "user@igad.int", password: "wrong" });
  assert.equal((await signIn(client, { username: "user@igad.int", password: "right" })).kind, "signed-in");
});

const REPLIES = {
  "200": () => json(PROFILE),
  "401": EXPIRED,
  "429": () => THROTTLED("1"),
  "503": UNAVAILABLE,
  "no network": OFFLINE,
};
for (const [name, reply] of Object.entries(REPLIES)) {
  test(`me with ${name} is requested once in 5 s`, async () => {
    const service = new Service().on("me", reply).on("refresh-token", REFRESHED);
    const client = service.signedIn();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await client.me();
      service.pass(0.09);
    }
    const count = () => service.routes.filter((route) => route === "me").length;
    // With 401 the second request is the retry after a refresh.
    const expected = name === "401" ? 2 : 1;
    assert.equal(count(), expected);
    service.pass(1);
    await client.me();
    assert.equal(count(), expected + 1);
  });
}

test("me with forceRefresh is requested at once", async () => {
  const service = new Service().on("me", json(PROFILE), json({ ...PROFILE, name: "Jane Doe" }));
  const client = service.signedIn();
  await client.me();
  const fresh = await client.me({ forceRefresh: true });
  assert.deepEqual(await client.me(), fresh);
  assert.equal(client.user?.name, "Jane Doe");
  assert.deepEqual(service.routes, ["me", "me"]);
});

test("concurrent calls of me share one request", async () => {
  const service = new Service().on("me", json(PROFILE));
  const client = service.signedIn();
  const answers = await Promise.all([client.me(), client.me()]);
  assert.equal(service.sent.length, 1);
  assert.deepEqual(answers[0], answers[1]);
});

test("me is not reused for another user", async () => {
  const service = new Service().on("me", json(PROFILE), json({ ...PROFILE, user_id: "another" }));
  const client = service.signedIn();
  await client.me();
  await client.keep(tokens({ user: { ...USER, user_id: "another" } }), false);
  const me = await client.me();
  assert.equal(me.ok && me.value.user_id, "another");
});

test("me is not reused after the session ended", async () => {
  const service = new Service().on("me", EXPIRED).on("refresh-token", REVOKED);
  const client = service.signedIn();
  assert.equal((await client.me()).ok, false);
  assert.equal(client.user, undefined);
  await client.keep(tokens());
  service.on("me", json(PROFILE));
  const me = await client.me();
  assert.equal(me.ok && me.value.user_id, USER.user_id);
});

for (const body of [[], {}, { user_id: "" }]) {
  test(`me with ${JSON.stringify(body)} is an error`, async () => {
    const client = new Service().on("me", json(body)).signedIn();
    const me = await client.me();
    assert.deepEqual(!me.ok && [me.error.status, me.error.type], [200, "InvalidResponse"]);
  });
}

test("me updates the user", async () => {
  const changed = { ...PROFILE, role: "admin", is_admin: true } as const;
  const service = new Service().on("me", json(changed)).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  const heard: string[] = [];
  client.onAuthStateChange(({ type, user }) => heard.push(`${type} ${user?.role}`));
  await client.me();
  assert.deepEqual(client.user, { ...USER, role: "admin", is_admin: true });
  assert.deepEqual(heard, ["INITIAL_SESSION user", "USER_UPDATED admin"]);
  service.pass(3600);
  await client.accessToken();
  assert.deepEqual(heard.slice(2), ["TOKEN_REFRESHED user", "USER_UPDATED user"]);
});
