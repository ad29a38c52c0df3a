// Account of the signed-in user: profile, email address, password, factors and deletion.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

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
  requireReauthentication,
  shown,
  signIn,
  signOut,
} from "./page.js";
import { start } from "./stack.js";

const username = "user@igad.int";
const password = "SecureP@ssw0rd1";
const newAddress = "jane.roe@igad.int";

let stack;
let restricted;
let browser;

before(async () => {
  browser = await launch();
  // One after the other, because both build the same target.
  stack = await start();
  restricted = await start("--parameter", "EmailChange=false", "--parameter", "Mfa=OFF");
});

beforeEach(() => fetch(stack.reset_url, { method: "POST" }));

after(async () => {
  await browser?.close();
  await stack?.end();
  await restricted?.end();
});

/** Opens the page and signs in. */
async function openAccount({ at = stack, as = username, viewport } = {}) {
  const opened = await open(browser, at.page_url, [at.page_url, new URL(at.api_url).origin], viewport);
  await signIn(opened.page, as, password);
  await arriveAt(opened.page, "My account");
  return opened;
}

/** Requests a change of the email address. */
async function changeAddress(page, address = newAddress) {
  await press(page, "Change address");
  await arriveAt(page, "Change your email address");
  await fill(page, "New email address", address);
  await press(page, "Send code");
  await arriveAt(page, "Verify your email address");
}

/** Status of a sign-in in another client. */
async function statusOfSignIn(username, password) {
  const response = await fetch(`${stack.api_url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  return response.status;
}

const addressOf = (page) => page.locator("#email-address").textContent();
const stateOf = (page) => page.locator("#email-state").textContent();

/** Moves the focus with the keyboard to the element with this text. */
async function tabTo(page, text) {
  for (let presses = 0; presses < 50; presses += 1) {
    if ((await focused(page)) === text) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${text} cannot be reached with the keyboard`);
}

test("profile edit survives a reload", async () => {
  const { page, close } = await openAccount();
  await press(page, "Edit profile");
  await arriveAt(page, "Edit profile");
  assert.equal(await focused(page), "Name");
  assert.equal(await shown(page).getByLabel("Name", { exact: true }).inputValue(), "John Doe");
  await look(page, "profile");
  await fill(page, "Name", "Jane Roe");
  await fill(page, "Locale", "fr-FR");
  await press(page, "Save");
  await arriveAt(page, "My account");
  assert.equal(await news(page), "Profile saved");

  await page.reload();
  await signIn(page, username, password);
  await arriveAt(page, "My account");
  assert.match(await page.locator("#me").textContent(), /^NameJane Roe.*Localefr-FR/);
  await close();
});

test("emptied attribute is removed", async () => {
  const { page, close } = await openAccount();
  await press(page, "Edit profile");
  await fill(page, "Locale", "fr-FR");
  await press(page, "Save");
  await arriveAt(page, "My account");
  await press(page, "Edit profile");
  await fill(page, "Locale", "");
  await press(page, "Save");
  await arriveAt(page, "My account");
  assert.doesNotMatch(await page.locator("#me").textContent(), /Locale/);
  await close();
});

test("unchanged profile sends no request", async () => {
  const { page, close } = await openAccount();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await press(page, "Edit profile");
  await press(page, "Save");
  await arriveAt(page, "My account");
  assert.equal(await news(page), "Nothing has changed");
  assert.deepEqual(requests, []);
  await close();
});

test("old address works until the code is entered", async () => {
  const { page, close } = await openAccount();
  assert.equal(await stateOf(page), "Verified");
  await changeAddress(page);
  assert.equal(await news(page), "Verification code sent. The address changes when you enter it.");
  assert.equal(await focused(page), "Code");
  const explanation = `A code was sent to ${newAddress}. ${username} stays in force until you enter it.`;
  await shown(page).getByText(explanation).waitFor();
  await look(page, "verify-email");

  await fill(page, "Code", "000000");
  await press(page, "Verify");
  assert.equal(await problem(page), "Invalid verification code.");
  assert.equal(await focused(page), "Code");
  assert.equal(await statusOfSignIn(username, password), 200);
  assert.equal(await statusOfSignIn(newAddress, password), 401);

  await press(page, "Back");
  await arriveAt(page, "My account");
  assert.equal(await addressOf(page), username);
  await shown(page).getByText(explanation).waitFor();
  assert.equal(await shown(page).getByRole("button", { name: "Change address" }).count(), 0);
  await look(page, "account-pending");
  await press(page, "Enter the code");
  const first = await lastCode(page, stack);
  await press(page, "Send another code");
  assert.equal(await news(page), "Verification code sent");
  const second = await lastCode(page, stack);
  assert.notEqual(second, first);
  await fill(page, "Code", second);
  await press(page, "Verify");

  await arriveAt(page, "My account");
  assert.equal(await news(page), "Email address verified");
  assert.equal(await addressOf(page), newAddress);
  assert.equal(await page.locator("#email-pending").textContent(), "");
  assert.equal(await statusOfSignIn(username, password), 401);
  assert.equal(await statusOfSignIn(newAddress, password), 200);
  await close();
});

test("email change can be canceled", async () => {
  const { page, close } = await openAccount();
  await changeAddress(page);
  await press(page, "Cancel the change");
  await arriveAt(page, "My account");
  assert.equal(await news(page), `Your email address is still ${username}`);
  assert.equal(await page.locator("#email-pending").textContent(), "");
  assert.ok(await shown(page).getByRole("button", { name: "Change address" }).isVisible());
  await close();
});

test("pending address is not shown to another user", async () => {
  const { page, close } = await openAccount();
  await changeAddress(page);
  await press(page, "Back");
  await signOut(page);
  await signIn(page, "admin@igad.int", password);
  await arriveAt(page, "My account");
  assert.equal(await page.locator("#email-pending").textContent(), "");
  await close();
});

test("unverified address is verified with a code", async () => {
  const { page, close } = await openAccount({ as: "unverified@igad.int" });
  assert.equal(await stateOf(page), "Not verified");
  await press(page, "Verify address");
  await arriveAt(page, "Verify your email address");
  assert.equal(await shown(page).getByRole("button", { name: "Cancel the change" }).count(), 0);
  await fill(page, "Code", await lastCode(page, stack));
  await press(page, "Verify");
  await arriveAt(page, "My account");
  assert.equal(await stateOf(page), "Verified");
  assert.equal(await shown(page).getByRole("button", { name: "Verify address" }).count(), 0);
  await close();
});

test("account has only what the deployment enables", async () => {
  const { page, close } = await openAccount({ at: restricted });
  assert.ok(await shown(page).getByRole("button", { name: "Edit profile" }).isVisible());
  assert.equal(await shown(page).getByRole("button", { name: "Change address" }).count(), 0);
  assert.equal(await shown(page).getByRole("button", { name: "Add an authenticator app" }).count(), 0);
  await close();
});

test("changed password signs in", async () => {
  const { page, close } = await openAccount();
  await press(page, "Change password");
  await arriveAt(page, "Change your password");
  const field = shown(page).getByLabel("New password", { exact: true });
  const hint = await field.getAttribute("aria-describedby");
  assert.match(await page.locator(`#${hint}`).textContent(), /^At least \d+ characters, with an uppercase letter/);
  await look(page, "change-password");
  await fill(page, "Current password", "wrong");
  await fill(page, "New password", "AnotherP@ssw0rd1");
  await press(page, "Save password");
  assert.equal(await problem(page), "Current password is incorrect.");
  await fill(page, "Current password", password);
  await press(page, "Save password");
  await arriveAt(page, "My account");
  assert.equal(await news(page), "Password changed successfully");
  assert.equal(await statusOfSignIn(username, "AnotherP@ssw0rd1"), 200);
  await close();
});

test("authenticator app can be added and turned off", async () => {
  const { page, close } = await openAccount();
  await press(page, "Add an authenticator app");
  await arriveAt(page, "Add an authenticator app");
  const app = await authenticatorApp(page);
  await fill(page, "Code from the app", app.generate());
  await press(page, "Add app");
  await arriveAt(page, "My account");
  await shown(page).getByText("An authenticator app, preferred").waitFor();
  await press(page, "Turn off: An authenticator app");
  assert.equal(await news(page), "Sign-in preference saved");
  assert.equal(await page.locator("#second-factors").textContent(), "None yet.");
  await close();
});

test("user prefers another of several second factors", async () => {
  const { page, close } = await open(browser, stack.page_url, [stack.page_url, new URL(stack.api_url).origin]);
  await signIn(page, "two@igad.int", password);
  await arriveAt(page, "Choose how to confirm that it is you");
  await press(page, "A code by email");
  await arriveAt(page, "Enter a code");
  await fill(page, "Code", await lastCode(page, stack));
  await press(page, "Continue");
  await arriveAt(page, "My account");
  for (const name of ["An authenticator app", "A code by email"]) {
    await press(page, `Prefer: ${name}`);
    await shown(page).getByText(`${name}, preferred`).waitFor();
    assert.equal(await news(page), "Sign-in preference saved");
  }
  await look(page, "account-factors");
  await close();
});

test("deleted account cannot sign in", async () => {
  const { page, close } = await openAccount();
  await press(page, "Delete account");
  await arriveAt(page, "Delete your account");
  assert.equal(await focused(page), "Your email address");
  await look(page, "delete-account");
  await fill(page, "Your email address", newAddress);
  await press(page, "Delete account");
  assert.equal(await problem(page), "Confirmation does not match.");
  await fill(page, "Your email address", username);
  await press(page, "Delete account");
  await arriveAt(page, "Sign in");
  assert.equal(await news(page), "Account deleted");

  await signIn(page, username, password);
  assert.equal(await problem(page), "Invalid credentials.");
  await close();
});

test("old sign-in leads to a new one and back", async () => {
  const { page, close } = await openAccount();
  await requireReauthentication(page, "delete-account");
  await press(page, "Delete account");
  await fill(page, "Your email address", username);
  await press(page, "Delete account");
  await arriveAt(page, "Sign in");
  assert.equal(await problem(page), "Please sign in again to do this.");
  assert.equal(await focused(page), "Password");
  assert.equal(await shown(page).getByLabel("Email").inputValue(), username);
  await fill(page, "Password", password);
  await press(page, "Sign in");
  await arriveAt(page, "My account");
  await close();
});

test("email change and deletion work by keyboard", async () => {
  const { page, close } = await openAccount();
  const { keyboard } = page;
  assert.equal(await focused(page), "My account");
  await tabTo(page, "Change address");
  await keyboard.press("Enter");
  await arriveAt(page, "Change your email address");
  assert.equal(await focused(page), "New email address");
  await keyboard.type(newAddress);
  await keyboard.press("Enter");
  await arriveAt(page, "Verify your email address");
  assert.equal(await focused(page), "Code");
  await keyboard.type(await lastCode(page, stack));
  await keyboard.press("Enter");
  await arriveAt(page, "My account");
  assert.equal(await focused(page), "My account");

  await tabTo(page, "Delete account");
  await keyboard.press("Enter");
  await arriveAt(page, "Delete your account");
  await keyboard.type(newAddress);
  await keyboard.press("Enter");
  await arriveAt(page, "Sign in");
  assert.equal(await news(page), "Account deleted");
  await close();
});

test("account fits a narrow screen", async () => {
  const { page, close } = await openAccount({ viewport: { width: 320, height: 780 } });
  await changeAddress(page, "a.very.long.address.that.does.not.fit@some.very.long.domain.example.org");
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(await overflow(), 0);
  await press(page, "Back");
  assert.equal(await overflow(), 0);
  await look(page, "account-narrow");
  await close();
});
