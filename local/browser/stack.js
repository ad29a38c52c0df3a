// A stack of `local` for the tests of one file: started before them, gone after them.

import { spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.resolve(import.meta.dirname, "../..");

/** Starts `local` with `options`, and gives what it says of itself, and how to end it. */
export async function start(...options) {
  const file = path.join(await mkdtemp(path.join(tmpdir(), "stack-")), "stack.json");
  const arguments_ = ["--until-stdin-closes", "--no-watch", "--stack-file", file, ...options];
  const local = spawn(path.join(root, "target/debug/local"), arguments_, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => local.once("exit", resolve));
  const said = [];
  for await (const line of createInterface({ input: local.stdout })) {
    said.push(line);
    if (line.startsWith("Ready.")) {
      // It must go on to be read, or what it says next blocks it.
      local.stdout.resume();
      const end = () => (local.stdin.end(), ended);
      return { ...JSON.parse(await readFile(file, "utf8")), end };
    }
  }
  throw new Error(`local did not become ready:\n${said.join("\n")}`);
}
