// Sign-in with an identity provider: the redirect to the demo provider of the fake, and back.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { launch, look, open } from "./browser.js";
import { arriveAt, press, problem, requireReauthentication, shown } from "./page.js";
import { start } from "./stack.js";

const NOT_STARTED_HERE = "The sign-in was not started here, or it has ended.";

/** End of Cognito's session, at its domain. */
const LOGOUT = /\/logout\?client_id=/;

let stack;
let browser;

before(async () => {
  browser = await launch();
  stack = await start();
});

beforeEach(() => fetch(stack.reset_url, { method: "POST" }));

after(async () => {
  await browser?.close();
  await stack?.end();
});

/** Opens the sign-in page. `requests` are those of the API, with their bodies. */
async function openPage() {
  const origins = [stack.page_url, new URL(stack.api_url).origin, stack.aws_endpoint_url];
  const opened = await open(browser, stack.page_url, origins);
  const requests = [];
  const redirects = [];
  opened.page.on("request", (request) => {
    if (request.method() === "POST") requests.push([new URL(request.url()).pathname, request.postData()]);
    if (request.isNavigationRequest() && request.url().includes("code=")) redirects.push(request.url());
  });
  const completions = () => requests.filter(([path]) => path === "/api/auth/complete-federated-login");
  return { ...opened, redirects, completions };
}

/** Goes to the provider. */
async function leave(page) {
  await arriveAt(page, "Sign in");
  await press(page, "Sign in with Demo");
  await page.getByRole("heading", { name: "Demo provider" }).waitFor();
}

async function signInAs(page, name) {
  await leave(page);
  await page.getByRole("button", { name }).click();
  await arriveAt(page, "My account");
}

/** Posts to a route, as another program. */
async function post(route, body) {
  const response = await fetch(`${stack.api_url}/api/auth/${route}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return [response.status, (await response.json()).detail];
}

test("provider signs in until the sign-out", async () => {
  const { page, close, completions } = await openPage();
  await leave(page);
  await look(page, "provider");
  await page.getByRole("button", { name: "Ada Example" }).click();
  await arriveAt(page, "My account");
  assert.equal(page.url(), `${stack.page_url}/`);
  assert.match(await page.locator("#me").textContent(), /^NameAda Example.*Roleuser/);
  assert.equal(await page.locator("#email-address").textContent(), "ada@example.org");
  assert.equal(await shown(page).getByRole("button", { name: "Change password" }).count(), 0);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);

  // The page keeps its tokens in memory, and Cognito its cookie.
  await page.reload();
  await arriveAt(page, "Sign in");
  await press(page, "Sign in with Demo");
  await arriveAt(page, "My account");
  assert.equal(completions().length, 2);

  // The page shows no other step while it leaves, so that no click is lost. Without content, it stays.
  await page.route(LOGOUT, (route) => route.fulfill({ status: 204 }), { times: 1 });
  const left = page.waitForRequest(LOGOUT);
  await press(page, "Sign out");
  const logout = (await left).url();
  await arriveAt(page, "My account");
  await page.evaluate(() => dispatchEvent(new Event("pagehide")));
  await arriveAt(page, "Sign in");
  await page.goto(logout);
  assert.equal(page.url(), `${stack.page_url}/`);
  await leave(page);
  await close();
});

test("redirect with a wrong state sends no request", async () => {
  const { page, close, redirects, completions } = await openPage();
  await leave(page);
  for (const query of ["?code=c&state=wrong", "?code=c&state=", "?error=access_denied&state=wrong"]) {
    await page.goto(`${stack.page_url}/${query}`);
    await arriveAt(page, "Sign in");
    assert.equal(await problem(page), NOT_STARTED_HERE);
    assert.equal(page.url(), `${stack.page_url}/`);
  }
  assert.equal(redirects.length, 2);
  assert.deepEqual(completions(), []);
  await close();
});

test("used code returns 401", async () => {
  const { page, close, redirects, completions } = await openPage();
  await signInAs(page, "Grace Example");
  await page.goto(redirects.find((url) => url.startsWith(stack.page_url)));
  assert.equal(await problem(page), NOT_STARTED_HERE);
  const [[, body], ...others] = completions();
  assert.deepEqual(others, []);
  assert.deepEqual(await post("complete-federated-login", body), [401, "Invalid authorization code"]);
  await close();
});

test("foreign redirect is rejected", async () => {
  const { page, close } = await openPage();
  const redirect_uri = "https://evil.example/";
  const started = page.waitForRequest(/start-federated-login/);
  await press(page, "Sign in with Demo");
  const body = JSON.parse((await started).postData());
  assert.deepEqual(await post("start-federated-login", { ...body, redirect_uri }), [422, "redirect_uri: not allowed"]);
  await page.getByRole("heading", { name: "Demo provider" }).waitFor();
  const parameters = { response_type: "code", client_id: stack.client_id, redirect_uri, identity_provider: "Demo" };
  await page.goto(`${stack.aws_endpoint_url}/oauth2/authorize?${new URLSearchParams(parameters)}`);
  assert.match(page.url(), /\/error\?error=redirect_mismatch$/);
  await close();
});

test("cancellation at the provider gives one sentence", async () => {
  const { page, close, completions } = await openPage();
  await leave(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await arriveAt(page, "Sign in");
  assert.equal(await problem(page), "The sign-in with the provider was canceled or failed.");
  assert.equal(page.url(), `${stack.page_url}/`);
  assert.deepEqual(completions(), []);
  await signInAs(page, "Ada Example");
  await close();
});

test("old sign-in leads to the provider again", async () => {
  const { page, close } = await openPage();
  await signInAs(page, "Ada Example");
  await requireReauthentication(page, "delete-account");
  await press(page, "Delete account");
  await shown(page).getByLabel("Your email address").fill("ada@example.org");
  await press(page, "Delete account");
  await arriveAt(page, "Sign in");
  assert.equal(await problem(page), "Please sign in again to do this.");
  // Not silently, in spite of Cognito's cookie.
  await signInAs(page, "Ada Example");
  await close();
});
