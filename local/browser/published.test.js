// Published API reference (`openapi/page.py`): static files below a path, on an origin that the API allows.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { launch, open } from "./browser.js";
import { start } from "./stack.js";

const SCRIPT = path.resolve(import.meta.dirname, "../../openapi/page.py");
const KINDS = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".yaml": "text/yaml",
};
const LOGIN = "#api-1/tag/signing-in/POST/api/auth/login";

let folder;
let server;
let origin;
let stack;
let browser;
let requests = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "page-"));
  server = createServer(async ({ url }, response) => {
    const name = url.replace(/^\/sign-in\//, "").replace(/(^|\/)$/, "$1index.html");
    if (name === "/other") requests += 1;
    try {
      const content = await readFile(path.join(folder, name));
      response.setHeader("content-type", KINDS[path.extname(name)]).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  origin = `http://localhost:${server.address().port}`;
  [stack, browser] = await Promise.all([start("--parameter", `AllowedOrigins=${origin}`), launch()]);
  const { api_url } = stack;
  const staging = "https://staging.example.org";
  await promisify(execFile)(SCRIPT, [
    folder,
    "--try",
    `dev=${api_url}`,
    "--try",
    `staging=${staging}`,
    "--read",
    `prod=${api_url}`,
  ]);
});

after(async () => {
  await browser?.close();
  await stack?.end();
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a page at the route `login`. Allows requests to its own origin and to `origins`. */
async function openAt(name, origins) {
  const opened = await open(browser, `${origin}/sign-in/${name}${LOGIN}`, [origin, ...origins], {
    width: 1280,
    height: 900,
  });
  await opened.page.locator(`[id="${LOGIN.slice(1)}"]`).waitFor();
  return opened;
}

const tryIt = (page) => page.getByRole("button", { name: "(post /api/auth/login)" });

/** The directive of the page's Content-Security-Policy that blocks a request to `url`. */
async function forbidden(name, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}/sign-in/${name}`);
  const directive = await page.evaluate(async (url) => {
    const violated = new Promise((resolve) =>
      document.addEventListener("securitypolicyviolation", resolve, { once: true }),
    );
    const called = fetch(url).then(
      () => undefined,
      () => violated,
    );
    return (await called)?.effectiveDirective;
  }, url);
  await context.close();
  return directive;
}

test("page sends requests to an environment after --try", async () => {
  const { page, close } = await openAt("", [new URL(stack.api_url).origin]);
  await tryIt(page).click();
  const [response] = await Promise.all([
    page.waitForResponse(
      (response) => response.url().endsWith("/api/auth/login") && response.request().method() === "POST",
    ),
    page
      .getByRole("dialog")
      .getByRole("button", { name: /^Send .* request/ })
      .click(),
  ]);
  assert.equal(response.url(), `${stack.api_url}/api/auth/login`);
  assert.equal(response.status(), 200);
  await page.getByRole("dialog").getByText("200 OK").waitFor();
  await close();
});

test("page of production is read-only", async () => {
  const { page, close } = await openAt("prod/", []);
  await page.getByText(stack.api_url).first().waitFor();
  assert.equal(await tryIt(page).count(), 0);
  await page.keyboard.press("Control+Enter");
  assert.equal(await page.getByRole("button", { name: /^Send/ }).count(), 0);
  await close();
  assert.equal(await forbidden("prod/", `${stack.api_url}/api/auth/me`), "connect-src");
});

test("pages send no requests to other hosts", async () => {
  const { port } = server.address();
  for (const name of ["", "prod/"]) {
    assert.equal(await forbidden(name, `http://127.0.0.1:${port}/other`), "connect-src");
  }
  assert.equal(requests, 0);
});
