import assert from "node:assert/strict";
import { test } from "node:test";

import { type Challenge, type Client, signIn } from "../src/index.js";
import { LOGGED_OUT, OFFLINE, Service, UNAVAILABLE, USER, errorResponse, idle, json, tokens } from "./service.js";

const OTHER = { ...USER, user_id: "another", email: "another@igad.int" };
const CREDENTIALS = { username: "user@igad.int", password: "SecureP@ssw0rd1" };

/** The compiler would remember an earlier comparison of `client.user`. */
function userOf(client: Client) {
  return client.user;
}

/** Refresh tokens that were revoked. */
function revoked(service: Service) {
  return service.sent.filter(({ route }) => route === "logout").map(({ body }) => body["refresh_token"]);
}

test("sign-out revokes the token and the session", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  const client = service.signedIn();
  assert.equal((await client.signOut()).ok, true);
  assert.deepEqual(service.sent[0]?.body, { refresh_token: "refresh-1", everywhere: false });
  assert.equal(service.sent[0]?.token, "access-1");
  assert.equal(client.user, undefined);
});

test("sign-out is sent even if the page closes", async () => {
  const service = new Service().on("logout", LOGGED_OUT).on("login", json(tokens()));
  const client = service.client();
  await signIn(client, CREDENTIALS);
  await client.signOut();
  assert.deepEqual(
    service.sent.map(({ init }) => init.keepalive),
    [undefined, true],
  );
});

for (const [name, reply] of Object.entries({ "no network": OFFLINE, "503": UNAVAILABLE })) {
  test(`sign-out with ${name} is local, returns error`, async () => {
    const client = new Service().on("logout", reply).signedIn();
    assert.equal((await client.signOut()).ok, false);
    assert.equal(client.user, undefined);
  });
}

for (const everywhere of [false, true]) {
  test(`sign-out is local first, everywhere ${everywhere}`, async () => {
    const service = new Service();
    service.on("logout", service.after(3, LOGGED_OUT));
    const client = service.signedIn();
    service.pass(3600 - 10);
    const heard: string[] = [];
    client.onAuthStateChange(({ type }) => heard.push(type));
    await idle();
    const result = client.signOut({ everywhere });
    assert.equal(userOf(client), undefined);
    await idle();
    assert.deepEqual(heard, ["INITIAL_SESSION", "SIGNED_OUT"]);
    await client.keep(tokens({ access_token: "theirs", refresh_token: "theirs", user: OTHER }));
    assert.equal((await service.run(result)).ok, true);
    assert.deepEqual(service.sent[0]?.body, { refresh_token: "refresh-1", everywhere });
    assert.equal(client.user?.user_id, "another");
    assert.deepEqual(revoked(service), ["refresh-1"]);
  });
}

test("failed sign-out can be repeated", async () => {
  const service = new Service().on(
    "logout",
    errorResponse(503, "ServiceUnavailableException", "Please wait", { "retry-after": "5" }),
    LOGGED_OUT,
  );
  const client = service.signedIn();
  const first = await client.signOut({ everywhere: true });
  assert.equal(!first.ok && first.error.status, 503);
  assert.equal((await client.signOut()).ok, true);
  assert.deepEqual(service.sent[1]?.body, { refresh_token: "refresh-1", everywhere: true });
  await client.keep(tokens({ refresh_token: "refresh-2" }));
  assert.equal((await client.signOut()).ok, true);
  assert.deepEqual(revoked(service), ["refresh-1", "refresh-1", "refresh-2"]);
  assert.equal((await client.signOut()).ok, true);
  assert.equal(service.sent.length, 3);
});

test("failed sign-out can be repeated everywhere", async () => {
  const service = new Service().on("logout", UNAVAILABLE, LOGGED_OUT);
  const client = service.signedIn();
  await client.signOut();
  assert.equal((await client.signOut({ everywhere: true })).ok, true);
  assert.equal(service.sent[1]?.body["everywhere"], true);
});

test("concurrent sign-outs send one request", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  const client = service.signedIn();
  const results = await Promise.all([client.signOut(), client.signOut()]);
  assert.deepEqual(
    results.map(({ ok }) => ok),
    [true, true],
  );
  assert.equal(service.sent.length, 1);
});

test("sign-out without a session sends no request", async () => {
  const service = new Service();
  assert.equal((await service.client().signOut()).ok, true);
  assert.deepEqual(service.sent, []);
});

test("second sign-in revokes the first session", async () => {
  const service = new Service()
    .on("login", json(tokens()), json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })))
    .on("logout", LOGGED_OUT);
  const client = service.client();
  await signIn(client, CREDENTIALS);
  await signIn(client, CREDENTIALS);
  await client.signOut();
  assert.deepEqual(revoked(service), ["refresh-1", "refresh-2"]);
});

test("sign-out during a sign-in wins", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  service.on("login", service.after(3, json(tokens())));
  const client = service.client();
  const step = signIn(client, CREDENTIALS);
  await client.signOut();
  const result = await service.run(step);
  assert.equal(result.kind === "failed" && result.error.type, "Superseded");
  assert.equal(client.user, undefined);
  assert.deepEqual(revoked(service), ["refresh-1"]);
});

test("later of two sign-ins wins", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  service.on("login", service.after(3, json(tokens())), json(tokens({ user: OTHER, refresh_token: "theirs" })));
  const client = service.client();
  const heard: unknown[] = [];
  client.subscribe(() => heard.push(client.user?.user_id));
  const slow = signIn(client, CREDENTIALS);
  const fast = await signIn(client, { username: "another@igad.int", password: "p" });
  assert.equal(fast.kind, "signed-in");
  assert.equal((await service.run(slow)).kind, "failed");
  assert.deepEqual(heard, ["another"]);
  assert.deepEqual(revoked(service), ["refresh-1"]);
});

test("signal cancels a sign-in and an answer", async () => {
  const challenge = json({
    ...tokens({ access_token: "" }),
    challenge: "SOFTWARE_TOKEN_MFA",
    session: "s",
    username: "u",
    message: "m",
  });
  const never = () => new Promise<Response>(() => {});
  const service = new Service().on("login", never).on("answer-challenge", never);
  const client = service.client();
  const aborting = async (
    call: (signal: AbortSignal) => Promise<{ kind: string; error?: { type?: string | undefined } }>,
  ) => {
    const controller = new AbortController();
    const result = call(controller.signal);
    await idle();
    controller.abort();
    return (await result).error?.type;
  };
  assert.equal(await aborting((signal) => signIn(client, CREDENTIALS, { signal })), "AbortError");
  service.on("login", challenge);
  const step = await signIn(client, CREDENTIALS);
  assert.ok(step.kind === "SOFTWARE_TOKEN_MFA");
  assert.equal(await aborting((signal) => step.answer("123456", { signal })), "AbortError");
  const failed = await step.answer("123456", { signal: AbortSignal.abort() });
  assert.equal(failed.kind === "failed" && failed.challenge, step satisfies Challenge);
});
