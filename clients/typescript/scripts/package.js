// Packs the package and checks the tarball: its manifest, its types with each version of TypeScript, and its use in Node.js.

import { execFile } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

const { name, devDependencies } = createRequire(import.meta.url)("../package.json");
const FOLDER = path.resolve("build/consumer");
const TYPESCRIPT = ["5.2", "5.4", "5.6", "5.7", "5.8", "5.9", "6.0", "7.0"];
const LIBS = { "no lib": [], DOM: ["DOM"], WebWorker: ["WebWorker"] };

const run = promisify(execFile);

/** Runs a command. Its output is shown if it fails. */
async function check(label, command, args, options = {}) {
  try {
    await run(command, args, options);
    console.log(`ok      ${label}`);
  } catch (error) {
    console.log(`failed  ${label}\n${error.stdout}${error.stderr}`);
    process.exitCode = 1;
  }
}

/** Options of the compiler, of which TypeScript 7 no longer knows some. */
function compilerOptions(moduleResolution, lib, skipLibCheck) {
  const module = { node10: "esnext", bundler: "esnext", nodenext: "nodenext" }[moduleResolution];
  return {
    target: "es2022",
    lib: ["ES2022", ...lib],
    types: [],
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck,
    module,
    moduleResolution,
  };
}

async function compile(version, label, files, options) {
  const project = path.join(FOLDER, `tsconfig-${version}-${label.replaceAll(/\W+/g, "-")}.json`);
  await writeFile(project, JSON.stringify({ compilerOptions: options, files }));
  const compiler = path.join(FOLDER, `node_modules/typescript-${version}/bin/tsc`);
  await check(`TypeScript ${version}, ${label}`, process.execPath, [compiler, "--project", project]);
}

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", FOLDER]);
const packed = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
const tarball = path.join(FOLDER, packed[0].filename);

await check("publint", "npx", ["publint", "--strict", tarball]);
// The package has no CommonJS build. README says which versions of Node.js can `require` it.
await check("are the types wrong?", "npx", ["attw", tarball, "--ignore-rules", "cjs-resolves-to-esm"]);

const versions = Object.fromEntries(
  TYPESCRIPT.map((version) => [`typescript-${version}`, `npm:typescript@${version}`]),
);
const manifest = {
  private: true,
  type: "module",
  dependencies: { [name]: `file:${tarball}` },
  devDependencies: { "@types/react": devDependencies["@types/react"], react: devDependencies.react, ...versions },
};
await writeFile(path.join(FOLDER, "package.json"), JSON.stringify(manifest));
await run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: FOLDER });
await cp("test/consumer", FOLDER, { recursive: true });

for (const version of TYPESCRIPT) {
  const compiled = [];
  for (const [label, lib] of Object.entries(LIBS)) {
    const files = lib.length > 0 ? ["main.ts", "browser.ts"] : ["main.ts"];
    compiled.push(compile(version, label, files, compilerOptions("bundler", lib, false)));
  }
  // The types of React do not compile without `skipLibCheck` in each version.
  compiled.push(compile(version, "React", ["react.ts"], compilerOptions("bundler", ["DOM"], true)));
  compiled.push(compile(version, "nodenext", ["main.ts"], compilerOptions("nodenext", ["DOM"], false)));
  if (!version.startsWith("7")) {
    const deprecated = version.startsWith("6") ? { ignoreDeprecations: "6.0" } : {};
    const options = { ...compilerOptions("node10", ["DOM"], true), ...deprecated };
    compiled.push(compile(version, "node10", ["main.ts", "react.ts"], options));
  }
  await Promise.all(compiled);
}
for (const version of ["6.0", "7.0"]) {
  const compiler = path.join(FOLDER, `node_modules/typescript-${version}/bin/tsc`);
  await check(`TypeScript ${version}, sources`, process.execPath, [
    compiler,
    "--noEmit",
    "--project",
    "tsconfig.package.json",
  ]);
}

const PROGRAM = `{ Client, signIn } = LOADED; new Client("https://api.example.org").user ?? typeof signIn`;
for (const [label, flag, load] of [
  ["import", "--input-type=module", `const ${PROGRAM.replace("LOADED", `await import("${name}")`)}`],
  ["require", "--input-type=commonjs", `const ${PROGRAM.replace("LOADED", `require("${name}")`)}`],
  ["import of the server entry", "--input-type=module", `await import("${name}/server")`],
  ["import of the React entry", "--input-type=module", `await import("${name}/react")`],
])
  await check(`Node.js, ${label}`, process.execPath, [flag, "--eval", load], { cwd: FOLDER });
