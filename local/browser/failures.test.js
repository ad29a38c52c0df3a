// Sign-in page when the API, the network or a password manager fails.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addAuthenticator, launch } from "./browser.js";
import { arriveAt, news, press, problem, shown, signIn } from "./page.js";
import { start } from "./stack.js";

const username = "user@igad.int";
const password = "SecureP@ssw0rd1";

let stack;
let browser;

before(async () => {
  browser = await launch();
  stack = await start();
});

after(async () => {
  await browser?.close();
  await stack?.end();
});

/** A new profile with a page, before it is opened. */
async function newPage() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

/** Responds to the calls of a route of the API. Browsers need CORS headers to show pages the response. */
function respond(page, route, { status, contentType = "application/json", body }) {
  const headers = { "access-control-allow-origin": stack.page_url, "access-control-allow-credentials": "true" };
  return page.route(`${stack.api_url}/api/auth/${route}`, (request) =>
    request.request().method() === "OPTIONS"
      ? request.continue()
      : request.fulfill({ status, contentType, body, headers }),
  );
}

test("failed sign-out still signs out here", async () => {
  const page = await newPage();
  await page.goto(stack.page_url);
  await signIn(page, username, password);
  await arriveAt(page, "My account");
  await respond(page, "logout", { status: 503, body: '{"detail":"Logout failed: identity provider unavailable"}' });

  await press(page, "Sign out");

  await arriveAt(page, "Sign in");
  assert.match(await news(page), /^You are signed out here\. Logout failed/);
  await page.context().close();
});

test("page of a captive portal is no session", async () => {
  const page = await newPage();
  await page.goto(stack.page_url);
  await respond(page, "*", { status: 200, contentType: "text/html", body: "<h1>Welcome to our hotel</h1>" });

  await signIn(page, username, password);

  assert.equal(await problem(page), "The response of the service is not valid.");
  assert.equal(await shown(page).getAttribute("id"), "sign-in");
  await page.context().close();
});

test("missing configuration names the request", async () => {
  const page = await newPage();
  await page.route("**/about.json", (route) => route.fulfill({ status: 500, body: "" }));
  await page.goto(stack.page_url);
  assert.equal(await problem(page), "This page cannot start: about.json returned the status 500.");
  await page.context().close();
});

test("expired access token is refreshed", async () => {
  const page = await newPage();
  await page.clock.install();
  await page.goto(stack.page_url);
  await signIn(page, username, password);
  await arriveAt(page, "My account");
  const refresh = page.waitForRequest((request) => request.url().endsWith("/refresh-token"));

  await page.clock.fastForward("02:00:00");
  await press(page, "Add an authenticator app");

  await refresh;
  await arriveAt(page, "Add an authenticator app");
  await page.context().close();
});

test("passkey of a password manager can be added", async () => {
  const page = await newPage();
  // 1Password, Proton Pass and Enpass replace the credential by an object whose methods throw.
  await page.addInitScript(() => {
    PublicKeyCredential.prototype.toJSON = () => {
      throw new TypeError("Illegal invocation");
    };
  });
  await page.goto(stack.page_url);
  await addAuthenticator(page);
  await signIn(page, username, password);
  await arriveAt(page, "My account");

  await press(page, "Add a passkey");

  assert.equal(await news(page), "Passkey added");
  await page.context().close();
});
