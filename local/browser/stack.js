// A stack of `local` for the tests of one file: started before them, gone after them.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** Of the repository. */
export const root = path.resolve(import.meta.dirname, "../..");

const local = path.join(root, "target/debug/local");

/** Where a stack is to say what it is. */
async function stackFile() {
  return path.join(await mkdtemp(path.join(tmpdir(), "stack-")), "stack.json");
}

/** Deploys once more, as `name` and with `parameters`, to the emulator of a stack, and gives what that says of itself. */
export async function deployInto({ aws_endpoint_url: url }, name, parameters) {
  const file = await stackFile();
  const named = parameters.flatMap((parameter) => ["--parameter", parameter]);
  await promisify(execFile)(local, ["--into", url, "--stack-name", name, "--stack-file", file, ...named]);
  return JSON.parse(await readFile(file, "utf8"));
}

/** Starts `local` with `options`, and gives what it says of itself, and how to end it. */
export async function start(...options) {
  const file = await stackFile();
  const arguments_ = ["--until-stdin-closes", "--no-watch", "--stack-file", file, ...options];
  const running = spawn(local, arguments_, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => running.once("exit", resolve));
  const said = [];
  for await (const line of createInterface({ input: running.stdout })) {
    said.push(line);
    if (line.startsWith("Ready.")) {
      // It must go on to be read, or what it says next blocks it.
      running.stdout.resume();
      const end = () => (running.stdin.end(), ended);
      return { ...JSON.parse(await readFile(file, "utf8")), end };
    }
  }
  throw new Error(`local did not become ready:\n${said.join("\n")}`);
}
