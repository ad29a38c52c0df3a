// The reference: read and tried against the stack in the emulator.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, look, open } from "./browser.js";
import { start } from "./stack.js";

let stack;
let browser;

before(async () => {
  [stack, browser] = await Promise.all([start(), launch()]);
});

after(async () => {
  await browser?.close();
  await stack?.end();
});

const openReference = (viewport) =>
  open(browser, `${stack.page_url}/reference/`, [stack.page_url, new URL(stack.api_url).origin], viewport);
