// Stack of `local` for the tests of one file.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "../..");

const local = path.join(root, "target/debug/local");

/** Path for the description of a stack. */
async function stackFile() {
  return path.join(await mkdtemp(path.join(tmpdir(), "stack-")), "stack.json");
}

/** Deploys another stack to the emulator of a stack, and returns its description. */
export async function deployInto({ aws_endpoint_url: url }, name, parameters) {
  const script = path.join(root, "local/emulator/deploy_stack.py");
  const named = parameters.flatMap((parameter) => ["--parameter", parameter]);
  const python = path.join(root, "target/local/emulator/bin/python");
  return JSON.parse((await promisify(execFile)(python, [script, url, name, ...named])).stdout);
}

/** Starts `local` with `options`, and returns its description and a function that ends it. */
export async function start(...options) {
  const file = await stackFile();
  const arguments_ = ["--until-stdin-closes", "--no-watch", "--stack-file", file, ...options];
  const running = spawn(local, arguments_, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => running.once("exit", resolve));
  const output = [];
  for await (const line of createInterface({ input: running.stdout })) {
    output.push(line);
    if (line.startsWith("Ready.")) {
      // Otherwise a full pipe would block the process.
      running.stdout.resume();
      const end = () => (running.stdin.end(), ended);
      return { ...JSON.parse(await readFile(file, "utf8")), end };
    }
  }
  throw new Error(`local did not become ready:\n${output.join("\n")}`);
}
