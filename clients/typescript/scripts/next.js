// Builds the Next.js example with the packed package, and uses it in Chromium as two visitors.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { chromium } from "playwright-core";

const NEXT = "15.5.29";
const FOLDER = path.resolve("build/next");
const { name, devDependencies } = createRequire(import.meta.url)("../package.json");
const run = promisify(execFile);

/** Fake API. The user of a token is in its text. */
const requests = [];
const api = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text);
  const route = request.url.replace("/api/auth/", "");
  requests.push({ route, body });
  const send = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (route === "logout") return send({ message: "Logged out successfully" });
  const user = (body.username ?? body.refresh_token.replace("refresh-", "")).replace("@igad.int", "");
  if (route === "login" && user === "alice")
    return send({
      ...tokens("", 0),
      challenge: "SOFTWARE_TOKEN_MFA",
      session: "session-1",
      username: user,
      message: "Enter the code",
    });
  // The token of the sign-in expires at once, and that of a refresh does not.
  return send(tokens(user, route === "refresh-token" ? 3600 : 1));
});
function tokens(name, expires_in) {
  return {
    // As long as tokens of Cognito.
    access_token: name && `access-${name}-${"x".repeat(3000)}`,
    refresh_token: `refresh-${name}`,
    token_type: "bearer",
    user: { user_id: `id-${name}`, email: `${name}@igad.int`, role: "user", name, is_admin: false },
    expires_in,
  };
}
await new Promise((resolve) => api.listen(0, "127.0.0.1", resolve));

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", FOLDER]);
const tarball = path.join(FOLDER, JSON.parse(stdout.slice(stdout.indexOf("[\n")))[0].filename);
await cp("examples/next", FOLDER, { recursive: true });
const versions = Object.fromEntries(
  ["react", "react-dom", "typescript", "@types/node", "@types/react"].map((name) => [name, devDependencies[name]]),
);
const manifest = { private: true, dependencies: { ...versions, [name]: `file:${tarball}`, next: NEXT } };
await writeFile(path.join(FOLDER, "package.json"), JSON.stringify(manifest));
// Otherwise Next.js finds the lock file of this package.
await writeFile(path.join(FOLDER, "next.config.mjs"), "export default { outputFileTracingRoot: import.meta.dirname };");
await run("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: FOLDER });

const env = {
  ...process.env,
  API_URL: `http://127.0.0.1:${api.address().port}`,
  INSECURE_COOKIES: "1",
  NEXT_TELEMETRY_DISABLED: "1",
};
const next = path.join(FOLDER, "node_modules/next/dist/bin/next");
await run(process.execPath, [next, "build"], { cwd: FOLDER, env }).catch(({ stdout, stderr }) => {
  throw new Error(`${stdout}${stderr}`);
});
const server = spawn(process.execPath, [next, "start", "--port", "0"], {
  cwd: FOLDER,
  env,
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // The sandbox does not work for root in a container.
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const url = await origin();
  const [alice, bob] = await Promise.all(["alice", "bob"].map(async () => (await browser.newContext()).newPage()));

  await alice.goto(url);
  await alice.getByLabel("Email").fill("alice@igad.int");
  await alice.getByLabel("Password").fill("p");
  await alice.getByRole("button").click();
  await alice.getByLabel("Code").fill("123456");
  await alice.getByRole("button").click();
  await alice.getByRole("heading", { name: "Hello alice" }).waitFor();

  await bob.goto(url);
  await bob.getByLabel("Email").waitFor();
  assert.equal(new URL(bob.url()).pathname, "/sign-in");
  await bob.getByLabel("Email").fill("bob@igad.int");
  await bob.getByLabel("Password").fill("p");
  await bob.getByRole("button").click();
  await bob.getByRole("heading", { name: "Hello bob" }).waitFor();

  for (const [page, user] of [
    [alice, "alice"],
    [bob, "bob"],
  ]) {
    // By now the token has expired. The middleware refreshes it once.
    await page.waitForTimeout(1100);
    for (let reload = 0; reload < 3; reload += 1) {
      await page.reload();
      await page.getByRole("heading", { name: `Hello ${user}` }).waitFor();
    }
    assert.equal(refreshes(user), 1);
    assert.equal(await page.evaluate(() => document.cookie), "");
  }

  await alice.getByText("Sign out").click();
  await alice.getByLabel("Email").waitFor();
  await alice.goto(url);
  await alice.getByLabel("Email").waitFor();
  await bob.reload();
  await bob.getByRole("heading", { name: "Hello bob" }).waitFor();
  assert.deepEqual(
    requests.filter(({ route }) => route === "logout").map(({ body }) => body.refresh_token),
    ["refresh-alice"],
  );
  console.log("ok      two visitors of the Next.js example");
} finally {
  await browser.close();
  server.kill();
  api.closeAllConnections();
  api.close();
}

function refreshes(user) {
  return requests.filter(({ route, body }) => route === "refresh-token" && body.refresh_token === `refresh-${user}`)
    .length;
}

/** Reads the URL of the application from its output. */
async function origin() {
  for await (const line of createInterface({ input: server.stdout })) {
    const found = /http:\/\/localhost:\d+/.exec(line);
    if (!found) continue;
    server.stdout.resume();
    return found[0];
  }
  throw new Error("Next.js did not start");
}
