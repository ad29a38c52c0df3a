import assert from "node:assert/strict";
import { test } from "node:test";

import { signIn } from "../src/index.js";
import { UNAVAILABLE, EXPIRED, OFFLINE, USER, REFRESHED, Service, json, errorResponse, tokens } from "./service.js";

const THROTTLED = (retryAfter: string) =>
  errorResponse(429, "TooManyRequestsException", "Please wait", { "retry-after": retryAfter });

test("Retry-After blocks the route for the remaining time", async () => {
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

test("Retry-After of a user's limit is honored", async () => {
  const service = new Service().on(
    "login",
    errorResponse(429, "LimitExceededException", "Please wait", { "retry-after": "900" }),
  );
  const step = await signIn(service.client(), { username: "user@igad.int", password: "x" });
  assert.equal(step.kind === "failed" && step.error.retryAfter, 900);
});

for (const type of ["UserLambdaValidationException", "ForbiddenException"]) {
  test(`403 ${type} does not block the route`, async () => {
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

for (const [name, reply] of Object.entries({ "503 without Retry-After": UNAVAILABLE, "no network": OFFLINE })) {
  test(`after ${name} refreshes are limited to one a second`, async () => {
    const service = new Service().on("refresh-token", reply);
    const client = service.signedIn();
    service.pass(3600);
    for (let attempt = 0; attempt < 30; attempt += 1) await client.accessToken();
    assert.equal(service.sent.length, 1);
    service.pass(1);
    await client.accessToken();
    assert.equal(service.sent.length, 2);
  });
}

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
  "200": () => json({ ...USER, username: "b7d8f6e4" }),
  "401": EXPIRED,
  "429": () => THROTTLED("1"),
  "503": UNAVAILABLE,
  "no network": OFFLINE,
};
for (const [name, reply] of Object.entries(REPLIES)) {
  test(`me with ${name} is requested once in five seconds`, async () => {
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

test("concurrent calls of me share one request", async () => {
  const service = new Service().on("me", json({ ...USER, username: "b7d8f6e4" }));
  const client = service.signedIn();
  const answers = await Promise.all([client.me(), client.me()]);
  assert.equal(service.sent.length, 1);
  assert.deepEqual(answers[0], answers[1]);
});

test("me is not reused for another user", async () => {
  const service = new Service().on(
    "me",
    json({ ...USER, username: "b7d8f6e4" }),
    json({ ...USER, user_id: "another", username: "another" }),
  );
  const client = service.signedIn();
  await client.me();
  client.keep(tokens({ user: { ...USER, user_id: "another" } }), false);
  const me = await client.me();
  assert.equal(me.ok && me.value.user_id, "another");
});
