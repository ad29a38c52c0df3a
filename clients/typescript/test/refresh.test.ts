import assert from "node:assert/strict";
import { test } from "node:test";

import type { Client } from "../src/index.js";
import { AWAY, EXPIRED, OFFLINE, PERSON, REFRESHED, REVOKED, Service, json, refusal, sharedStorage, tokens } from "./service.js";

async function tokenOf(client: Client): Promise<string | undefined> {
  const token = await client.accessToken();
  return token.ok ? token.value : undefined;
}

test("a token is used without a refresh until shortly before its end", async () => {
  const service = new Service();
  const client = service.signedIn();
  service.pass(3600 - 61);
  assert.equal(await tokenOf(client), "access-1");
  assert.deepEqual(service.routes, []);
});

test("a token of an hour is refreshed in its last minute", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600 - 59);
  assert.equal(await tokenOf(client), "access-2");
  assert.deepEqual(service.sent[0]?.body, { refresh_token: "refresh-1" });
});

test("a token of five minutes is refreshed in the last tenth of its life", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.client();
  client.keep(tokens({ expires_in: 300 }), false);
  service.pass(269);
  assert.equal(await tokenOf(client), "access-1");
  service.pass(2);
  assert.equal(await tokenOf(client), "access-2");
});

test("the lifetime of a refreshed token is the one that came with it", async () => {
  const service = new Service().on("refresh-token", json(tokens({ access_token: "access-2", expires_in: 300 })), json(tokens({ access_token: "access-3" })));
  const client = service.signedIn();
  service.pass(3600);
  assert.equal(await tokenOf(client), "access-2");
  service.pass(280);
  assert.equal(await tokenOf(client), "access-3");
});

test("all who ask at once wait for one refresh", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600);
  assert.deepEqual(await Promise.all([tokenOf(client), tokenOf(client), tokenOf(client)]), ["access-2", "access-2", "access-2"]);
  assert.deepEqual(service.routes, ["refresh-token"]);
});

test("a second refresh is made when the first is over", async () => {
  const service = new Service().on("refresh-token", REFRESHED, json(tokens({ access_token: "access-3" })));
  const client = service.signedIn();
  service.pass(3600);
  await tokenOf(client);
  service.pass(3600);
  assert.equal(await tokenOf(client), "access-3");
});

test("a rotated refresh token takes the place of the old one", async () => {
  const service = new Service().on("refresh-token", json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })), REVOKED);
  const client = service.signedIn();
  service.pass(3600);
  await tokenOf(client);
  service.pass(3600);
  await tokenOf(client);
  assert.deepEqual(service.sent.map(({ body }) => body["refresh_token"]), ["refresh-1", "refresh-2"]);
});

test("a refresh token that is not rotated is not forgotten", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600);
  await tokenOf(client);
  service.pass(3600);
  await tokenOf(client);
  assert.deepEqual(service.sent.map(({ body }) => body["refresh_token"]), ["refresh-1", "refresh-1"]);
});

test("a 401 of refresh-token signs out at once", async () => {
  const service = new Service().on("refresh-token", REVOKED);
  const client = service.signedIn();
  service.pass(3600);
  const token = await client.accessToken();
  assert.equal(!token.ok && token.error.detail, "Invalid refresh token");
  assert.equal(client.user, undefined);
  assert.deepEqual(service.waits, []);
});

const NO_END = {
  "429": () => refusal(429, "TooManyRequestsException", "Token refresh error: TooManyRequestsException", { "retry-after": "5" }),
  "the gateway's 429": () => json({ message: "Too Many Requests" }, 429),
  "503": AWAY,
  "500": () => refusal(500, "InternalErrorException", "Token refresh error: InternalErrorException"),
  "400": () => refusal(400, "InvalidParameterException", "Token refresh error: InvalidParameterException"),
  "403": () => json({ message: "Forbidden" }, 403),
  "404": () => json({ message: "Not Found" }, 404),
  "no network": OFFLINE,
  "a page of the hotel's network": () => new Response("<html>Welcome</html>", { status: 200 }),
  "somebody else's JSON": () => json({ hello: "world" }),
};
for (const [name, reply] of Object.entries(NO_END)) {
  test(`${name} in the place of a refresh signs nobody out, and the next refresh goes through`, async () => {
    const service = new Service().on("refresh-token", reply, REFRESHED);
    const client = service.signedIn();
    service.pass(3600);
    assert.equal((await client.accessToken()).ok, false);
    assert.deepEqual(client.user, PERSON);
    service.pass(10);
    assert.equal(await tokenOf(client), "access-2");
  });
}

test("while the service is away, a token is used up to its end", async () => {
  const service = new Service().on("refresh-token", AWAY);
  const client = service.signedIn();
  service.pass(3600 - 1);
  assert.equal(await tokenOf(client), "access-1");
  service.pass(1);
  assert.equal(await tokenOf(client), undefined);
});

test("a refused token is refreshed once, and the request sent once more", async () => {
  const service = new Service().on("passkeys", EXPIRED, json({ passkeys: [] })).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  assert.deepEqual(await client.callSignedIn("passkeys"), { ok: true, value: { passkeys: [] } });
  assert.deepEqual(service.routes, ["passkeys", "refresh-token", "passkeys"]);
  assert.deepEqual(service.sent.map(({ token }) => token), ["access-1", null, "access-2"]);
});

test("a request that is refused twice is not sent a third time, and signs nobody out", async () => {
  const service = new Service().on("passkeys", EXPIRED).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  const answer = await client.callSignedIn("passkeys");
  assert.equal(!answer.ok && answer.error.status, 401);
  assert.deepEqual(service.routes, ["passkeys", "refresh-token", "passkeys"]);
  assert.deepEqual(client.user, PERSON);
});

test("where a fresh token was refused as well, a 401 brings no refresh for a while", async () => {
  const service = new Service().on("passkeys", EXPIRED).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  await client.callSignedIn("passkeys");
  await client.callSignedIn("passkeys");
  assert.deepEqual(service.routes, ["passkeys", "refresh-token", "passkeys", "passkeys"]);
  service.pass(10);
  service.on("refresh-token", json(tokens({ access_token: "access-3" })));
  await client.callSignedIn("passkeys");
  assert.equal(service.routes.filter((route) => route === "refresh-token").length, 2);
});

test("a 401 whose refresh fails says that the service is away, not that nobody is signed in", async () => {
  const service = new Service().on("passkeys", EXPIRED).on("refresh-token", AWAY);
  const client = service.signedIn();
  const answer = await client.callSignedIn("passkeys");
  assert.equal(!answer.ok && answer.error.status, 503);
  assert.deepEqual(client.user, PERSON);
});

test("a 503 is neither refreshed nor sent again", async () => {
  const service = new Service().on("passkeys", AWAY);
  const client = service.signedIn();
  await client.callSignedIn("passkeys");
  assert.deepEqual(service.routes, ["passkeys"]);
});

test("nobody is asked for what needs a person while nobody is signed in", async () => {
  const service = new Service();
  const answer = await service.client().callSignedIn("passkeys");
  assert.equal(!answer.ok && answer.error.type, "NotSignedIn");
  assert.deepEqual(service.routes, []);
});

test("a token that another tab has refreshed is used, not refreshed again", async () => {
  const storage = sharedStorage();
  const service = new Service().on("passkeys", EXPIRED, json({ passkeys: [] }));
  const [one, other] = [service.signedIn({ storage }), service.client({ storage })];
  service.on("passkeys", () => {
    service.on("passkeys", json({ passkeys: [] }));
    other.keep(tokens({ access_token: "access-2", refresh_token: "refresh-2" }), false);
    return EXPIRED();
  });
  assert.equal((await one.callSignedIn("passkeys")).ok, true);
  assert.deepEqual(service.sent.map(({ route, token }) => [route, token]), [["passkeys", "access-1"], ["passkeys", "access-2"]]);
});

for (const [name, reply] of Object.entries({ refused: REVOKED, answered: () => json(tokens({ access_token: "late", refresh_token: "refresh-late" })) })) {
  test(`a refresh that is ${name} after another tab's leaves what that one wrote`, async () => {
    const storage = sharedStorage();
    const service = new Service();
    const [one, other] = [service.signedIn({ storage }), service.client({ storage })];
    service.on("refresh-token", () => {
      other.keep(tokens({ access_token: "access-2", refresh_token: "refresh-2" }), false);
      return reply();
    });
    service.pass(3600);
    assert.equal(await tokenOf(one), "access-2");
    assert.equal(storage.session?.refreshToken, "refresh-2");
  });
}

test("a refresh token that another tab has just used ends nothing once that tab wrote down what it got", async () => {
  const storage = sharedStorage();
  const service = new Service().on("refresh-token", refusal(401, "RefreshTokenReuseException", "Invalid refresh token"));
  const [one, other] = [service.signedIn({ storage }), service.client({ storage })];
  service.whileWaiting = () => other.keep(tokens({ access_token: "access-2" }), false);
  service.pass(3600);
  assert.equal(await tokenOf(one), "access-2");
  assert.deepEqual(service.waits, [1000]);
});

test("a refresh token that was used and brought nobody anything signs out after one wait", async () => {
  const service = new Service().on("refresh-token", refusal(401, "RefreshTokenReuseException", "Invalid refresh token"));
  const client = service.signedIn();
  service.pass(3600);
  assert.equal(await tokenOf(client), undefined);
  assert.equal(client.user, undefined);
  assert.deepEqual(service.waits, [1000]);
});

test("who signs out during a refresh stays signed out, and what it brought is revoked", async () => {
  const service = new Service().on("logout", json({ message: "Logged out successfully" }));
  const client = service.signedIn();
  service.on("refresh-token", async () => {
    await client.signOut();
    return json(tokens({ access_token: "access-2", refresh_token: "refresh-2" }));
  });
  service.pass(3600);
  assert.equal(await tokenOf(client), undefined);
  assert.equal(client.user, undefined);
  assert.deepEqual(service.sent.filter(({ route }) => route === "logout").map(({ body }) => body["refresh_token"]), ["refresh-1", "refresh-2"]);
});

test("what one person asked for is not sent as another who has signed in meanwhile", async () => {
  const service = new Service();
  const client = service.signedIn();
  service.on("passkeys", EXPIRED).on("refresh-token", () => {
    client.keep(tokens({ access_token: "theirs", refresh_token: "theirs", user: { ...PERSON, user_id: "another" } }), false);
    return REFRESHED();
  });
  const answer = await client.callSignedIn("passkeys");
  assert.equal(!answer.ok && answer.error.type, "NotSignedIn");
  assert.equal(client.user?.user_id, "another");
  assert.ok(service.sent.every(({ token }) => token !== "theirs"));
});

test("whoever signs in while another's token is refreshed is refreshed as well", async () => {
  const service = new Service();
  const client = service.signedIn();
  const other = { ...PERSON, user_id: "another" };
  let theirs: Promise<string | undefined> | undefined;
  service.on("refresh-token", async () => {
    await Promise.resolve();
    client.keep(tokens({ access_token: "theirs", refresh_token: "their-refresh", user: other }), false);
    service.pass(3600);
    service.on("refresh-token", json(tokens({ access_token: "theirs-2", user: other })));
    theirs = tokenOf(client);
    return REFRESHED();
  });
  service.pass(3600);
  assert.equal(await tokenOf(client), undefined);
  assert.equal(await theirs, "theirs-2");
  assert.deepEqual(service.sent.filter(({ route }) => route === "refresh-token").map(({ body }) => body["refresh_token"]), ["refresh-1", "their-refresh"]);
});

test("a refresh that never comes back ends after the gateway's time, and the next one is another", async (t) => {
  const timeout = new AbortController();
  const asked = t.mock.method(AbortSignal, "timeout", () => timeout.signal);
  const service = new Service().on("refresh-token", REFRESHED);
  const hanging = service.signedIn({
    fetch: (_, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new DOMException("it took too long", "TimeoutError")));
        timeout.abort();
      }),
  });
  service.pass(3600);
  const token = await hanging.accessToken();
  assert.equal(!token.ok && token.error.type, "TimeoutError");
  assert.deepEqual(asked.mock.calls[0]?.arguments, [31_000]);
  assert.deepEqual(hanging.user, PERSON);
});
