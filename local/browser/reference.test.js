// API reference of the local stack, which can send requests.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, look, open } from "./browser.js";
import { start } from "./stack.js";

let stack;
let browser;

before(async () => {
  [stack, browser] = await Promise.all([start(), launch()]);
});

after(async () => {
  await browser?.close();
  await stack?.end();
});

/** Opens the reference at an operation, such as `tag/sessions/GET/api/auth/me`. */
async function openAt(operation, viewport = { width: 1280, height: 900 }) {
  const { origin } = new URL(stack.api_url);
  const url = `${stack.page_url}/reference/#api-1/${operation}`;
  const { page, close } = await open(browser, url, [stack.page_url, origin], viewport);
  await page.locator(`[id="api-1/${operation}"]`).waitFor();
  return { page, close };
}

/** Opens the dialog for a request, such as `post /api/auth/login`. */
async function tryIt(page, request) {
  await page.getByRole("button", { name: `(${request})` }).click();
  return page.getByRole("dialog");
}

/** Sends the request, and returns the response of the API. */
async function send(page, dialog, path) {
  const [response] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith(path) && response.request().method() !== "OPTIONS"),
    dialog.getByRole("button", { name: /^Send .* request/ }).click(),
  ]);
  return response;
}

test("requests can be sent with and without a token", async () => {
  const { page, close } = await openAt("tag/signing-in/POST/api/auth/login");
  const login = await tryIt(page, "post /api/auth/login");
  const signedIn = await send(page, login, "/api/auth/login");
  assert.equal(signedIn.status(), 200);
  const { access_token } = await signedIn.json();
  await login.getByText("200 OK").waitFor();
  await close();

  const next = await openAt("tag/sessions/GET/api/auth/me");
  const me = await tryIt(next.page, "get /api/auth/me");
  await me.getByRole("button", { name: /^Authentication/ }).click();
  await me.getByPlaceholder("Token").fill(access_token);
  const answer = await send(next.page, me, "/api/auth/me");
  assert.equal(answer.status(), 200);
  assert.equal((await answer.json()).email, "user@igad.int");
  await next.close();
});

test("reference is accessible, wide and narrow", async () => {
  const wide = await openAt("tag/signing-in/POST/api/auth/login");
  await look(wide.page, "reference", { fullPage: false });
  await wide.close();
  const narrow = await openAt("tag/signing-in/POST/api/auth/login", { width: 390, height: 800 });
  await look(narrow.page, "reference-narrow", { fullPage: false });
  await narrow.close();
});
