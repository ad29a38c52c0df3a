// Minified and compressed size of the package's parts.

import { gzipSync } from "node:zlib";

import { build } from "esbuild";

/** Bundles, with the largest size of each in bytes. The core is the session with its events and both storages. */
const BUNDLES = {
  core: [6144, 'export { Client, browserStorage, memoryStorage } from "./src/index.ts"'],
  "core and sign-in": [7168, 'export { Client, browserStorage, memoryStorage, signIn } from "./src/index.ts"'],
  everything: [9728, 'export * from "./src/index.ts"'],
};

/** Further parts, without the modules that they share with the core. */
const ENTRIES = {
  "federated sign-in": [1280, "./src/federated.ts"],
  "React hooks": [1024, "./src/react.ts"],
  "server client": [1536, "./src/server.ts"],
};

async function report(part, limit, input) {
  const options = { minify: true, format: "esm", target: "es2022", write: false };
  const { outputFiles } = await build({ ...options, ...input });
  const { contents } = outputFiles[0];
  const size = gzipSync(contents, { level: 9 }).length;
  console.log(`${part}: ${contents.length} bytes, ${size} compressed`);
  if (size > limit) {
    console.log(`The limit is ${limit} bytes.`);
    process.exitCode = 1;
  }
}

for (const [part, [limit, contents]] of Object.entries(BUNDLES))
  await report(part, limit, { stdin: { contents, resolveDir: "." }, bundle: true });
for (const [part, [limit, file]] of Object.entries(ENTRIES)) await report(part, limit, { entryPoints: [file] });
