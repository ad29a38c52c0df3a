// Refresh token in a cookie: a page and the API on two ports of localhost, which are one site.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { launch } from "./browser.js";
import { start } from "./stack.js";

const cookieName = "__Host-refresh_token";

let stack;
let browser;
let api;
// Servers of the application's page, and of a page on another port.
let application;
let neighbor;

/** Server of empty pages, and of the TypeScript client. */
async function serve() {
  const client = await readFile(new URL("../pages/client.js", import.meta.url));
  const server = createServer(({ url }, response) =>
    url === "/client.js"
      ? response.setHeader("content-type", "text/javascript").end(client)
      : response.setHeader("content-type", "text/html").end("<title>Page</title>"),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

function originOf(server, host = "localhost") {
  return `http://${host}:${server.address().port}`;
}

before(async () => {
  [application, neighbor] = [await serve(), await serve()];
  browser = await launch();
  stack = await start(
    "--parameter",
    "RefreshTokenCookie=true",
    "--parameter",
    `AllowedOrigins=${originOf(application)}`,
  );
  // By name, because 127.0.0.1 would be another site.
  api = stack.api_url.replace("127.0.0.1", "localhost");
});

after(async () => {
  await browser?.close();
  await stack?.end();
  application.close();
  neighbor.close();
});

/** A page of the application, or of another origin. */
async function pageOf(context, origin = originOf(application)) {
  const page = await context.newPage();
  await page.goto(origin);
  return page;
}

/** Calls a route from a page. Returns status and body, or nothing if the page may not read the response. */
function call(page, route, body = {}) {
  return page.evaluate(
    async ([url, text]) => {
      const headers = { "content-type": "application/json" };
      try {
        const response = await fetch(url, { method: "POST", credentials: "include", headers, body: text });
        return { status: response.status, body: await response.json() };
      } catch {
        return undefined;
      }
    },
    [`${api}/api/auth/${route}`, JSON.stringify(body)],
  );
}

function signIn(page) {
  return call(page, "login", { username: "user@igad.int", password: "SecureP@ssw0rd1", cookie: true });
}

async function refreshCookie(context) {
  return (await context.cookies()).find((cookie) => cookie.name === cookieName);
}

test("reloaded page refreshes with the cookie", async () => {
  const context = await browser.newContext();
  const page = await pageOf(context);

  const signedIn = await signIn(page);
  assert.equal(signedIn.status, 200);
  assert.ok(!("refresh_token" in signedIn.body), "the body has no refresh token");
  const cookie = await refreshCookie(context);
  assert.deepEqual(
    { httpOnly: cookie.httpOnly, secure: cookie.secure, sameSite: cookie.sameSite, path: cookie.path },
    { httpOnly: true, secure: true, sameSite: "Strict", path: "/" },
  );
  assert.equal(await page.evaluate(() => document.cookie), "", "scripts cannot read the cookie");

  await page.reload();
  const refreshed = await call(page, "refresh-token");
  assert.equal(refreshed.status, 200);
  assert.notEqual(refreshed.body.access_token, "");
  assert.ok(!("refresh_token" in refreshed.body), "the body has no refresh token");
  await context.close();
});

test("sign-out revokes and clears the cookie", async () => {
  const context = await browser.newContext();
  const page = await pageOf(context);
  await signIn(page);
  const { value } = await refreshCookie(context);

  assert.equal((await call(page, "logout")).status, 200);

  assert.equal(await refreshCookie(context), undefined);
  assert.equal((await call(page, "refresh-token")).status, 401);
  assert.equal((await call(page, "refresh-token", { refresh_token: value })).status, 401, "the token is revoked");
  await context.close();
});

/** Status of the response to a request without a preflight, which reaches the API from every page. */
async function statusOf(page, route) {
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith(`/${route}`)),
    page.evaluate(
      (url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include" }).then(() => undefined),
      `${api}/api/auth/${route}`,
    ),
  ]);
  return response.status();
}

test("other origin of the site cannot use the cookie", async () => {
  const context = await browser.newContext();
  const page = await pageOf(context);
  await signIn(page);
  const other = await pageOf(context, originOf(neighbor));

  assert.equal(await statusOf(other, "refresh-token"), 403);
  assert.equal(await statusOf(other, "logout"), 200);

  assert.notEqual(await refreshCookie(context), undefined, "the cookie is untouched");
  assert.equal((await call(page, "refresh-token")).status, 200, "the token is not revoked");
  assert.equal(await call(other, "refresh-token"), undefined, "the page cannot read the response");
  await context.close();
});

test("other site does not send the cookie", async () => {
  const context = await browser.newContext();
  await signIn(await pageOf(context));
  const other = await pageOf(context, originOf(application, "127.0.0.1"));
  assert.equal(await statusOf(other, "refresh-token"), 401);
  await context.close();
});

/** Page with the TypeScript client, after it has restored the session. Counts its refreshes. */
async function pageWithClient(context) {
  const page = await context.newPage();
  const refreshes = [];
  page.on("request", (request) => request.url().endsWith("/refresh-token") && refreshes.push(request));
  const load = async () => {
    await page.goto(originOf(application));
    await page.evaluate(async (url) => {
      const { Client, cookieStorage, signIn } = await import("/client.js");
      window.client = new Client(url, { storage: cookieStorage() });
      window.signIn = signIn;
      await new Promise((resolve) => window.client.onAuthStateChange(resolve));
    }, api);
  };
  await load();
  const user = () => page.evaluate(() => window.client.user?.email);
  const signIn = () =>
    page.evaluate(async () => {
      const step = await window.signIn(window.client, { username: "user@igad.int", password: "SecureP@ssw0rd1" });
      return step.kind;
    });
  const userIs = (email) => page.waitForFunction((email) => window.client.user?.email === email, email);
  return { page, refreshes, load, user, userIs, signIn };
}

test("tabs of the client share the cookie's session", async () => {
  const context = await browser.newContext();
  const [first, second] = [await pageWithClient(context), await pageWithClient(context)];
  assert.equal(await first.signIn(), "signed-in");
  await second.userIs("user@igad.int");

  await first.load();
  assert.equal(await first.user(), "user@igad.int");
  assert.equal(first.refreshes.length, 1);
  assert.equal((await first.page.evaluate(() => window.client.me())).value.email, "user@igad.int");
  const readable = await first.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.equal(readable, '[{"sign-in":"cookie"},{}]', "scripts find no token in the storage");

  const signedOut = await second.page.evaluate(() => window.client.signOut());
  assert.equal(signedOut.ok, true);
  await first.userIs(undefined);
  assert.equal(await refreshCookie(context), undefined);
  await first.load();
  assert.equal(await first.user(), undefined);
  await context.close();
});

test("tabs that open at once restore one session", async () => {
  const context = await browser.newContext();
  const first = await pageWithClient(context);
  await first.signIn();
  const tabs = await Promise.all([1, 2, 3].map(() => pageWithClient(context)));
  for (const tab of tabs) assert.equal(await tab.user(), "user@igad.int");
  await context.close();
});
