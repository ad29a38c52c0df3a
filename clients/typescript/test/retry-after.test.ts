import assert from "node:assert/strict";
import { test } from "node:test";

import { signIn } from "../src/index.js";
import { AWAY, EXPIRED, OFFLINE, PERSON, REFRESHED, Service, json, refusal, tokens } from "./service.js";

const THROTTLED = (retryAfter: string) => refusal(429, "TooManyRequestsException", "Please wait", { "retry-after": retryAfter });

test("a route that said how long to wait is left alone for as long, and says what is left of it", async () => {
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

test("a date in Retry-After is heeded as well", async () => {
  const service = new Service();
  service.on("login", THROTTLED(new Date(service.now + 7000).toUTCString()));
  const step = await signIn(service.client(), { username: "user@igad.int", password: "x" });
  assert.equal(step.kind === "failed" && step.error.retryAfter, 7);
});

test("a Retry-After that nobody understands counts as none", async () => {
  const service = new Service().on("login", THROTTLED("soon"));
  const step = await signIn(service.client(), { username: "user@igad.int", password: "x" });
  assert.equal(step.kind === "failed" && step.error.retryAfter, undefined);
});

test("one route's throttling does not keep from the others", async () => {
  const service = new Service().on("me", THROTTLED("60")).on("passkeys", json({ passkeys: [] }));
  const client = service.signedIn();
  await client.me();
  assert.equal((await client.callSignedIn("passkeys")).ok, true);
});

test("Retry-After of an hourly limit is honored", async () => {
  const service = new Service().on("login", refusal(429, "LimitExceededException", "Please wait", { "retry-after": "900" }));
  const step = await signIn(service.client(), { username: "user@igad.int", password: "x" });
  assert.equal(step.kind === "failed" && step.error.retryAfter, 900);
});

for (const type of ["UserLambdaValidationException", "ForbiddenException"]) {
  test(`a 403 ${type} is no outage`, async () => {
    const service = new Service().on("login", refusal(403, type, `Authentication error: ${type}`), json(tokens()));
    const client = service.client();
    const step = await signIn(client, { username: "user@igad.int", password: "x" });
    assert.deepEqual(step.kind === "failed" && [step.error.type, step.error.detail], [type, `Authentication error: ${type}`]);
    assert.equal((await signIn(client, { username: "user@igad.int", password: "x" })).kind, "signed-in");
  });
}

for (const [name, reply] of Object.entries({ "503 without Retry-After": AWAY, "no network": OFFLINE })) {
  test(`after ${name} a refresh is tried once a second at most`, async () => {
    const service = new Service().on("refresh-token", reply);
    const client = service.signedIn();
    service.pass(3600);
    for (let asked = 0; asked < 30; asked += 1) await client.accessToken();
    assert.equal(service.sent.length, 1);
    service.pass(1);
    await client.accessToken();
    assert.equal(service.sent.length, 2);
  });
}

test("who mistypes a password may try again at once", async () => {
  const service = new Service().on("login", refusal(401, "NotAuthorizedException", "Invalid credentials"), json(tokens()));
  const client = service.client();
  await signIn(client, { username: "user@igad.int", password: "wrong" });
  assert.equal((await signIn(client, { username: "user@igad.int", password: "right" })).kind, "signed-in");
});

const REPLIES = { "200": () => json({ ...PERSON, username: "b7d8f6e4" }), "401": EXPIRED, "429": () => THROTTLED("1"), "503": AWAY, "no network": OFFLINE };
for (const [name, reply] of Object.entries(REPLIES)) {
  test(`a page that asks for me in a loop reaches the service once in five seconds, at ${name}`, async () => {
    const service = new Service().on("me", reply).on("refresh-token", REFRESHED);
    const client = service.signedIn();
    for (let asked = 0; asked < 50; asked += 1) {
      await client.me();
      service.pass(0.09);
    }
    const count = () => service.routes.filter((route) => route === "me").length;
    // At 401 the second is the one more try after a refresh.
    const asked = name === "401" ? 2 : 1;
    assert.equal(count(), asked);
    service.pass(1);
    await client.me();
    assert.equal(count(), asked + 1);
  });
}

test("all who ask for me at once get one answer", async () => {
  const service = new Service().on("me", json({ ...PERSON, username: "b7d8f6e4" }));
  const client = service.signedIn();
  const answers = await Promise.all([client.me(), client.me()]);
  assert.equal(service.sent.length, 1);
  assert.deepEqual(answers[0], answers[1]);
});

test("another person is not told who the last one was", async () => {
  const service = new Service().on("me", json({ ...PERSON, username: "b7d8f6e4" }), json({ ...PERSON, user_id: "another", username: "another" }));
  const client = service.signedIn();
  await client.me();
  client.keep(tokens({ user: { ...PERSON, user_id: "another" } }), false);
  const me = await client.me();
  assert.equal(me.ok && me.value.user_id, "another");
});
