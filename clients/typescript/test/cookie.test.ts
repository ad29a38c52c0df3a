// Sessions whose refresh token is in a cookie, in several tabs.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { type Client, type Step, type User, cookieStorage, signIn } from "../src/index.js";
import { FakeBrowser, type Tab, defineGlobals } from "./browser.js";
import {
  LOGGED_OUT,
  OFFLINE,
  REVOKED,
  Service,
  UNAVAILABLE,
  USER,
  errorResponse,
  idle,
  json,
  tokens,
} from "./service.js";

const Y: User = { ...USER, user_id: "another", email: "another@igad.int" };
const CREDENTIALS = { username: USER.email, password: "SecureP@ssw0rd1" };
const DISABLED = () => errorResponse(422, "ValidationException", "cookie: not enabled");
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
  service = new Service().on("login", withoutRefreshToken("a")).on("logout", LOGGED_OUT);
});

/** Response of the service, whose refresh token is in `Set-Cookie`. */
function withoutRefreshToken(name: string, user: User = USER) {
  return () => json({ ...tokens({ access_token: `access-${name}`, user }), refresh_token: undefined });
}

interface Page {
  tab: Tab;
  client: Client;
  heard: string[];
  user: () => string | undefined;
  token: (options?: object) => Promise<string>;
  signIn: () => Promise<Step>;
  signOut: () => Promise<unknown>;
}

/** Page in a tab, before its session is restored. */
function opening(tab = browser.open()): Page {
  const client = tab.run(() => service.client({ storage: cookieStorage() }));
  const heard: string[] = [];
  tab.run(() =>
    client.onAuthStateChange((event) => heard.push("cause" in event ? `${event.type} ${event.cause}` : event.type)),
  );
  return {
    tab,
    client,
    heard,
    user: () => tab.run(() => client.user?.email),
    token: async (options) => {
      const token = await tab.run(() => service.run(client.accessToken(options)));
      return token.ok ? token.value : token.error.type!;
    },
    signIn: () => tab.run(() => service.run(signIn(client, CREDENTIALS))),
    signOut: async () => {
      const result = await tab.run(() => service.run(client.signOut()));
      await idle();
      return result;
    },
  };
}

async function open(tab?: Tab): Promise<Page> {
  const page = opening(tab);
  await idle();
  return page;
}

/** Everything that a script can read in the browser's storage. */
function stored(): string[] {
  return [browser.localStorage, ...browser.tabs.map(({ sessionStorage }) => sessionStorage)].flatMap(({ items }) => [
    ...items.values(),
  ]);
}

test("sign-in asks for the cookie and stores no token", async () => {
  const page = await open();
  assert.equal((await page.signIn()).kind, "signed-in");
  assert.deepEqual(service.sent[0]?.body, { ...CREDENTIALS, cookie: true });
  assert.equal(service.sent[0]?.init.credentials, "include");
  assert.deepEqual(stored(), ["cookie"]);
  assert.equal(await page.token(), "access-a");
});

test("each step of a sign-in sends cookie", async () => {
  const challenge = { ...tokens({ access_token: "", expires_in: 0 }), refresh_token: undefined };
  const steps = [
    { ...challenge, challenge: "SOFTWARE_TOKEN_MFA", session: "s1", username: "u", message: "m" },
    { ...challenge, challenge: "NEW_PASSWORD_REQUIRED", session: "s2", username: "u", message: "m" },
  ];
  service.on("login", json(steps[0]!)).on("answer-challenge", json(steps[1]!));
  service.on("complete-password-change", withoutRefreshToken("a"));
  const page = await open();
  const code = await page.signIn();
  assert(code.kind === "SOFTWARE_TOKEN_MFA");
  const password = await page.tab.run(() => service.run(code.answer("123456")));
  assert(password.kind === "NEW_PASSWORD_REQUIRED");
  assert.equal((await page.tab.run(() => service.run(password.answer("BrandNewP@ss1")))).kind, "signed-in");
  assert.deepEqual(
    service.sent.map(({ body, init }) => [body["cookie"], init.credentials]),
    Array(3).fill([true, "include"]),
  );
});

test("reload restores the session by one refresh", async () => {
  await (await open()).signIn();
  service.on("refresh-token", withoutRefreshToken("b"));
  const page = opening();
  assert.deepEqual([page.client.isLoading, page.user()], [true, undefined]);
  await idle();
  assert.deepEqual([page.client.isLoading, page.user()], [false, USER.email]);
  assert.equal(await page.token(), "access-b");
  assert.deepEqual(service.routes, ["login", "refresh-token"]);
  assert.deepEqual(service.sent[1]?.body, { cookie: true });
  assert.deepEqual(page.heard, ["INITIAL_SESSION"]);
});

test("visitor who never signed in causes no request", async () => {
  const page = await open();
  assert.equal(await page.token(), "NotSignedIn");
  assert.deepEqual(service.sent, []);
});

test("calls wait for the restored session", async () => {
  await (await open()).signIn();
  service.on("refresh-token", service.after(5, withoutRefreshToken("b")));
  assert.equal(await opening().token(), "access-b");
});

test("session that has ended is not restored again", async () => {
  await (await open()).signIn();
  service.on("refresh-token", REVOKED);
  assert.equal((await open()).user(), undefined);
  assert.equal((await open()).user(), undefined);
  assert.deepEqual(service.routes, ["login", "refresh-token"]);
});

for (const [name, failure] of Object.entries({ "an outage": UNAVAILABLE, "no network": OFFLINE })) {
  test(`restoring goes on after ${name}`, async () => {
    await (await open()).signIn();
    service.on("refresh-token", failure, failure, failure, withoutRefreshToken("b"));
    const page = opening();
    await idle();
    assert.equal(page.client.isLoading, true);
    assert.equal(await page.token(), "access-b");
  });
}

test("cookie that another tab replaces is read again", async () => {
  await (await open()).signIn();
  service.on("refresh-token", REUSED, withoutRefreshToken("b"));
  assert.equal(await opening().token(), "access-b");
  service.on("refresh-token", REUSED);
  assert.equal(await opening().token(), "NotSignedIn");
});

test("deployment without the cookie is reported", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  service.on("login", DISABLED);
  const step = await (await open()).signIn();
  assert.equal(step.kind === "failed" && step.error.detail, "cookie: not enabled");
  browser.localStorage.setItem("sign-in", "cookie");
  service.on("refresh-token", DISABLED);
  assert.equal((await open()).user(), undefined);
  assert.equal(reported.mock.callCount(), 1);
});

test("tabs share sign-ins, refreshes and sign-outs", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn();
  await idle();
  assert.equal(b.user(), USER.email);
  service.pass(3600);
  service.on("refresh-token", withoutRefreshToken("b"));
  assert.equal(await b.token(), "access-b");
  await idle();
  assert.equal(await a.token(), "access-b");
  await a.signOut();
  assert.deepEqual([a.user(), b.user()], [undefined, undefined]);
  assert.deepEqual(service.routes, ["login", "refresh-token", "logout"]);
  assert.deepEqual(b.heard, ["INITIAL_SESSION", "SIGNED_IN otherTab", "TOKEN_REFRESHED", "SIGNED_OUT otherTab"]);
  assert.deepEqual(stored(), []);
});

test("restored tabs follow each other", async () => {
  const a = await open();
  await a.signIn();
  service.on("refresh-token", withoutRefreshToken("b"), withoutRefreshToken("c"));
  const b = await open();
  assert.equal(await b.token({ forceRefresh: true }), "access-c");
  await idle();
  assert.equal(await a.token(), "access-c");
  assert.deepEqual(a.heard, ["INITIAL_SESSION", "SIGNED_IN signIn", "TOKEN_REFRESHED"]);
  service.pass(3600);
  service.on("refresh-token", REVOKED);
  assert.equal(await b.token(), "NotAuthorizedException");
  await idle();
  assert.deepEqual([a.user(), b.user()], [undefined, undefined]);
  assert.deepEqual(stored(), []);
});

test("another user replaces the session of all tabs", async () => {
  const [a, b] = [await open(), await open()];
  await a.signIn();
  service.on("login", withoutRefreshToken("y", Y));
  await b.signIn();
  await idle();
  assert.deepEqual([a.user(), b.user()], [Y.email, Y.email]);
  assert.equal(await a.token(), "access-y");
  // The cookie is that of the new session.
  assert.deepEqual(service.routes, ["login", "login"]);
});

test("sign-out during a refresh revokes the new cookie", async () => {
  const page = await open();
  await page.signIn();
  service.on("refresh-token", service.after(5, withoutRefreshToken("b")));
  const refresh = page.tab.run(() => page.client.accessToken({ forceRefresh: true }));
  await idle();
  await page.tab.run(() => page.client.signOut());
  await page.tab.run(() => service.run(refresh));
  assert.deepEqual(service.routes, ["login", "refresh-token", "logout", "logout"]);
  assert.deepEqual(service.sent[3]?.body, { everywhere: false, cookie: true });
});

test("sign-in during a refresh keeps its cookie", async () => {
  const page = await open();
  await page.signIn();
  service.on("refresh-token", service.after(5, withoutRefreshToken("b"))).on("login", withoutRefreshToken("y", Y));
  const refresh = page.tab.run(() => page.client.accessToken({ forceRefresh: true }));
  await idle();
  assert.equal((await page.tab.run(() => signIn(page.client, CREDENTIALS))).kind, "signed-in");
  await page.tab.run(() => service.run(refresh));
  assert.equal(page.user(), Y.email);
  assert.deepEqual(service.routes, ["login", "refresh-token", "login"]);
});

test("unconfirmed sign-out survives a reload but not a sign-in", async () => {
  const page = await open();
  await page.signIn();
  service.on("logout", UNAVAILABLE);
  await page.signOut();
  assert.equal((await open(page.tab)).user(), undefined);
  assert.deepEqual(service.routes, ["login", "logout"]);
  await page.signIn();
  service.on("logout", LOGGED_OUT);
  assert.deepEqual(service.routes, ["login", "logout", "login"]);
  await page.signOut();
  assert.deepEqual(service.routes, ["login", "logout", "login", "logout"]);
});

test("blocked storage still restores the session", async () => {
  const page = browser.open();
  const blocked = () => {
    throw new DOMException("blocked", "SecurityError");
  };
  browser.localStorage.getItem = blocked;
  browser.localStorage.setItem = blocked;
  service.on("refresh-token", withoutRefreshToken("b"));
  assert.equal((await open(page)).user(), USER.email);
});

test("cookie of another user starts another session", async () => {
  const page = await open();
  await page.signIn();
  service.on("refresh-token", withoutRefreshToken("y", Y));
  assert.equal(await page.token({ forceRefresh: true }), "access-y");
  assert.equal(page.user(), Y.email);
  assert.deepEqual(page.heard.slice(-2), ["SIGNED_OUT replaced", "SIGNED_IN otherTab"]);
});

test("sign-out while another tab restores revokes the cookie", async () => {
  const a = await open();
  await a.signIn();
  service.on("refresh-token", service.after(5, withoutRefreshToken("b")));
  const b = opening();
  await idle();
  await a.signOut();
  assert.equal(await b.token(), "NotSignedIn");
  assert.deepEqual(service.routes, ["login", "refresh-token", "logout", "logout"]);
});

test("long Retry-After does not block restoring", async () => {
  await (await open()).signIn();
  const limited = errorResponse(429, "TooManyRequestsException", "Too many requests", { "retry-after": "900" });
  service.on("refresh-token", limited, withoutRefreshToken("b"));
  const start = service.elapsed;
  assert.equal(await opening().token(), "access-b");
  assert(service.elapsed - start < 60_000);
});
