import assert from "node:assert/strict";
import { test } from "node:test";

import type { Client } from "../src/index.js";
import {
  UNAVAILABLE,
  EXPIRED,
  LOGGED_OUT,
  USER,
  REFRESHED,
  REVOKED,
  Service,
  idle,
  json,
  errorResponse,
  sharedStorage,
  tokens,
} from "./service.js";

async function tokenOf(client: Client): Promise<string | undefined> {
  const token = await client.accessToken();
  return token.ok ? token.value : undefined;
}

test("token is used until shortly before its expiry", async () => {
  const service = new Service();
  const client = service.signedIn();
  service.pass(3600 - 61);
  assert.equal(await tokenOf(client), "access-1");
  assert.deepEqual(service.routes, []);
});

test("token of an hour is refreshed in its last minute", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600 - 59);
  assert.equal(await tokenOf(client), "access-2");
  assert.deepEqual(service.sent[0]?.body, { refresh_token: "refresh-1" });
});

test("short token is refreshed in its last tenth", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.client();
  client.keep(tokens({ expires_in: 300 }), false);
  service.pass(269);
  assert.equal(await tokenOf(client), "access-1");
  service.pass(2);
  assert.equal(await tokenOf(client), "access-2");
});

test("refreshed token has its own lifetime", async () => {
  const service = new Service().on(
    "refresh-token",
    json(tokens({ access_token: "access-2", expires_in: 300 })),
    json(tokens({ access_token: "access-3" })),
  );
  const client = service.signedIn();
  service.pass(3600);
  assert.equal(await tokenOf(client), "access-2");
  service.pass(280);
  assert.equal(await tokenOf(client), "access-3");
});

test("concurrent calls share one refresh", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600);
  assert.deepEqual(await Promise.all([tokenOf(client), tokenOf(client), tokenOf(client)]), [
    "access-2",
    "access-2",
    "access-2",
  ]);
  assert.deepEqual(service.routes, ["refresh-token"]);
});

test("token is refreshed again after it expires", async () => {
  const service = new Service().on("refresh-token", REFRESHED, json(tokens({ access_token: "access-3" })));
  const client = service.signedIn();
  service.pass(3600);
  await tokenOf(client);
  service.pass(3600);
  assert.equal(await tokenOf(client), "access-3");
});

test("rotated refresh token replaces the old one", async () => {
  const service = new Service().on(
    "refresh-token",
    json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })),
    REVOKED,
  );
  const client = service.signedIn();
  service.pass(3600);
  await tokenOf(client);
  service.pass(3600);
  await tokenOf(client);
  assert.deepEqual(
    service.sent.map(({ body }) => body["refresh_token"]),
    ["refresh-1", "refresh-2"],
  );
});

test("refresh token without rotation is kept", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  service.pass(3600);
  await tokenOf(client);
  service.pass(3600);
  await tokenOf(client);
  assert.deepEqual(
    service.sent.map(({ body }) => body["refresh_token"]),
    ["refresh-1", "refresh-1"],
  );
});

test("401 of refresh-token signs out", async () => {
  const service = new Service().on("refresh-token", REVOKED);
  const client = service.signedIn();
  service.pass(3600);
  const token = await client.accessToken();
  assert.equal(!token.ok && token.error.detail, "Invalid refresh token");
  assert.equal(client.user, undefined);
});

const TRANSIENT = {
  "429": () =>
    errorResponse(429, "TooManyRequestsException", "Token refresh error: TooManyRequestsException", {
      "retry-after": "5",
    }),
  "the gateway's 429": () => json({ message: "Too Many Requests" }, 429),
  "503": UNAVAILABLE,
  "500": () => errorResponse(500, "InternalErrorException", "Token refresh error: InternalErrorException"),
  "400": () => errorResponse(400, "InvalidParameterException", "Token refresh error: InvalidParameterException"),
  "a proxy's 401": () => new Response("<html>Unauthorized</html>", { status: 401 }),
  "the gateway's 401": () => json({ message: "Unauthorized" }, 401),
  "403": () => json({ message: "Forbidden" }, 403),
  "404": () => json({ message: "Not Found" }, 404),
  "a captive portal": () => new Response("<html>Welcome</html>", { status: 200 }),
  "unknown JSON": () => json({ hello: "world" }),
};
for (const [name, reply] of Object.entries(TRANSIENT)) {
  test(`refresh with ${name} keeps the session`, async () => {
    const service = new Service().on("refresh-token", reply, REFRESHED);
    const client = service.signedIn();
    service.pass(3600);
    assert.equal((await client.accessToken()).ok, false);
    assert.deepEqual(client.user, USER);
    service.pass(10);
    assert.equal(await tokenOf(client), "access-2");
  });
}

test("token is used until its expiry during an outage", async () => {
  const service = new Service().on("refresh-token", UNAVAILABLE);
  const client = service.signedIn();
  service.pass(3600 - 1);
  assert.equal(await tokenOf(client), "access-1");
  service.pass(1);
  assert.equal(await tokenOf(client), undefined);
});

test("rejected token is refreshed, request retried", async () => {
  const service = new Service().on("passkeys", EXPIRED, json({ passkeys: [] })).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  assert.deepEqual(await client.callSignedIn("passkeys"), { ok: true, value: { passkeys: [] } });
  assert.deepEqual(service.routes, ["passkeys", "refresh-token", "passkeys"]);
  assert.deepEqual(
    service.sent.map(({ token }) => token),
    ["access-1", null, "access-2"],
  );
});

test("second 401 is returned and keeps the session", async () => {
  const service = new Service().on("passkeys", EXPIRED).on("refresh-token", REFRESHED);
  const client = service.signedIn();
  const result = await client.callSignedIn("passkeys");
  assert.equal(!result.ok && result.error.status, 401);
  assert.deepEqual(service.routes, ["passkeys", "refresh-token", "passkeys"]);
  assert.deepEqual(client.user, USER);
});

test("401 with a fresh token blocks refreshes", async () => {
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

test("401 with a failed refresh returns the 503", async () => {
  const service = new Service().on("passkeys", EXPIRED).on("refresh-token", UNAVAILABLE);
  const client = service.signedIn();
  const result = await client.callSignedIn("passkeys");
  assert.equal(!result.ok && result.error.status, 503);
  assert.deepEqual(client.user, USER);
});

test("503 is not retried", async () => {
  const service = new Service().on("passkeys", UNAVAILABLE);
  const client = service.signedIn();
  await client.callSignedIn("passkeys");
  assert.deepEqual(service.routes, ["passkeys"]);
});

test("call without a session sends no request", async () => {
  const service = new Service();
  const result = await service.client().callSignedIn("passkeys");
  assert.equal(!result.ok && result.error.type, "NotSignedIn");
  assert.deepEqual(service.routes, []);
});

test("token of another tab is used without a refresh", async () => {
  const storage = sharedStorage();
  const service = new Service().on("passkeys", EXPIRED, json({ passkeys: [] }));
  service.on("logout", LOGGED_OUT);
  const [one, other] = [service.signedIn({ storage }), service.client({ storage })];
  service.on("passkeys", () => {
    service.on("passkeys", json({ passkeys: [] }));
    void other.keep(tokens({ access_token: "access-2", refresh_token: "refresh-2" }), false);
    return EXPIRED();
  });
  assert.equal((await one.callSignedIn("passkeys")).ok, true);
  assert.deepEqual(
    service.sent.map(({ route, token }) => [route, token]),
    [
      ["passkeys", "access-1"],
      // The other sign-in revokes the token of this one.
      ["logout", null],
      ["passkeys", "access-2"],
    ],
  );
});

for (const [name, reply] of Object.entries({
  rejected: REVOKED,
  successful: () => json(tokens({ access_token: "late", refresh_token: "refresh-late" })),
})) {
  test(`${name} refresh keeps another tab's tokens`, async () => {
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

test("token reuse waits for the tokens of another tab", async () => {
  const storage = sharedStorage();
  const service = new Service().on(
    "refresh-token",
    errorResponse(401, "RefreshTokenReuseException", "Invalid refresh token"),
  );
  const [one, other] = [service.signedIn({ storage }), service.client({ storage })];
  service.pass(3600);
  service.schedule(() => void other.keep(tokens({ access_token: "access-2" })), 500);
  assert.equal(await service.run(tokenOf(one)), "access-2");
});

test("token reuse without new tokens signs out", async () => {
  const service = new Service().on(
    "refresh-token",
    errorResponse(401, "RefreshTokenReuseException", "Invalid refresh token"),
  );
  const client = service.signedIn();
  service.pass(3600);
  assert.equal(await service.run(tokenOf(client)), undefined);
  assert.equal(client.user, undefined);
  assert.equal(service.elapsed, 3601_000);
});

test("sign-out during a refresh revokes the new token", async () => {
  const service = new Service().on("logout", json({ message: "Logged out successfully" }));
  const client = service.signedIn();
  service.on("refresh-token", async () => {
    await client.signOut();
    return json(tokens({ access_token: "access-2", refresh_token: "refresh-2" }));
  });
  service.pass(3600);
  assert.equal(await tokenOf(client), undefined);
  assert.equal(client.user, undefined);
  assert.deepEqual(
    service.sent.filter(({ route }) => route === "logout").map(({ body }) => body["refresh_token"]),
    ["refresh-1", "refresh-2"],
  );
});

test("request is not sent with another user's token", async () => {
  const service = new Service();
  const client = service.signedIn();
  service.on("passkeys", EXPIRED).on("refresh-token", () => {
    client.keep(
      tokens({ access_token: "theirs", refresh_token: "theirs", user: { ...USER, user_id: "another" } }),
      false,
    );
    return REFRESHED();
  });
  const result = await client.callSignedIn("passkeys");
  assert.equal(!result.ok && result.error.type, "NotSignedIn");
  assert.equal(client.user?.user_id, "another");
  assert.ok(service.sent.every(({ token }) => token !== "theirs"));
});

test("users who sign in during a refresh get their own", async () => {
  const service = new Service();
  const client = service.signedIn();
  const other = { ...USER, user_id: "another" };
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
  assert.deepEqual(
    service.sent.filter(({ route }) => route === "refresh-token").map(({ body }) => body["refresh_token"]),
    ["refresh-1", "their-refresh"],
  );
});

test("hanging refresh ends after the timeout", async () => {
  const service = new Service().on("refresh-token", () => new Promise(() => {}));
  const client = service.signedIn();
  service.pass(3600);
  const token = await service.run(client.accessToken());
  assert.equal(!token.ok && token.error.type, "TimeoutError");
  assert.equal(service.elapsed, 3631_000);
  assert.deepEqual(client.user, USER);
});

test("forceRefresh refreshes a valid token", async () => {
  const service = new Service().on("refresh-token", REFRESHED);
  const client = service.signedIn();
  const tokens = await Promise.all([
    client.accessToken({ forceRefresh: true }),
    client.accessToken({ forceRefresh: true }),
  ]);
  assert.deepEqual(tokens, [
    { ok: true, value: "access-2" },
    { ok: true, value: "access-2" },
  ]);
  assert.deepEqual(service.routes, ["refresh-token"]);
});

test("forceRefresh obeys the pause after a failure", async () => {
  const service = new Service().on("refresh-token", UNAVAILABLE);
  const client = service.signedIn();
  for (let repeat = 0; repeat < 10; repeat += 1)
    assert.equal((await client.accessToken({ forceRefresh: true })).ok, false);
  assert.equal(service.sent.length, 1);
  assert.equal(await tokenOf(client), "access-1");
});

test("aborted caller rejects and the refresh continues", async () => {
  const service = new Service();
  service.on("refresh-token", service.after(3, REFRESHED)).on("orders", json([]));
  const client = service.signedIn();
  service.pass(3600);
  const controller = new AbortController();
  const url = "https://orders.example.org/api/auth/orders";
  const aborted = client.fetch(url, { signal: controller.signal });
  const other = client.fetch(url);
  await idle();
  controller.abort(new Error("no longer needed"));
  await assert.rejects(aborted, /no longer needed/);
  assert.equal(service.elapsed, 3600_000);
  assert.equal((await service.run(other)).status, 200);
  assert.equal(service.sent.at(-1)?.token, "access-2");
});

test("tokens without a refresh token are rejected", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  const client = service.client();
  const withoutToken = tokens({ access_token: "access-2" });
  delete withoutToken.refresh_token;
  await assert.rejects(client.keep(withoutToken), { type: "InvalidResponse" });
  assert.equal(client.user, undefined);
  await client.keep(tokens());
  await assert.rejects(client.keep({ ...withoutToken, user: { ...USER, user_id: "another" } }));
  await client.keep(withoutToken);
  assert.equal(await tokenOf(client), "access-2");
  assert.deepEqual(service.sent, []);
});
