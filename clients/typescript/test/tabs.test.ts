// Sessions in several tabs of one browser.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { type Client, type User, browserStorage, deleteAccount, verifyEmail } from "../src/index.js";
import { FakeBrowser, type Tab, defineGlobals } from "./browser.js";
import { LOGGED_OUT, REVOKED, Service, USER, errorResponse, idle, json, tokens } from "./service.js";

const X: User = USER;
const Y: User = { ...USER, user_id: "another", email: "another@igad.int" };
const REUSED = () => errorResponse(401, "RefreshTokenReuseException", "Invalid refresh token");

let browser: FakeBrowser;
let service: Service;
let removeGlobals: () => void;

before(() => {
  removeGlobals = defineGlobals();
});
after(() => removeGlobals());
beforeEach(() => {
  browser = new FakeBrowser();
  service = new Service().on("logout", LOGGED_OUT);
});

/** Tab with a client, and the events that it got. */
interface Page {
  tab: Tab;
  client: Client;
  heard: string[];
  user: () => string | undefined;
  token: (options?: object) => Promise<string | undefined>;
  signIn: (name: string, remember: boolean, user?: User) => Promise<void>;
  signOut: () => Promise<unknown>;
}

async function open(tab = browser.open()): Promise<Page> {
  const client = tab.run(() => service.client({ storage: browserStorage() }));
  const heard: string[] = [];
  tab.run(() =>
    client.onAuthStateChange((event) => heard.push("cause" in event ? `${event.type} ${event.cause}` : event.type)),
  );
  await idle();
  heard.length = 0;
  return {
    tab,
    client,
    heard,
    user: () => tab.run(() => client.user?.email),
    token: async (options) => {
      const token = await tab.run(() => service.run(client.accessToken(options)));
      return token.ok ? token.value : undefined;
    },
    signIn: async (name, remember, user = X) => {
      await tab.run(() =>
        client.keep(tokens({ access_token: `access-${name}`, refresh_token: `refresh-${name}`, user }), remember),
      );
      await idle();
    },
    signOut: async () => {
      await tab.run(() => client.signOut());
      await idle();
    },
  };
}

/** Refresh tokens that were revoked. */
function revoked() {
  return service.sent.filter(({ route }) => route === "logout").map(({ body }) => body["refresh_token"]);
}

/** Response of `refresh-token`. */
function refreshed(name: string) {
  return json(tokens({ access_token: `access-${name}`, refresh_token: `refresh-${name}` }));
}

for (const [name, other] of Object.entries({ "the same user": X, "another user": Y })) {
  test(`tab session spares remembered, ${name}`, async () => {
    const [a, b] = [await open(), await open()];
    await a.signIn("a", false);
    await b.signIn("b", true, other);
    assert.deepEqual([a.user(), b.user()], [X.email, other.email]);
    service.pass(3600);
    service.on("refresh-token", refreshed("a2"), json(tokens({ access_token: "access-b2", user: other })));
    assert.equal(await a.token(), "access-a2");
    assert.equal(await b.token(), "access-b2");
    await a.signIn("a3", false);
    assert.equal(b.user(), other.email);
    await a.signOut();
    assert.equal(b.user(), other.email);
    assert.deepEqual(revoked(), ["refresh-a2", "refresh-a3"]);
    assert.equal((await open()).user(), other.email);
    assert.deepEqual(b.heard, ["SIGNED_IN signIn", "TOKEN_REFRESHED"]);
  });
}

test("signed-out tab ignores the remembered session", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", false);
  await b.signIn("b", true, Y);
  await a.signOut();
  assert.equal(a.user(), undefined);
  assert.equal((await open(a.tab)).user(), undefined);
  await a.signIn("a2", true);
  assert.deepEqual([a.user(), b.user()], [X.email, X.email]);
  assert.deepEqual(revoked(), ["refresh-a", "refresh-b"]);
  assert.deepEqual(b.heard, ["SIGNED_IN signIn", "SIGNED_OUT replaced", "SIGNED_IN otherTab"]);
});

test("ended tab session ignores the remembered session", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", false);
  await b.signIn("b", true, Y);
  service.pass(3600);
  service.on("refresh-token", REVOKED);
  assert.equal(await a.token(), undefined);
  assert.deepEqual([a.user(), b.user()], [undefined, Y.email]);
});

test("sign-in without remember replaces remembered", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", true);
  assert.equal(b.user(), X.email);
  await a.signIn("a2", false);
  assert.deepEqual([a.user(), b.user()], [X.email, undefined]);
  assert.deepEqual(b.heard, ["SIGNED_IN otherTab", "SIGNED_OUT otherTab"]);
  assert.deepEqual(revoked(), ["refresh-a"]);
});

test("remembered sign-in revokes both replaced sessions", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", false);
  await b.signIn("b", true, Y);
  await a.signIn("a2", true);
  assert.deepEqual(revoked(), ["refresh-a", "refresh-b"]);
});

test("sign-out of a duplicated tab ends both", async () => {
  const a = await open();
  await a.signIn("a", false);
  const b = await open(browser.open(a.tab));
  assert.equal(b.user(), X.email);
  await a.signOut();
  assert.equal(b.user(), undefined);
  assert.deepEqual(b.heard, ["SIGNED_OUT otherTab"]);
});

test("sign-in of a duplicated tab ends the other", async () => {
  const a = await open();
  await a.signIn("a", false);
  const b = await open(browser.open(a.tab));
  await a.signIn("a2", false, Y);
  // The sign-in has revoked the token of both.
  assert.deepEqual([a.user(), b.user()], [Y.email, undefined]);
});

test("refresh of a duplicated tab updates the other", async () => {
  const a = await open();
  await a.signIn("a", false);
  const b = await open(browser.open(a.tab));
  service.pass(3600);
  service.on("refresh-token", refreshed("a2"), REUSED);
  assert.deepEqual([await a.token(), await b.token()], ["access-a2", "access-a2"]);
  assert.deepEqual(b.heard, ["TOKEN_REFRESHED"]);
});

test("token reuse requests a duplicated tab's tokens", async () => {
  const a = await open();
  await a.signIn("a", false);
  const stale = browser.open(a.tab);
  service.pass(3600);
  service.on("refresh-token", refreshed("a2"), REUSED);
  // The duplicated tab is opened before the refresh, and its page runs later.
  assert.equal(await a.token(), "access-a2");
  const b = await open(stale);
  assert.equal(await b.token(), "access-a2");
});

test("stale copy does not overwrite newer tokens", async () => {
  const a = await open();
  await a.signIn("a", false);
  const [stale, asking] = [browser.open(a.tab), browser.open(a.tab)];
  service.pass(3600);
  service.on("refresh-token", refreshed("a2"), REUSED);
  await a.token();
  const [b, c] = [await open(stale), await open(asking)];
  assert.equal(await c.token(), "access-a2");
  assert.deepEqual([await a.token(), await b.token()], ["access-a2", "access-a2"]);
});

test("tabs share one refresh through the lock", async () => {
  const pages = [await open(), await open(), await open()];
  await pages[0]!.signIn("a", true);
  service.pass(3600);
  service.on("refresh-token", service.after(1.6, refreshed("a2")), REUSED);
  const found = await Promise.all(pages.map(({ token }) => token()));
  assert.deepEqual(found, ["access-a2", "access-a2", "access-a2"]);
  assert.equal(service.routes.filter((route) => route === "refresh-token").length, 1);
  assert.deepEqual(revoked(), []);
});

test("hanging lock does not block other tabs", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [a, b] = [await open(), await open()];
  await a.signIn("a", true);
  void browser.locks.request("sign-in", { signal: new AbortController().signal }, () => new Promise(() => {}));
  service.pass(3600);
  service.on("refresh-token", refreshed("a2"));
  const token = b.tab.run(() => b.client.accessToken());
  await idle();
  assert.deepEqual(service.routes, []);
  t.mock.timers.tick(5000);
  assert.deepEqual(await token, { ok: true, value: "access-a2" });
});

test("tab that waited for the lock waits for the storage", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const [a, b] = [await open(), await open()];
  await a.signIn("a", true);
  service.pass(3600);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  void browser.locks.request("sign-in", { signal: new AbortController().signal }, () => held);
  const token = b.tab.run(() => b.client.accessToken());
  await idle();
  t.mock.timers.tick(1000);
  release();
  await idle();
  // What the other tab stored arrives now.
  await a.signIn("a2", true);
  service.sent.length = 0;
  t.mock.timers.tick(100);
  assert.deepEqual(await token, { ok: true, value: "access-a2" });
  assert.deepEqual(service.sent, []);
});

test("slow refresh survives token reuse in another tab", async () => {
  const tabs = [browser.open(), browser.open()];
  for (const tab of tabs) tab.isOld = true;
  const [a, b] = [await open(tabs[0]), await open(tabs[1])];
  await a.signIn("a", true);
  service.pass(3600);
  service.on("refresh-token", service.after(1.6, refreshed("a2")), REUSED);
  const slow = a.token();
  assert.equal(await b.token(), undefined);
  assert.equal(b.user(), undefined);
  assert.equal(await slow, "access-a2");
  assert.deepEqual(revoked(), []);
  await idle();
  assert.equal(await b.token(), "access-a2");
});

test("sign-out during a refresh elsewhere revokes", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", true);
  service.pass(3600);
  service.on("refresh-token", service.after(1, refreshed("a2")));
  const token = a.tab.run(() => a.client.accessToken());
  await idle();
  await b.signOut();
  assert.equal((await service.run(token)).ok, false);
  assert.deepEqual(revoked(), ["refresh-a", "refresh-a2"]);
});

for (const remember of [true, false]) {
  test(`two clients of a page share events, remember ${remember}`, async () => {
    const a = await open();
    const b = await open(a.tab);
    await a.signIn("a", remember);
    await a.signOut();
    assert.deepEqual(a.heard, ["SIGNED_IN signIn", "SIGNED_OUT signOut"]);
    assert.deepEqual(b.heard, ["SIGNED_IN otherTab", "SIGNED_OUT otherTab"]);
  });
}

for (const event of ["online", "visibilitychange"]) {
  test(`failed refresh is repeated on ${event}`, async () => {
    const a = await open();
    await a.signIn("a", true);
    service.pass(3600);
    service.on("refresh-token", () => Promise.reject(new TypeError("fetch failed")));
    assert.equal(await a.token(), undefined);
    service.on("refresh-token", refreshed("a2"));
    a.tab.document.visibilityState = "hidden";
    a.tab.dispatch(event);
    await idle();
    a.tab.document.visibilityState = "visible";
    const sent = service.sent.length;
    for (let repeat = 0; repeat < 3; repeat += 1) a.tab.dispatch(event);
    await idle();
    assert.equal(service.sent.length, sent + 1);
    assert.deepEqual(a.heard, ["SIGNED_IN signIn", "TOKEN_REFRESH_FAILED", "TOKEN_REFRESHED"]);
  });
}

test("events of the browser cause no events", async () => {
  const a = await open();
  await a.signIn("a", true);
  service.pass(3600);
  a.heard.length = 0;
  for (const event of ["online", "visibilitychange", "focus", "storage"]) a.tab.dispatch(event);
  await idle();
  assert.deepEqual([a.heard, service.sent], [[], []]);
});

test("tabs follow a new email address", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", true);
  service
    .on("verify-email", json({ message: "Email address verified" }))
    .on("me", json({ ...X, email: "new@igad.int" }));
  assert.equal((await a.tab.run(() => verifyEmail(a.client, "730914"))).ok, true);
  await idle();
  assert.deepEqual([a.user(), b.user()], ["new@igad.int", "new@igad.int"]);
  assert.deepEqual(b.heard, ["SIGNED_IN otherTab", "USER_UPDATED"]);
});

test("tabs follow a deletion of the account", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn("a", true);
  service.on("delete-account", json({ message: "Account deleted" })).on("logout", REVOKED);
  assert.equal((await a.tab.run(() => deleteAccount(a.client, { confirm: X.email }))).ok, true);
  await idle();
  assert.deepEqual([a.user(), b.user()], [undefined, undefined]);
  assert.deepEqual(a.heard, ["SIGNED_IN signIn", "SIGNED_OUT signOut"]);
  assert.deepEqual(b.heard, ["SIGNED_IN otherTab", "SIGNED_OUT otherTab"]);
});
