// User actions on the sign-in page (local/pages).

import assert from "node:assert/strict";

import jsQR from "jsqr";
import { URI } from "otpauth";

/** The visible step. */
export const shown = (page) => page.locator("main > form:not([hidden]), main > section:not([hidden])");

/** Fills in the field with this label. */
export const fill = (page, label, text) => shown(page).getByLabel(label, { exact: true }).fill(text);

/** Presses the button with this name. */
export const press = (page, name) => shown(page).getByRole("button", { name, exact: true }).click();

/** Waits until the page is at the step that has this title. */
export async function arriveAt(page, title) {
  await page.getByRole("heading", { level: 2, name: title }).waitFor();
  assert.equal(await page.title(), title, "title of the tab");
}

/** Enters email address and password, and signs in. */
export async function signIn(page, username, password) {
  await arriveAt(page, "Sign in");
  await fill(page, "Email", username);
  await fill(page, "Password", password);
  await press(page, "Sign in");
}

/** Enters the email address, and signs in with the method of a button. */
export async function signInBy(page, username, button) {
  await arriveAt(page, "Sign in");
  await fill(page, "Email", username);
  await press(page, button);
}

export async function signOut(page) {
  await press(page, "Sign out");
  await arriveAt(page, "Sign in");
}

/** Waits for an error message, and returns it. */
export async function problem(page) {
  const alert = page.getByRole("alert").filter({ hasText: /./ });
  await alert.waitFor();
  return alert.textContent();
}

/** Waits for a confirmation, and returns it. */
export async function news(page) {
  const status = page.getByRole("status").filter({ hasText: /./ });
  await status.waitFor();
  return status.textContent();
}

/** Makes a route of the API respond as it does to a user whose sign-in is too old. */
export function requireReauthentication(page, route) {
  return page.route(`**/${route}`, (intercepted) =>
    intercepted.request().method() === "OPTIONS"
      ? intercepted.continue()
      : intercepted.fulfill({
          status: 403,
          headers: {
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "x-amzn-errortype",
            "x-amzn-errortype": "ReauthenticationRequired",
          },
          json: { detail: "Please sign in again to do this" },
        }),
  );
}

/** Text of the label of the focused element, or of the element itself. */
export function focused(page) {
  return page.evaluate(() => {
    const { activeElement } = document;
    return (activeElement.labels?.[0] ?? activeElement).textContent.trim();
  });
}

/** The code that the stack has sent last. Waits until the page shows it. */
export async function lastCode(page, stack) {
  const sent = await (await fetch(stack.sent_url)).json();
  await page.locator("#sent").getByText(sent.at(-1).code).waitFor();
  return sent.at(-1).code;
}

/** Authenticator app that scans the QR code of the page. */
export async function authenticatorApp(page) {
  const { pixels, width, height } = await page.locator("#qr-code").evaluate(async (image) => {
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data, width, height } = canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight);
    return { pixels: [...data], width, height };
  });
  const scanned = jsQR(Uint8ClampedArray.from(pixels), width, height);
  const app = URI.parse(scanned.data);
  const typed = (await page.locator("#secret").textContent()).replaceAll(" ", "");
  assert.equal(app.secret.base32, typed, "QR code and text contain the same secret");
  return app;
}
