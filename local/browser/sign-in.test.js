// Basics of the sign-in page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, look, open } from "./browser.js";
import { arriveAt, authenticatorApp, fill, focused, news, press, problem, shown, signIn, signOut } from "./page.js";
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

const openPage = () => open(browser, stack.page_url, [stack.page_url, new URL(stack.api_url).origin]);

test("user signs in with a password and out", async () => {
  const { page, close } = await openPage();
  await page.getByText("This page uses a fake of Cognito").waitFor();
  await signIn(page, "user@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "You are signed in");
  await page.getByText("John Doe").waitFor();
  await signOut(page);
  assert.equal(await news(page), "Logged out successfully");
  await close();
});

test("a wrong password is said, and what was typed as a name stays", async () => {
  const { page, close } = await openPage();
  await signIn(page, "user@igad.int", "wrong");
  assert.equal(await problem(page), "Invalid credentials.");
  assert.equal(await shown(page).getByLabel("E-mail").inputValue(), "user@igad.int");
  assert.equal(await focused(page), "E-mail");
  await look(page, "refused");
  await close();
});

test("a first sign-in chooses a password", async () => {
  const { page, close } = await openPage();
  await signIn(page, "new@igad.int", "TempP@ssw0rd1");
  await arriveAt(page, "Choose a password");
  assert.equal(await focused(page), "New password");
  await fill(page, "New password", "MyOwnP@ssw0rd1");
  await press(page, "Go on");
  await arriveAt(page, "You are signed in");
  await close();
});

test("an authenticator app is added, and asked for at the next sign-in", async () => {
  const { page, close } = await openPage();
  await signIn(page, "admin@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "You are signed in");
  await press(page, "Add an authenticator app");
  await arriveAt(page, "Add an authenticator app");
  const app = await authenticatorApp(page);
  await fill(page, "Code from the app", app.generate());
  await press(page, "Add the app");
  await arriveAt(page, "You are signed in");
  assert.equal(await news(page), "Authenticator app added");
  await signOut(page);

  await signIn(page, "admin@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "Enter a code");
  await fill(page, "Code", "000000");
  await press(page, "Go on");
  assert.equal(await problem(page), "Invalid verification code.");
  // A code is accepted once, and the code of the next period is accepted early.
  await fill(page, "Code", app.generate({ timestamp: Date.now() + 30_000 }));
  await press(page, "Go on");
  await arriveAt(page, "You are signed in");
  await close();
});

test("who may not sign in is told why", async () => {
  const { page, close } = await openPage();
  await signIn(page, "unconfirmed@igad.int", "SecureP@ssw0rd1");
  assert.equal(await problem(page), "Authentication error: UserNotConfirmedException.");
  await close();
});
