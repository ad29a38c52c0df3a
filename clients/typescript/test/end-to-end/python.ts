// The README's example in Python, as it stands there, with the client that `ci/openapi.sh document` has made.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { REPOSITORY, type Stack } from "./stack.js";

const MADE = path.join(REPOSITORY, "target/local/reference");
const PYTHON = path.join(MADE, "python/bin/python");
const CLIENTS = path.join(MADE, "clients");

export function inPython(stack: () => Stack): void {
  const skip = existsSync(path.join(CLIENTS, "sign_in_client")) ? false : "`ci/openapi.sh document` makes what it needs";
  test("Python: the README's example prints what stands below it", { skip }, async () => {
    const readme = await readFile(path.join(REPOSITORY, "README.md"), "utf8");
    const [, code, printed] = readme.match(/^```python\n(# in Python\n.*?)^```\n\n```\n(.*?)^```$/ms) ?? assert.fail("there is no example");
    const environment = { ...process.env, API: stack().api, PYTHONPATH: CLIENTS };
    const { stdout } = await promisify(execFile)(PYTHON, ["-c", code!], { env: environment });
    assert.equal(stdout, printed);
  });
}
