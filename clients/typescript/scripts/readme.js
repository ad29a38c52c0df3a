// Writes the README's examples to build/readme, where the compiler and the browser's tests find them.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const readme = readFileSync("README.md", "utf8");
mkdirSync("build/readme", { recursive: true });
for (const [, kind, code] of readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)) {
  const [, name] = code.match(/^\/\/ (\S+)\n/) ?? [];
  if (!name) throw new Error(`An example begins with a line that names it:\n${code}`);
  writeFileSync(`build/readme/${name}.${kind}`, code);
}
