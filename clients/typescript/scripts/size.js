// Minified and compressed size of the package, and of the part that a sign-in page uses.

import { gzipSync } from "node:zlib";

import { build } from "esbuild";

/** Bundles, with the largest size of each in bytes. The core is the session with its events and both storages. */
const PARTS = {
  core: [6144, 'export { Client, browserStorage, memoryStorage } from "./src/index.ts"'],
  "core and sign-in": [7168, 'export { Client, browserStorage, memoryStorage, signIn } from "./src/index.ts"'],
  everything: [8192, 'export * from "./src/index.ts"'],
};

for (const [part, [limit, contents]] of Object.entries(PARTS)) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${part}: ${outputFiles[0].contents.length} bytes, ${size} compressed`);
  if (size > limit) {
    console.log(`The limit is ${limit} bytes.`);
    process.exitCode = 1;
  }
}
