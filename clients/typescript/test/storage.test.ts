import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { type Session, browserStorage, memoryStorage } from "../src/index.js";
import { FakeBrowser, type Tab, defineGlobals } from "./browser.js";
import { USER } from "./service.js";

let browser: FakeBrowser;
let tab: Tab;
let removeGlobals: () => void;

before(() => {
  removeGlobals = defineGlobals();
});
after(() => removeGlobals());
beforeEach(() => {
  browser = new FakeBrowser();
  tab = browser.open();
});

function session(changes: Partial<Session> = {}): Session {
  return {
    id: "session-1",
    accessToken: "access-1",
    refreshToken: "refresh-1",
    user: USER,
    expiresAt: 1,
    lifetime: 1,
    remember: false,
    ...changes,
  };
}

/** Tests that code in a tab. */
function testInTab(name: string, work: () => void): void {
  test(name, () => tab.run(work));
}

testInTab("memoryStorage does not use browser storage", () => {
  const storage = memoryStorage();
  storage.save(session({ remember: true }));
  assert.deepEqual(storage.load(), session({ remember: true }));
  storage.clear();
  assert.equal(storage.load(), undefined);
  assert.equal(localStorage.length + sessionStorage.length, 0);
});

testInTab("session without remember belongs to the tab", () => {
  browserStorage().save(session());
  assert.equal(localStorage.length, 0);
  assert.deepEqual(browserStorage().load(), session());
  assert.equal(
    browser.open().run(() => browserStorage().load()),
    undefined,
  );
});

testInTab("session with remember persists", () => {
  browserStorage().save(session({ remember: true }));
  assert.equal(sessionStorage.length, 0);
  assert.deepEqual(
    browser.open().run(() => browserStorage().load()),
    session({ remember: true }),
  );
});

testInTab("last saved session is loaded", () => {
  const storage = browserStorage();
  storage.save(session());
  storage.save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
  storage.save(session({ accessToken: "access-3" }));
  assert.equal(storage.load()?.accessToken, "access-3");
  assert.equal(localStorage.length, 0);
});

testInTab("clear deletes the session", () => {
  const storage = browserStorage();
  for (const remember of [true, false]) {
    storage.save(session({ remember }));
    storage.clear();
    assert.equal(localStorage.length + sessionStorage.length, 0);
  }
});

testInTab("session of another tab is loaded", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  browser.open().run(() => browserStorage().save(session({ accessToken: "access-2", remember: true })));
  assert.equal(storage.load()?.accessToken, "access-2");
});

for (const text of ["{half a sess", "null"]) {
  testInTab(`invalid text ${text} is ignored`, () => {
    localStorage.setItem("sign-in", text);
    assert.equal(browserStorage().load(), undefined);
  });
}

testInTab("full storage does not return an old session", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  browser.localStorage.isFull = true;
  storage.save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
  assert.equal(localStorage.length, 0);
});

testInTab("full storage of the tab falls back to memory", () => {
  const storage = browserStorage();
  storage.save(session());
  browser.localStorage.isFull = tab.sessionStorage.isFull = true;
  storage.save(session({ accessToken: "access-2" }));
  assert.equal(storage.load()?.accessToken, "access-2");
});

testInTab("unavailable storage falls back to memory", () => {
  Object.defineProperty(tab, "sessionStorage", {
    get: () => {
      throw new DOMException("blocked", "SecurityError");
    },
  });
  const storage = browserStorage();
  storage.save(session());
  assert.deepEqual(storage.load(), session());
  storage.clear();
  assert.equal(storage.load(), undefined);
});

testInTab("listener is called for changes of the session", () => {
  let calls = 0;
  const unsubscribe = browserStorage().subscribe?.(() => {
    calls += 1;
  });
  for (const key of ["sign-in", "something-else", null]) tab.dispatch("storage", { key });
  assert.equal(calls, 2);
  unsubscribe?.();
  tab.dispatch("storage", { key: null });
  assert.equal(calls, 2);
});

testInTab("applications with different keys are separate", () => {
  browserStorage("one").save(session());
  assert.equal(browserStorage("other").load(), undefined);
});

test("browserStorage on a server keeps no session", () => {
  // Node.js 25 has `localStorage`, but no `window`.
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value: browser.localStorage });
  try {
    browser.localStorage.setItem("sign-in", JSON.stringify(session()));
    const storage = browserStorage();
    assert.equal(storage.load(), undefined);
    assert.throws(() => storage.save(session()), /createServerClient/);
  } finally {
    removeGlobals();
    removeGlobals = defineGlobals();
  }
});
