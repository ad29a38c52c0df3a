// The sign-in page with the fake of Cognito, which has every step.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addAuthenticator, launch, look, open } from "./browser.js";
import { arriveAt, authenticatorApp, fill, focused, news, press, problem, shown, signIn, signInBy, signOut } from "./page.js";
import { start } from "./stack.js";

const username = "user@igad.int";
const password = "SecureP@ssw0rd1";

let stack;
let strict;
let browser;

before(async () => {
  browser = await launch();
  // One after the other: they build the same.
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

/** The code that was sent last, which the page shows as well. */
async function lastCode(page) {
  const sent = await (await fetch(stack.sent_url)).json();
  await page.locator("#sent").getByText(sent.at(-1).code).waitFor();
  return sent.at(-1).code;
}

test("a passkey is added, signs in, and signs in no more once it is removed", async () => {
  const { page, close } = await openPage();
  await page.getByText("This page uses a fake of Cognito").waitFor();
  const authenticator = await addAuthenticator(page);
  await look(page, "sign-in");

  await signIn(page, username, password);
  await arriveAt(page, "You are signed in");
  await press(page, "Add a passkey");
  assert.equal(await news(page), "Passkey added");
  assert.equal((await authenticator.credentials()).length, 1);
  await look(page, "account");
  await signOut(page);

  await signInBy(page, username, "Use a passkey");
  await arriveAt(page, "You are signed in");

  await press(page, /^Remove/);
  assert.equal(await news(page), "Passkey removed");
  await signOut(page);

  await signInBy(page, username, "Use a passkey");
  await arriveAt(page, "Choose how to sign in");
  assert.equal(await shown(page).getByRole("button", { name: "A passkey" }).count(), 0);
  await close();
});

test("a passkey is not used by whoever cannot prove that it is theirs, and may be tried again", async () => {
  const { page, close } = await openPage();
  const authenticator = await addAuthenticator(page);
  await signIn(page, username, password);
  await arriveAt(page, "You are signed in");
  await press(page, "Add a passkey");
  assert.equal(await news(page), "Passkey added");
  await signOut(page);

  await authenticator.setUserVerified(false);
  await signInBy(page, username, "Use a passkey");
  await arriveAt(page, "Use your passkey");
  assert.match(await problem(page), /^No passkey was used/);
  await look(page, "passkey");

  await authenticator.setUserVerified(true);
  await press(page, "Ask again");
  await arriveAt(page, "You are signed in");
  await press(page, /^Remove/);
  await close();
});

test("a signature that is not the passkey's is refused, and the sign-in begins again", async () => {
  const { page, close } = await openPage();
  await addAuthenticator(page);
  await signIn(page, username, password);
  await arriveAt(page, "You are signed in");
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

test("a code that was sent by e-mail signs in, and a wrong one may be mended", async () => {
  const { page, close } = await openPage();
  await signInBy(page, username, "E-mail me a code");
  await arriveAt(page, "Enter a code");
  assert.equal(await focused(page), "Code");
  await look(page, "code");
  await fill(page, "Code", "00000000");
  await press(page, "Go on");
  assert.equal(await problem(page), "Invalid verification code.");
  const code = await lastCode(page);
  await fill(page, "Code", `${code.slice(0, 4)} ${code.slice(4)}`);
  await press(page, "Go on");
  await arriveAt(page, "You are signed in");
  await close();
});

test("a delivery without destination is shown", async () => {
  const { page, close } = await openPage();
  await page.route("**/start-login", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    delete body.delivery.Destination;
    await route.fulfill({ response, json: body });
  });
  await signInBy(page, username, "E-mail me a code");
  await arriveAt(page, "Enter a code");
  assert.equal(await page.locator("#code-where").textContent(), "Enter the code that was sent to you by e-mail.");
  await close();
});

test("the detail of a 403 is shown", async () => {
  const { page, close } = await openPage();
  const detail = "Authentication error: UserLambdaValidationException";
  await page.route("**/login", (route) => route.fulfill({ status: 403, headers: { "access-control-allow-origin": "*" }, json: { detail } }));
  await signIn(page, username, password);
  assert.equal(await problem(page), `${detail}.`);
  await close();
});

test("a first sign-in, by keyboard alone: a new password, an authenticator app, and in", async () => {
  const { page, close } = await openPage({ at: strict });
  const { keyboard } = page;

  await arriveAt(page, "Sign in");
  assert.equal(await focused(page), "E-mail");
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

  await arriveAt(page, "You are signed in");
  assert.equal(await focused(page), "You are signed in");
  while ((await focused(page)) !== "Sign out") await keyboard.press("Tab");
  await keyboard.press("Enter");
  await arriveAt(page, "Sign in");
  assert.equal(await focused(page), "E-mail");
  await close();
});

test("who has several second factors chooses one", async () => {
  const { page, close } = await openPage();
  await signIn(page, "two@igad.int", password);
  await arriveAt(page, "Choose how to confirm that it is you");
  await look(page, "choice");
  await press(page, "A code by e-mail");
  await arriveAt(page, "Enter a code");
  await fill(page, "Code", await lastCode(page));
  await press(page, "Go on");
  await arriveAt(page, "You are signed in");
  await close();
});

test("an account is made, confirmed and signed in to", async () => {
  const { page, close } = await openPage();
  await press(page, "Make an account");
  await arriveAt(page, "Make an account");
  await look(page, "sign-up");
  await fill(page, "E-mail", "jane@igad.int");
  await fill(page, "Name (optional)", "Jane Roe");
  await fill(page, "Password", "SecureP@ssw0rd1");
  await press(page, "Make the account");
  await arriveAt(page, "Confirm your address");
  await fill(page, "Code", await lastCode(page));
  await press(page, "Confirm");
  await arriveAt(page, "Sign in");
  assert.equal(await news(page), "Account confirmed successfully");
  await signIn(page, "jane@igad.int", "SecureP@ssw0rd1");
  await arriveAt(page, "You are signed in");
  await page.getByText("Jane Roe").waitFor();
  await close();
});

test("a forgotten password is replaced", async () => {
  const { page, close } = await openPage();
  await press(page, "Forgotten password");
  await arriveAt(page, "Forgotten password");
  await fill(page, "E-mail", username);
  await press(page, "Send me a code");
  await arriveAt(page, "Choose another password");
  await fill(page, "Code", await lastCode(page));
  await fill(page, "New password", "AnotherP@ssw0rd1");
  await press(page, "Save it");
  await arriveAt(page, "Sign in");
  await signIn(page, username, "AnotherP@ssw0rd1");
  await arriveAt(page, "You are signed in");
  await close();
});

test("no token is kept where another page or script could find it", async () => {
  const { page, close } = await openPage();
  await signIn(page, username, "AnotherP@ssw0rd1");
  await arriveAt(page, "You are signed in");
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

test("a narrow screen shows all of it", async () => {
  const { page, close } = await openPage({ viewport: { width: 360, height: 780 } });
  await arriveAt(page, "Sign in");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0);
  await look(page, "narrow");
  await close();
});
