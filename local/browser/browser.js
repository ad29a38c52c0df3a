// Chromium, and what every page is held to: no serious finding of axe, and no request to a stranger.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";

import { chromium } from "playwright-core";

const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const pictures = process.env.PICTURES;

/** Starts Chromium, which asks nobody for updates and the like. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // A sandbox needs what a container does not give to root.
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Opens `url` in a profile of its own. Only `origins` may be asked for anything. */
export async function open(browser, url, origins, viewport = { width: 960, height: 480 }) {
  const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const strangers = [];
  const wrong = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!["blob:", "data:"].includes(protocol) && !origins.includes(origin)) strangers.push(request.url());
  });
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    // An answer that is no 2xx is told there too, and is what many tests are about.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
  });
  await page.goto(url);
  const close = async () => {
    await context.close();
    assert.deepEqual(strangers, [], "requests to strangers");
    assert.deepEqual(wrong, [], "errors in the page");
  };
  return { page, close };
}

/** An authenticator that has passkeys, and a person who agrees to everything. */
export async function addAuthenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    setUserVerified: (isUserVerified) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
  };
}

/** Holds the page, as it is now, to what axe calls serious or critical, in light and in dark, and takes a picture of each. */
export async function look(page, name, { fullPage = true } = {}) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    // Past the page's Content-Security-Policy, which lets in no script that is not its own.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    const serious = violations
      .filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`);
    assert.deepEqual(serious, [], `axe on ${name}, ${colorScheme}`);
    if (pictures) {
      await mkdir(pictures, { recursive: true });
      await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`), fullPage });
    }
  }
}
