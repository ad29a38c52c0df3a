// Sign-in with an identity provider, from the redirect to the provider to the session.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";

import {
  type Client,
  type ProviderSignInOptions,
  type Storage,
  browserStorage,
  completeSignIn,
  cookieStorage,
  signInWithProvider,
  signOutWithRedirect,
} from "../src/index.js";
import { FakeBrowser, type Tab, defineGlobals } from "./browser.js";
import { LOGGED_OUT, OFFLINE, Service, USER, errorResponse, json, tokens } from "./service.js";

const PAGE = "https://app.example.org/page";
const AUTHORIZE = "https://sign-in.example.org/oauth2/authorize?state=x";
const INVALID = () => errorResponse(401, "NotAuthorizedException", "Invalid authorization code");

let browser: FakeBrowser;
let service: Service;
let removeGlobals: () => void;

before(() => {
  removeGlobals = defineGlobals();
});
after(() => removeGlobals());
beforeEach(() => {
  browser = new FakeBrowser();
  service = new Service()
    .on("start-federated-login", json({ url: AUTHORIZE }))
    .on("complete-federated-login", () => json(tokens()))
    .on("logout", LOGGED_OUT);
});

/** Page in a tab. The document before a redirect and the one after it each have their own. */
function open(tab: Tab = browser.open(), storage: () => Storage = browserStorage) {
  const client: Client = tab.run(() => service.client({ storage: storage() }));
  const run = <Value>(work: (client: Client) => Promise<Value>) => tab.run(() => service.run(work(client)));
  return {
    tab,
    client,
    run,
    user: () => tab.run(() => client.user?.email),
    start: (options?: ProviderSignInOptions) => run((client) => signInWithProvider(client, "Google", options)),
    /** Arrives at the page with this query, and completes the sign-in. */
    complete: (query: string) => {
      tab.location.href = `${PAGE}?${query}`;
      return run((client) => completeSignIn(client));
    },
  };
}

/** `state` of the last request that started a sign-in. */
function state(): string {
  return String(service.sent.filter(({ route }) => route === "start-federated-login").at(-1)?.body["state"]);
}

const completions = () => service.routes.filter((route) => route === "complete-federated-login").length;

test("redirect signs in", async () => {
  const { tab, start } = open();
  assert.deepEqual(await start(), { ok: true, value: { url: AUTHORIZE } });
  assert.deepEqual(tab.location.assigned, [AUTHORIZE]);
  const { code_challenge, ...started } = service.sent[0]!.body;
  assert.deepEqual(started, { provider: "Google", redirect_uri: PAGE, state: state() });

  const page = open(tab);
  const events: string[] = [];
  const other = open(browser.open());
  page.tab.run(() => page.client.onAuthStateChange(({ type }) => events.push(type)));
  assert.deepEqual(await page.complete(`code=5d1f%2B&state=${state()}`), { kind: "signed-in", user: USER });
  assert.deepEqual(events, ["INITIAL_SESSION", "SIGNED_IN"]);
  assert.equal(page.user(), USER.email);
  assert.equal(other.user(), undefined, "without `remember`, the session is that of the tab");
  const { code_verifier, ...completed } = service.sent[1]!.body;
  assert.deepEqual(completed, { code: "5d1f+", redirect_uri: PAGE });
  // RFC 7636
  assert.match(String(code_verifier), /^[\w-]{43,128}$/);
  assert.equal(createHash("sha256").update(String(code_verifier)).digest("base64url"), code_challenge);
});

test("options reach the provider and the session", async () => {
  const { tab, start } = open();
  const redirectUri = "https://app.example.org/signed-in";
  await start({ redirectUri, reauthenticate: true, loginHint: USER.email, remember: true });
  const { redirect_uri, reauthenticate, login_hint } = service.sent[0]!.body;
  assert.deepEqual([redirect_uri, reauthenticate, login_hint], [redirectUri, true, USER.email]);
  await open(tab).complete(`code=c&state=${state()}`);
  assert.equal(service.sent[1]!.body["redirect_uri"], redirectUri);
  assert.equal(open(browser.open()).user(), USER.email, "`remember` shares the session with other tabs");
});

test("wrong state sends no request", async () => {
  const { tab, start, complete } = open();
  await start();
  for (const query of ["code=c&state=", "code=c&state=wrong", "error=access_denied&state=wrong"]) {
    const step = await complete(query);
    assert.equal(step?.kind === "failed" && step.error.type, "StateMismatch", query);
  }
  const elsewhere = await open(browser.open()).complete(`code=c&state=${state()}`);
  assert.equal(elsewhere?.kind === "failed" && elsewhere.error.type, "StateMismatch");
  assert.equal(completions(), 0);
  // An attacker's link does not end the user's own sign-in.
  assert.equal((await open(tab).complete(`code=c&state=${state()}`))?.kind, "signed-in");
});

test("redirect is used once", async () => {
  service.on("complete-federated-login", INVALID);
  const { start, complete } = open();
  await start();
  const redirect = `code=c&state=${state()}`;
  const first = await complete(redirect);
  assert.equal(first?.kind === "failed" && first.error.detail, "Invalid authorization code");
  const second = await complete(redirect);
  assert.equal(second?.kind === "failed" && second.error.type, "StateMismatch");
  assert.equal(completions(), 1);
});

test("second call for one redirect does nothing", async () => {
  const { tab, start, run } = open();
  await start();
  tab.location.href = `${PAGE}?code=c&state=${state()}`;
  const steps = await run((client) => Promise.all([completeSignIn(client), completeSignIn(client)]));
  assert.deepEqual(
    steps.map((step) => step?.kind),
    ["signed-in", undefined],
  );
});

test("error of the provider has one sentence", async () => {
  const { start, complete } = open();
  await start();
  const step = await complete(`error=access_denied&error_description=Call+1-800-SCAM&state=${state()}`);
  assert(step?.kind === "failed");
  assert.equal(step.error.type, "ProviderError");
  assert.equal(step.error.detail, "The sign-in with the provider was canceled or failed");
  assert.equal((step.error.cause as Error).message, "access_denied: Call 1-800-SCAM");
  await start();
  const both = await complete(`code=c&error=access_denied&state=${state()}`);
  assert.equal(both?.kind === "failed" && both.error.type, "ProviderError");
  assert.equal(completions(), 0);
});

test("redirect leaves the address bar", async () => {
  const { tab, start, complete } = open();
  await start();
  await complete(`a=1&code=c&state=${state()}&b=2`);
  assert.equal(tab.location.href, `${PAGE}?a=1&b=2`);
  assert.deepEqual(tab.location.state, { page: 1 });
  await complete("error=e&error_description=d&state=s");
  assert.equal(tab.location.href, PAGE);
});

test("URL of another page leaves the address bar alone", async () => {
  const { tab, start, run } = open();
  await start();
  const url = `${PAGE}?code=c&state=${state()}`;
  assert.equal((await run((client) => completeSignIn(client, url)))?.kind, "signed-in");
  assert.deepEqual([tab.location.href, tab.location.state], [PAGE, undefined]);
});

test("sign-out ends a sign-in that is being completed", async () => {
  const { start, tab, run, user } = open();
  await start();
  service.on(
    "complete-federated-login",
    service.after(1, () => json(tokens())),
  );
  tab.location.href = `${PAGE}?code=c&state=${state()}`;
  const [step] = await run((client) => Promise.all([completeSignIn(client), client.signOut()]));
  assert.equal(step?.kind === "failed" && step.error.type, "Superseded");
  assert.equal(user(), undefined);
});

test("parameters of the program are not a redirect", async () => {
  const { tab, complete } = open();
  for (const query of ["state=s", "code=SUMMER", "error=e", "code=c&error=e&error_description=d"]) {
    assert.equal(await complete(query), undefined, query);
    assert.equal(tab.location.href, `${PAGE}?${query}`);
  }
});

test("tabs sign in at the same time", async () => {
  const [one, other] = [open(), open()];
  await one.start();
  const first = state();
  await other.start();
  const second = state();
  assert.equal((await open(one.tab).complete(`code=c&state=${first}`))?.kind, "signed-in");
  assert.equal((await open(other.tab).complete(`code=c&state=${second}`))?.kind, "signed-in");
  const verifiers = service.sent.flatMap(({ body }) => body["code_verifier"] ?? []);
  assert.equal(new Set(verifiers).size, 2);
});

test("both starts of a double click sign in", async () => {
  const { tab, start } = open();
  const states = [];
  for (const _ of [1, 2]) {
    await start();
    states.push(state());
  }
  for (const redirect of states)
    assert.equal((await open(tab).complete(`code=c&state=${redirect}`))?.kind, "signed-in");
});

test("start deletes sign-ins older than an hour", async (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 0 });
  const { tab, start, complete } = open();
  tab.sessionStorage.setItem("of another program", "{}");
  const abandoned = [];
  for (const _ of [1, 2]) {
    await start();
    abandoned.push(state());
  }
  context.mock.timers.setTime(3_600_000);
  await start();
  const recent = state();
  assert.equal(tab.sessionStorage.length, 4);

  context.mock.timers.setTime(3_600_001);
  await start();
  assert.equal(tab.sessionStorage.length, 3);
  assert.equal(tab.sessionStorage.getItem("of another program"), "{}");
  const late = await complete(`code=c&state=${abandoned[0]}`);
  assert.equal(late?.kind === "failed" && late.error.type, "StateMismatch");
  assert.equal((await open(tab).complete(`code=c&state=${recent}`))?.kind, "signed-in");
});

test("failed start stays on the page", async () => {
  service.on("start-federated-login", errorResponse(422, "ValidationException", "provider: not available"));
  const { tab, start } = open();
  const started = await start();
  assert.equal(!started.ok && started.error.detail, "provider: not available");
  assert.deepEqual([tab.location.assigned, tab.sessionStorage.length], [[], 0]);
});

test("page without storage cannot start", async () => {
  const { tab, start } = open();
  tab.sessionStorage.isFull = true;
  const started = await start();
  assert.equal(!started.ok && started.error.type, "NotSupportedError");
  assert.deepEqual([service.sent, tab.location.assigned], [[], []]);
});

test("cookie storage asks for the cookie", async () => {
  service.on("complete-federated-login", () => json({ ...tokens(), refresh_token: undefined }));
  const { tab, start } = open(browser.open(), cookieStorage);
  await start();
  assert.equal((await open(tab, cookieStorage).complete(`code=c&state=${state()}`))?.kind, "signed-in");
  assert.deepEqual(
    service.sent.map(({ body, init }) => [body["cookie"], init.credentials]),
    [
      [undefined, "omit"],
      [true, "include"],
    ],
  );
});

test("sign-out leads to the end of Cognito's session", async () => {
  const logout_url = "https://sign-in.example.org/logout";
  service.on("logout", LOGGED_OUT, json({ message: "Logged out successfully", logout_url }));
  const { tab, client, run, user } = open();
  await run((client) => client.keep(tokens()));
  const result = await run((client) => signOutWithRedirect(client, { everywhere: true }));
  assert.equal(result.ok && result.value.logout_url, logout_url);
  assert.equal(user(), undefined);
  assert.deepEqual(
    service.sent.map(({ body }) => body),
    [{ refresh_token: "refresh-1", everywhere: true }, { redirect_uri: PAGE }],
  );
  assert.deepEqual(tab.location.assigned, [logout_url]);
  assert.equal(client.isLoading, false);
});

test("failed or foreign sign-out stays on the page", async () => {
  const { tab, run, user } = open();
  await run((client) => client.keep(tokens()));
  service.on("logout", OFFLINE, json({ message: "", logout_url: AUTHORIZE }));
  const failed = await run((client) => signOutWithRedirect(client));
  assert.equal(!failed.ok && failed.error.type, "NetworkError");
  assert.equal(user(), undefined);
  service.on("logout", LOGGED_OUT);
  const foreign = await run((client) => signOutWithRedirect(client, { redirectUri: "https://evil.example/" }));
  assert.equal(foreign.ok, true);
  assert.deepEqual(tab.location.assigned, []);
});
