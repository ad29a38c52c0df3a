// The reference as it is published (`reference/page.py`): files alone, below a path, on an origin that the API allows.

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

const SCRIPT = path.resolve(import.meta.dirname, "../../reference/page.py");
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".yaml": "text/yaml" };
const LOGIN = "#api-1/tag/signing-in/POST/api/auth/login";

let folder;
let server;
let origin;
let stack;
let browser;
let asked = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "page-"));
  server = createServer(async ({ url }, response) => {
    const name = url.replace(/^\/sign-in\//, "").replace(/(^|\/)$/, "$1index.html");
    if (name === "/stranger") asked += 1;
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
  const elsewhere = "https://staging.example.org";
  await promisify(execFile)(SCRIPT, [folder, "--try", `dev=${api_url}`, "--try", `staging=${elsewhere}`, "--read", `prod=${api_url}`]);
});

after(async () => {
  await browser?.close();
  await stack?.end();
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a page at the route that signs in. It may ask for its own files, and `origins`. */
async function openAt(name, origins) {
  const opened = await open(browser, `${origin}/sign-in/${name}${LOGIN}`, [origin, ...origins], { width: 1280, height: 900 });
  await opened.page.locator(`[id="${LOGIN.slice(1)}"]`).waitFor();
  return opened;
}

const tryIt = (page) => page.getByRole("button", { name: "(post /api/auth/login)" });

/** What the page's policy forbids of a call to `url`. */
async function forbidden(name, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}/sign-in/${name}`);
  const directive = await page.evaluate(async (url) => {
    const violated = new Promise((resolve) => document.addEventListener("securitypolicyviolation", resolve, { once: true }));
    const called = fetch(url).then(() => undefined, () => violated);
    return (await called)?.effectiveDirective;
  }, url);
  await context.close();
  return directive;
}

test("an environment that is there to be tried can be", async () => {
  const { page, close } = await openAt("", [new URL(stack.api_url).origin]);
  await tryIt(page).click();
  const [response] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/api/auth/login") && response.request().method() === "POST"),
    page.getByRole("dialog").getByRole("button", { name: /^Send .* request/ }).click(),
  ]);
  assert.equal(response.url(), `${stack.api_url}/api/auth/login`);
  assert.equal(response.status(), 200);
  await page.getByRole("dialog").getByText("200 OK").waitFor();
  await close();
});

test("production can be read, and nothing be sent to it", async () => {
  const { page, close } = await openAt("prod/", []);
  await page.getByText(stack.api_url).first().waitFor();
  assert.equal(await tryIt(page).count(), 0);
  await page.keyboard.press("Control+Enter");
  assert.equal(await page.getByRole("button", { name: /^Send/ }).count(), 0);
  await close();
  assert.equal(await forbidden("prod/", `${stack.api_url}/api/auth/me`), "connect-src");
});

test("neither page calls a stranger", async () => {
  const { port } = server.address();
  for (const name of ["", "prod/"]) {
    assert.equal(await forbidden(name, `http://127.0.0.1:${port}/stranger`), "connect-src");
  }
  assert.equal(asked, 0);
});
