// Minified and compressed size of the package, and of the part that a sign-in page uses.

import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const LIMIT = 6 * 1024;
const PARTS = {
  everything: 'export * from "./src/index.ts"',
  "signing in and out": 'export { Client, browserStorage, signIn } from "./src/index.ts"',
};

for (const [part, contents] of Object.entries(PARTS)) {
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
  if (size > LIMIT) {
    console.log(`The limit is ${LIMIT} bytes.`);
    process.exitCode = 1;
  }
}
