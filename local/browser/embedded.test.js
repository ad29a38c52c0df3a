// Sign-in page with the fake of Cognito, which supports every challenge.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addAuthenticator, launch, look, open } from "./browser.js";
import {
  arriveAt,
  authenticatorApp,
  fill,
  focused,
  lastCode,
  news,
  press,
  problem,
  shown,
  signIn,
  signInBy,
  signOut,
} from "./page.js";
import { start } from "./stack.js";

const username = "user@igad.int";
const password = "SecureP@ssw0rd1";

let stack;
let strict;
let browser;

before(async () => {
  browser = await launch();
  // One after the other, because both build the same target.
  stack = await start();
  strict = await start("--parameter", "Mfa=ON");
});

after(async () => {
  await browser?.close();
  await stack?.end();
  await strict?.end();
});

function openPage({ at = stack, viewport } = {}) {
  return open(browser, at.page_url, [at.page_url, new URL(at.api_url).origin], viewport);
}

test("passkey signs in until it is removed", async () => {
  const { page, close } = await openPage();
  await page.getByText("This page uses a fake of Cognito").waitFor();
  await shown(page).getByRole("button", { name: "Sign in with Demo" }).waitFor();
  const authenticator = await addAuthenticator(page);
  await look(page, "sign-in");

  await signIn(page, username, password);
  await arriveAt(page, "My account");
  await press(page, "Add a passkey");
  assert.equal(await news(page), "Passkey added");
  assert.equal((await authenticator.credentials()).length, 1);
  await look(page, "account");
  await signOut(page);

  await signInBy(page, username, "Use a passkey");
  await arriveAt(page, "My account");

  await press(page, /^Remove/);
  assert.equal(await news(page), "Passkey removed");
  await signOut(page);

  await signInBy(page, username, "Use a passkey");
  await arriveAt(page, "Choose how to sign in");
  assert.equal(await shown(page).getByRole("button", { name: "A passkey" }).count(), 0);
  await close();
});

test("passkey without user verification can be retried", async () => {
  const { page, close } = await openPage();
  const authenticator = await addAuthenticator(page);
  await signIn(page, username, password);
  await arriveAt(page, "My account");
  await press(page, "Add a passkey");
  assert.equal(await news(page), "Passkey added");
  await signOut(page);

  await authenticator.setUserVerified(false);
  await signInBy(page, username, "Use a passkey");
  await arriveAt(page, "Use your passkey");
  assert.match(await problem(page), /^The passkey was canceled or not found/);
  await look(page, "passkey");

  await authenticator.setUserVerified(true);
  await press(page, "Try again");
  await arriveAt(page, "My account");
  await press(page, /^Remove/);
  await close();
});

test("wrong passkey signature restarts the sign-in", async () => {
  const { page, close } = await openPage();
  await addAuthenticator(page);
  await signIn(page, username, password);
  await arriveAt(page, "My account");
  await press(page, "Add a passkey");
  assert.equal(await news(page), "Passkey added");
  await signOut(page);

  await page.route("**/answer-challenge", async (route) => {
    const answer = route.request().postDataJSON();
    const signature = Buffer.from(answer.credential.response.signature, "base64url");
    signature[signature.length - 1] ^= 1;
    answer.credential.response.signature = signature.toString("base64url");
    await route.continue({ postData: JSON.stringify(answer) });
  });
  await signInBy(page, username, "Use a passkey");
  assert.equal(await problem(page), "Invalid session or credentials.");
  await arriveAt(page, "Sign in");
  await close();
});

test("email code signs in, and a wrong code can be corrected", async () => {
  const { page, close } = await openPage();
  await signInBy(page, username, "Email me a code");
  await arriveAt(page, "Enter a code");
  assert.equal(await focused(page), "Code");
  await look(page, "code");
  await fill(page, "Code", "00000000");
  await press(page, "Continue");
  assert.equal(await problem(page), "Invalid verification code.");
  const code = await lastCode(page, stack);
  await fill(page, "Code", `${code.slice(0, 4)} ${code.slice(4)}`);
  await press(page, "Continue");
  await arriveAt(page, "My account");
  await close();
});

test("delivery without destination is shown", async () => {
  const { page, close } = await openPage();
  await page.route("**/start-login", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    delete body.delivery.Destination;
    await route.fulfill({ response, json: body });
  });
  await signInBy(page, username, "Email me a code");
  await arriveAt(page, "Enter a code");
  assert.equal(await page.locator("#code-where").textContent(), "Enter the code that was sent to you by email.");
  await close();
});

test("detail of a 403 is shown", async () => {
  const { page, close } = await openPage();
  const detail = "Authentication error: UserLambdaValidationException";
  await page.route("**/login", (route) =>
    route.fulfill({ status: 403, headers: { "access-control-allow-origin": "*" }, json: { detail } }),
  );
  await signIn(page, username, password);
  assert.equal(await problem(page), `${detail}.`);
  await close();
});

test("first sign-in works with the keyboard alone", async () => {
  const { page, close } = await openPage({ at: strict });
  const { keyboard } = page;

  await arriveAt(page, "Sign in");
  assert.equal(await focused(page), "Email");
  await keyboard.type("incomplete@igad.int");
  await keyboard.press("Tab");
  await keyboard.type("TempP@ssw0rd1");
  await keyboard.press("Enter");

  await arriveAt(page, "Choose a password");
  assert.equal(await focused(page), "New password");
  await look(page, "new-password");
  await keyboard.type("weak");
  await keyboard.press("Tab");
  assert.equal(await focused(page), "name");
  await keyboard.type("Jane Roe");
  await keyboard.press("Enter");
  assert.equal(await problem(page), "Password does not meet requirements.");
  assert.equal(await focused(page), "New password");
  await keyboard.press("Control+A");
  await keyboard.type("MyOwnP@ssw0rd1");
  await keyboard.press("Tab");
  await keyboard.press("Control+A");
  await keyboard.type("Jane Roe");
  await keyboard.press("Enter");

  await arriveAt(page, "Set up a second factor");
  assert.equal(await focused(page), "Set up a second factor");
  await look(page, "set-up");
  await keyboard.press("Tab");
  assert.equal(await focused(page), "An authenticator app");
  await keyboard.press("Enter");

  await arriveAt(page, "Add an authenticator app");
  assert.equal(await focused(page), "Code from the app");
  await look(page, "authenticator-app");
  const app = await authenticatorApp(page);
  await keyboard.type(app.generate());
  await keyboard.press("Tab");
  await keyboard.type("My phone");
  await keyboard.press("Enter");

  await arriveAt(page, "My account");
  assert.equal(await focused(page), "My account");
  while ((await focused(page)) !== "Sign out") await keyboard.press("Tab");
  await keyboard.press("Enter");
  await arriveAt(page, "Sign in");
  assert.equal(await focused(page), "Email");
  await close();
});

test("user with several second factors chooses one", async () => {
  const { page, close } = await openPage();
  await signIn(page, "two@igad.int", password);
  await arriveAt(page, "Choose how to confirm that it is you");
  await look(page, "choice");
  await press(page, "A code by email");
  await arriveAt(page, "Enter a code");
  await fill(page, "Code", await lastCode(page, stack));
  await press(page, "Continue");
  await arriveAt(page, "My account");
  await close();
});

test("user signs up, confirms and signs in", async () => {
  const { page, close } = await openPage();
  await press(page, "Create account");
  await arriveAt(page, "Create account");
  await look(page, "sign-up");
  await fill(page, "Email", "jane@igad.int");
  await fill(page, "Name (optional)", "Jane Roe");
  await fill(page, "Password", "SecureP@ssw0rd1");
  await press(page, "Create account");
  await arriveAt(page, "Confirm your address");
  await fill(page, "Code", await lastCode(page, stack));
  await press(page, "Confirm");
  await arriveAt(page, "Sign in");
  assert.equal(await news(page), "Account confirmed successfully");
  await signIn(page, "jane@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "My account");
  await page.getByText("Jane Roe").waitFor();
  await close();
});

test("forgotten password is reset", async () => {
  const { page, close } = await openPage();
  await press(page, "Forgot password?");
  await arriveAt(page, "Reset your password");
  await fill(page, "Email", username);
  await press(page, "Send code");
  await arriveAt(page, "Choose a new password");
  await fill(page, "Code", await lastCode(page, stack));
  await fill(page, "New password", "AnotherP@ssw0rd1");
  await press(page, "Save password");
  await arriveAt(page, "Sign in");
  await signIn(page, username, "AnotherP@ssw0rd1");
  await arriveAt(page, "My account");
  await close();
});

test("tokens are not stored in the browser", async () => {
  const { page, close } = await openPage();
  await signIn(page, username, "AnotherP@ssw0rd1");
  await arriveAt(page, "My account");
  const kept = await page.evaluate(async () => [
    { ...localStorage, ...sessionStorage },
    document.cookie,
    await indexedDB.databases(),
    Object.keys(window).filter((name) => typeof window[name] === "string" && window[name].startsWith("eyJ")),
  ]);
  assert.deepEqual(kept, [{}, "", [], []]);
  await page.reload();
  await arriveAt(page, "Sign in");
  await close();
});

test("page fits a narrow screen", async () => {
  const { page, close } = await openPage({ viewport: { width: 360, height: 780 } });
  await arriveAt(page, "Sign in");
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overflow, 0);
  await look(page, "narrow");
  await close();
});
