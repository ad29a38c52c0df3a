// Signs in with the client inside Cloudflare's runtime, at an old and a recent compatibility date.

import { execFile, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { build } from "esbuild";

const VERSION = "1.20261117.1";
const DATES = ["2024-06-01", "2026-04-01"];
const FOLDER = path.resolve("build/workerd");

const TOKENS = {
  access_token: "access-1",
  refresh_token: "refresh-1",
  token_type: "bearer",
  user: { user_id: "b7d8f6e4", email: "user@igad.int", role: "user", name: "John Doe", is_admin: false },
  expires_in: 3600,
};

/** Worker that signs in, calls an API of its own, follows no redirect, and signs out. */
const WORKER = `
  import { Client, signIn } from "./src/index.ts";
  export default {
    async fetch(request, { API }) {
      const client = new Client(API);
      const credentials = { username: "user@igad.int", password: "p" };
      const step = await signIn(client, credentials);
      const orders = await client.fetch(API + "/orders", { method: "POST", body: "{}" });
      const redirected = await signIn(new Client(API + "/redirect"), credentials);
      const signedOut = await client.signOut();
      return Response.json([step.kind, step.error, orders.status, redirected.kind, redirected.error?.status, signedOut.ok]);
    },
  };`;

const requests = [];
const api = createServer((request, response) => {
  requests.push(request.url);
  request.resume();
  if (request.url.startsWith("/redirect")) return response.writeHead(307, { location: "/stolen" }).end();
  response.setHeader("content-type", "application/json").end(JSON.stringify(TOKENS));
});
await new Promise((resolve) => api.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${api.address().port}`;

await mkdir(FOLDER, { recursive: true });
await writeFile(path.join(FOLDER, "package.json"), JSON.stringify({ private: true }));
await promisify(execFile)(
  "npm",
  ["install", "--silent", "--no-audit", "--no-fund", "--no-save", `workerd@${VERSION}`],
  {
    cwd: FOLDER,
  },
);
await build({
  stdin: { contents: WORKER, resolveDir: "." },
  bundle: true,
  format: "esm",
  outfile: path.join(FOLDER, "worker.js"),
});

/** Runs the worker, and returns its response. */
async function respond(date) {
  const config = `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = (
          modules = [(name = "worker.js", esModule = embed "worker.js")],
          bindings = [(name = "API", text = "${url}")],
          globalOutbound = "internet",
          compatibilityDate = "${date}")),
        (name = "internet", network = (allow = ["public", "private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
    );`;
  const file = path.join(FOLDER, `${date}.capnp`);
  await writeFile(file, config);
  const workerd = spawn(path.join(FOLDER, "node_modules/.bin/workerd"), ["serve", file, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    for await (const line of createInterface({ input: workerd.stdio[3] })) {
      const { event, port } = JSON.parse(line);
      if (event === "listen") return await (await fetch(`http://127.0.0.1:${port}`)).text();
    }
    throw new Error("workerd did not start");
  } finally {
    workerd.kill();
  }
}

for (const date of DATES) {
  const text = await respond(date);
  const isRight = text === JSON.stringify(["signed-in", null, 200, "failed", 307, true]);
  console.log(`${isRight ? "ok    " : "failed"}  compatibility date ${date}: ${text}`);
  if (!isRight) process.exitCode = 1;
}
if (requests.includes("/stolen")) {
  console.log("failed  a redirect was followed");
  process.exitCode = 1;
}
api.close();
