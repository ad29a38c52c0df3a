import { after, before } from "node:test";

import type { Browser } from "playwright-core";

import { Pages, inChromium, launch } from "./chromium.js";
import { inNode } from "./node.js";
import { inPython } from "./python.js";
import { Stack } from "./stack.js";

let pages: Pages;
let stack: Stack;
let browser: Browser;

// A single hook, because hooks of the same level run concurrently.
before(async () => {
  pages = await Pages.start();
  stack = await Stack.start(pages.origin);
  await pages.bundle(stack.api);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.end();
  pages?.end();
});

inNode(() => stack);
inPython(() => stack);
inChromium(
  () => stack,
  () => pages,
  () => browser,
);
