// Changes the name of the package, which package.json defines: npm run rename -- @scope/name

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

const { name } = createRequire(import.meta.url)("../package.json");
const [next] = process.argv.slice(2);
if (!next) throw new Error("Usage: npm run rename -- @scope/name");

const files = execFileSync("git", ["grep", "--files-with-matches", "--fixed-strings", name, "."], { encoding: "utf8" });
for (const file of files.trim().split("\n")) {
  await writeFile(file, (await readFile(file, "utf8")).replaceAll(name, next));
  console.log(`Updated ${file}`);
}
