import { after, before } from "node:test";

import { Pages, inChromium } from "./chromium.js";
import { inNode } from "./node.js";
import { inPython } from "./python.js";
import { Stack } from "./stack.js";

let pages: Pages;
let stack: Stack;

before(async () => {
  pages = await Pages.start();
  stack = await Stack.start(pages.origin);
});
after(async () => {
  await stack?.end();
  pages?.end();
});

inNode(() => stack);
inPython(() => stack);
inChromium(() => stack, () => pages);
