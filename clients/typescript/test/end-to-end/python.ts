// Python example, with the client that `ci/openapi.sh document` generates.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { REPOSITORY, type Stack } from "./stack.js";

const GENERATED = path.join(REPOSITORY, "target/local/openapi");
const PYTHON = path.join(GENERATED, "python/bin/python");
const CLIENTS = path.join(GENERATED, "clients");
const EXAMPLE = path.join(REPOSITORY, "examples/python/sign_in.py");

export function inPython(stack: () => Stack): void {
  const skip = existsSync(path.join(CLIENTS, "sign_in_client")) ? false : "run `ci/openapi.sh document` first";
  test("Python: example sets a new password", { skip }, async () => {
    const environment = { ...process.env, API: stack().api, PYTHONPATH: CLIENTS };
    const { stdout } = await promisify(execFile)(PYTHON, [EXAMPLE], { env: environment });
    assert.equal(stdout, "Password change required\nnew@igad.int\n");
  });
}
