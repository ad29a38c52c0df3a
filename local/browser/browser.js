// Chromium, and checks for every page: no serious findings of axe, and no requests to other origins.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";

import { chromium } from "playwright-core";

const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const pictures = process.env.PICTURES;

/** Starts Chromium without background network requests, such as updates. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // The sandbox does not work for root in a container.
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Opens `url` in a new profile. Fails on close after requests to origins other than `origins`, or after errors. */
export async function open(browser, url, origins, viewport = { width: 960, height: 480 }) {
  const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const unexpected = [];
  const errors = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!["blob:", "data:"].includes(protocol) && !origins.includes(origin)) unexpected.push(request.url());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // Chromium also logs responses with an error status, which many tests expect.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      errors.push(message.text());
  });
  await page.goto(url);
  const close = async () => {
    await context.close();
    assert.deepEqual(unexpected, [], "requests to other origins");
    assert.deepEqual(errors, [], "errors in the page");
  };
  return { page, close };
}

/** Virtual authenticator with passkeys, whose user consents to everything. */
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

/** Fails on serious or critical findings of axe in the light or dark color scheme, and takes screenshots of both. */
export async function look(page, name, { fullPage = true } = {}) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    // `evaluate` bypasses the Content-Security-Policy, which blocks scripts of other origins.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    const serious = violations
      .filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`,
      );
    assert.deepEqual(serious, [], `axe on ${name}, ${colorScheme}`);
    if (pictures) {
      await mkdir(pictures, { recursive: true });
      await page.screenshot({ path: path.join(pictures, `${name}-${colorScheme}.png`), fullPage });
    }
  }
}
