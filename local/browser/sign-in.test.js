// Basic tests of the sign-in page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, look, open } from "./browser.js";
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
  signOut,
} from "./page.js";
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
  await arriveAt(page, "My account");
  await page.getByText("John Doe").waitFor();
  await signOut(page);
  assert.equal(await news(page), "Logged out successfully");
  await close();
});

test("wrong password shows an error and keeps the username", async () => {
  const { page, close } = await openPage();
  await signIn(page, "user@igad.int", "wrong");
  assert.equal(await problem(page), "Invalid credentials.");
  assert.equal(await shown(page).getByLabel("Email").inputValue(), "user@igad.int");
  assert.equal(await focused(page), "Email");
  await look(page, "refused");
  await close();
});

test("first sign-in sets a new password", async () => {
  const { page, close } = await openPage();
  await signIn(page, "new@igad.int", "TempP@ssw0rd1");
  await arriveAt(page, "Choose a password");
  assert.equal(await focused(page), "New password");
  await fill(page, "New password", "MyOwnP@ssw0rd1");
  await press(page, "Continue");
  await arriveAt(page, "My account");
  await close();
});

test("authenticator app is required after it is added", async () => {
  const { page, close } = await openPage();
  await signIn(page, "admin@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "My account");
  await press(page, "Add an authenticator app");
  await arriveAt(page, "Add an authenticator app");
  const app = await authenticatorApp(page);
  await fill(page, "Code from the app", app.generate());
  await press(page, "Add app");
  await arriveAt(page, "My account");
  assert.equal(await news(page), "Authenticator app added");
  await signOut(page);

  await signIn(page, "admin@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "Enter a code");
  await fill(page, "Code", "000000");
  await press(page, "Continue");
  assert.equal(await problem(page), "Invalid verification code.");
  // A code is accepted once, and the code of the next period is accepted early.
  await fill(page, "Code", app.generate({ timestamp: Date.now() + 30_000 }));
  await press(page, "Continue");
  await arriveAt(page, "My account");
  await close();
});

test("unconfirmed user confirms the account and is signed in", async () => {
  const { page, close } = await openPage();
  await signIn(page, "unconfirmed@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "Confirm your address");
  assert.equal(await news(page), "Enter the code that confirms your account.");
  await press(page, "Send another code");
  await page.getByText("Confirmation code sent.").waitFor();
  await fill(page, "Code", await lastCode(page, stack));
  await press(page, "Confirm");
  await arriveAt(page, "My account");
  await close();
});
