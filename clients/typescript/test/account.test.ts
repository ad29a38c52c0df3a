import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type AuthEvent,
  type Client,
  type Result,
  type Settings,
  type Storage,
  changeEmail,
  deleteAccount,
  sendEmailCode,
  settings,
  updateProfile,
  verifyEmail,
} from "../src/index.js";
import {
  EXPIRED,
  LOGGED_OUT,
  OFFLINE,
  PROFILE,
  REFRESHED,
  REVOKED,
  Service,
  UNAVAILABLE,
  USER,
  errorResponse,
  idle,
  json,
  sharedStorage,
  tokens,
} from "./service.js";

const RENAMED = { ...PROFILE, name: "Jane Roe" };
const MOVED = { ...PROFILE, email: "new@igad.int" };
const CONFIRM = { confirm: "user@igad.int" };
const DELETED = () => json({ message: "Account deleted" });
const REAUTHENTICATE = () => errorResponse(403, "ReauthenticationRequired", "Please sign in again to do this");

/** Events of a client, with cause and email address or name of the user. */
async function listen(client: Client, field: "email" | "name" = "email") {
  const heard: string[] = [];
  client.onAuthStateChange((event: AuthEvent) => {
    const cause = "cause" in event ? ` ${event.cause}` : "";
    heard.push(`${event.type}${cause} ${event.user?.[field]}`);
  });
  await idle();
  heard.length = 0;
  return heard;
}

/** Asynchronous storage of a signed-in user. */
function asyncStorage() {
  const shared = sharedStorage();
  new Service().signedIn({ storage: shared });
  const storage: Storage = {
    load: async () => shared.load(),
    save: async (session) => shared.save(session),
    clear: async () => shared.clear(),
  };
  return { shared, storage };
}

/** Status and type of an error. */
function errorOf(result: Result<unknown>) {
  return !result.ok && [result.error.status, result.error.type];
}

test("settings need no user", async () => {
  const allowed: Settings = {
    sign_up: true,
    mfa: "OPTIONAL",
    password_policy: { minimum_length: 8, uppercase: true, lowercase: true, numbers: true, symbols: false },
    email_change: true,
    providers: [],
    reauthentication_minutes: 15,
  };
  const service = new Service().on("settings", json(allowed));
  const headers = { "x-page": "sign-up" };
  assert.deepEqual(await settings(service.client(), { headers }), { ok: true, value: allowed });
  const { method, token, init } = service.sent[0]!;
  assert.deepEqual([method, token, init.body], ["GET", null, null]);
  assert.equal(service.sent[0]?.headers.get("x-page"), "sign-up");
});

test("settings without network are an error", async () => {
  const result = await new Service().on("settings", OFFLINE).client().call("settings");
  assert.deepEqual(errorOf(result), [0, "NetworkError"]);
});

test("update-profile updates user and profile", async () => {
  const service = new Service()
    .on("me", json(PROFILE), json(RENAMED))
    .on("update-profile", json({ message: "Profile saved" }));
  const client = service.signedIn();
  const heard = await listen(client, "name");
  await client.me();
  const saved = await updateProfile(client, { name: "Jane Roe" });
  assert.deepEqual(saved, { ok: true, value: { message: "Profile saved" } });
  assert.deepEqual(client.user, { ...USER, name: "Jane Roe" });
  assert.deepEqual(await client.me(), { ok: true, value: RENAMED });
  assert.deepEqual(service.routes, ["me", "update-profile", "me"]);
  assert.deepEqual(heard, ["USER_UPDATED Jane Roe"]);
});

test("failed update-profile requests no profile", async () => {
  const service = new Service().on(
    "update-profile",
    errorResponse(422, "ValidationException", "attributes: contains an attribute that cannot be changed"),
  );
  const client = service.signedIn();
  assert.deepEqual(errorOf(await updateProfile(client, { email: "x" })), [422, "ValidationException"]);
  assert.deepEqual(service.routes, ["update-profile"]);
  assert.equal(client.user?.name, "John Doe");
});

test("update-profile succeeds if the profile fails", async () => {
  const service = new Service()
    .on("me", json(PROFILE), UNAVAILABLE, json(RENAMED))
    .on("update-profile", json({ message: "Profile saved" }));
  const client = service.signedIn();
  await client.me();
  assert.equal((await updateProfile(client, { name: "Jane Roe" })).ok, true);
  assert.deepEqual(errorOf(await client.me()), [503, "ServiceUnavailableException"]);
  service.pass(5);
  assert.deepEqual(await client.me(), { ok: true, value: RENAMED });
  assert.equal(client.user?.name, "Jane Roe");
});

test("older profile does not replace the new one", async () => {
  const service = new Service().on("update-profile", json({ message: "Profile saved" }));
  service.on("me", service.after(3, json(PROFILE)), json(RENAMED));
  const client = service.signedIn();
  const heard = await listen(client, "name");
  const older = client.me();
  await updateProfile(client, { name: "Jane Roe" });
  assert.deepEqual(await service.run(older), { ok: true, value: PROFILE });
  assert.equal(client.user?.name, "Jane Roe");
  assert.deepEqual(await client.me(), { ok: true, value: RENAMED });
  assert.deepEqual(heard, ["USER_UPDATED Jane Roe"]);
});

test("concurrent updates each update the user", async () => {
  const service = new Service().on("update-profile", json({ message: "Profile saved" }));
  service.on("me", service.after(1, json(RENAMED)), service.after(3, json({ ...RENAMED, name: "Jane Poe" })));
  const client = service.signedIn();
  const first = updateProfile(client, { name: "Jane Roe" });
  const second = updateProfile(client, { name: "Jane Poe" });
  await service.run(first);
  assert.equal(client.user?.name, "Jane Roe");
  await service.run(second);
  assert.equal(client.user?.name, "Jane Poe");
});

test("updated user survives an asynchronous storage", async () => {
  const { shared, storage } = asyncStorage();
  const service = new Service().on("verify-email", json({ message: "Email address verified" })).on("me", json(MOVED));
  const client = service.client({ storage });
  assert.equal((await verifyEmail(client, "730914")).ok, true);
  assert.equal(client.user?.email, "new@igad.int");
  assert.equal(shared.session?.user.email, "new@igad.int");
});

test("email changes when the code is verified", async () => {
  const delivery = { Destination: "n***@i***", DeliveryMedium: "EMAIL", AttributeName: "email" };
  const service = new Service()
    .on("me", json(PROFILE), json(MOVED))
    .on("change-email", json({ message: "Verification code sent", delivery }))
    .on("send-email-code", json({ message: "Verification code sent", delivery }))
    .on(
      "verify-email",
      errorResponse(400, "CodeMismatchException", "Invalid verification code"),
      json({ message: "Email address verified" }),
    );
  const client = service.signedIn();
  const heard = await listen(client);
  await client.me();
  const sent = await changeEmail(client, "new@igad.int");
  assert.deepEqual(sent.ok && sent.value.delivery, delivery);
  const again = await sendEmailCode(client);
  assert.deepEqual(again.ok && again.value.delivery, delivery);
  assert.deepEqual(errorOf(await verifyEmail(client, "1")), [400, "CodeMismatchException"]);
  assert.deepEqual([client.user?.email, heard], ["user@igad.int", []]);
  assert.equal((await verifyEmail(client, "730914")).ok, true);
  assert.deepEqual(client.user, { ...USER, email: "new@igad.int" });
  assert.deepEqual(await client.me(), { ok: true, value: MOVED });
  assert.deepEqual(service.routes.slice(1), ["change-email", "send-email-code", "verify-email", "verify-email", "me"]);
  assert.deepEqual(heard, ["USER_UPDATED new@igad.int"]);
});

for (const [route, call] of Object.entries({
  "change-email": (client: Client) => changeEmail(client, "new@igad.int"),
  "delete-account": (client: Client) => deleteAccount(client, CONFIRM),
})) {
  test(`${route} may need a recent sign-in`, async () => {
    const service = new Service().on(route, REAUTHENTICATE);
    const client = service.signedIn();
    const heard = await listen(client);
    assert.deepEqual(errorOf(await call(client)), [403, "ReauthenticationRequired"]);
    assert.deepEqual(service.routes, [route]);
    assert.deepEqual([client.user, heard], [USER, []]);
  });
}

test("account functions need a user", async () => {
  const service = new Service();
  const client = service.client();
  for (const result of [
    await updateProfile(client, { name: "Jane Roe" }),
    await changeEmail(client, "new@igad.int"),
    await sendEmailCode(client),
    await verifyEmail(client, "730914"),
    await deleteAccount(client, CONFIRM),
  ])
    assert.deepEqual(errorOf(result), [401, "NotSignedIn"]);
  assert.deepEqual(service.sent, []);
});

for (const [name, reply] of Object.entries({ "200": LOGGED_OUT, "503": UNAVAILABLE, "no network": OFFLINE })) {
  test(`delete-account signs out, logout ${name}`, async () => {
    const service = new Service().on("delete-account", DELETED).on("logout", reply);
    const client = service.signedIn();
    const heard = await listen(client);
    const deleted = await deleteAccount(client, CONFIRM);
    assert.deepEqual(deleted, { ok: true, value: { message: "Account deleted" } });
    assert.deepEqual(
      service.sent.map(({ route, token, body }) => [route, token, body]),
      [
        ["delete-account", "access-1", CONFIRM],
        ["logout", "access-1", { refresh_token: "refresh-1", everywhere: false }],
      ],
    );
    assert.equal(client.user, undefined);
    assert.deepEqual(heard, ["SIGNED_OUT signOut undefined"]);
  });
}

test("delete-account refreshes an expired token", async () => {
  const service = new Service()
    .on("delete-account", EXPIRED, DELETED)
    .on("refresh-token", REFRESHED)
    .on("logout", LOGGED_OUT);
  const client = service.signedIn();
  assert.equal((await deleteAccount(client, CONFIRM)).ok, true);
  assert.deepEqual(service.routes, ["delete-account", "refresh-token", "delete-account", "logout"]);
  assert.equal(client.user, undefined);
});

test("delete-account of a deleted user ends the session", async () => {
  const service = new Service().on("delete-account", EXPIRED).on("refresh-token", REVOKED);
  const client = service.signedIn();
  const heard = await listen(client);
  assert.equal((await deleteAccount(client, CONFIRM)).ok, false);
  assert.deepEqual(heard, ["SIGNED_OUT sessionEnded undefined"]);
});

test("wrong confirmation deletes nothing", async () => {
  const service = new Service().on(
    "delete-account",
    errorResponse(400, "ConfirmationMismatch", "Confirmation does not match"),
  );
  const client = service.signedIn();
  assert.deepEqual(errorOf(await deleteAccount(client, { confirm: "x" })), [400, "ConfirmationMismatch"]);
  assert.deepEqual(service.routes, ["delete-account"]);
  assert.equal(client.user, USER);
});

test("delete-account spares a user who signed in since", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  service.on("delete-account", service.after(3, DELETED()));
  const client = service.signedIn();
  const deleted = deleteAccount(client, CONFIRM);
  await idle();
  const other = { ...USER, user_id: "another", email: "another@igad.int" };
  await client.keep(tokens({ access_token: "theirs", refresh_token: "theirs", user: other }));
  assert.equal((await service.run(deleted)).ok, true);
  assert.deepEqual(client.user, other);
});

test("delete-account works while the storage loads", async () => {
  const { shared, storage } = asyncStorage();
  const service = new Service().on("delete-account", DELETED).on("logout", LOGGED_OUT);
  const client = service.client({ storage });
  assert.equal((await deleteAccount(client, CONFIRM)).ok, true);
  assert.equal(client.user, undefined);
  assert.equal(shared.session, undefined);
});
