import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { type Session, browserStorage, memoryStorage } from "../src/index.js";
import { USER } from "./service.js";

/** Fake of the browser's storage: https://html.spec.whatwg.org/multipage/webstorage.html. */
class FakeStorage {
  readonly items = new Map<string, string>();
  isFull = false;
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.items.set(key, value);
  };
  removeItem = (key: string) => {
    this.items.delete(key);
  };
}

let local: FakeStorage;
let tab: FakeStorage;
let listeners: Set<(event: { key: string | null }) => void>;

beforeEach(() => {
  local = new FakeStorage();
  tab = new FakeStorage();
  listeners = new Set();
  Object.assign(globalThis, {
    localStorage: local,
    sessionStorage: tab,
    addEventListener: (_: string, listener: (event: { key: string | null }) => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: (event: { key: string | null }) => void) => listeners.delete(listener),
  });
});

afterEach(() => {
  for (const name of ["localStorage", "sessionStorage", "addEventListener", "removeEventListener"])
    Reflect.deleteProperty(globalThis, name);
});

function session(changes: Partial<Session> = {}): Session {
  return {
    accessToken: "access-1",
    refreshToken: "refresh-1",
    user: USER,
    expiresAt: 1,
    lifetime: 1,
    remember: false,
    ...changes,
  };
}

test("memoryStorage does not use browser storage", () => {
  const storage = memoryStorage();
  storage.save(session({ remember: true }));
  assert.deepEqual(storage.load(), session({ remember: true }));
  storage.clear();
  assert.equal(storage.load(), undefined);
  assert.equal(local.items.size + tab.items.size, 0);
});

test("session without remember belongs to the tab", () => {
  browserStorage().save(session());
  assert.equal(local.items.size, 0);
  assert.deepEqual(browserStorage().load(), session());
  tab.items.clear();
  assert.equal(browserStorage().load(), undefined);
});

test("session with remember persists", () => {
  browserStorage().save(session({ remember: true }));
  assert.equal(tab.items.size, 0);
  tab.items.clear();
  assert.deepEqual(browserStorage().load(), session({ remember: true }));
});

test("last saved session is loaded", () => {
  const storage = browserStorage();
  storage.save(session());
  storage.save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
  storage.save(session({ accessToken: "access-3" }));
  assert.equal(storage.load()?.accessToken, "access-3");
  assert.equal(local.items.size, 0);
});

test("clear deletes both storages", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  tab.items.set("sign-in", "{}");
  storage.clear();
  assert.equal(local.items.size + tab.items.size, 0);
});

test("session of another tab is loaded", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  browserStorage().save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
});

test("unchanged session is the same object", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  assert.equal(storage.load(), storage.load());
});

for (const text of ["{half a sess", "null", "1", "{}", '{"accessToken": "access-1"}']) {
  test(`invalid session ${text} is ignored`, () => {
    local.items.set("sign-in", text);
    assert.equal(browserStorage().load(), undefined);
  });
}

test("full storage does not return an old session", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  local.isFull = true;
  storage.save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
});

test("unavailable storage falls back to memory", () => {
  local.isFull = true;
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  assert.deepEqual(storage.load(), session({ remember: true }));
  Reflect.deleteProperty(globalThis, "localStorage");
  Reflect.deleteProperty(globalThis, "sessionStorage");
  const forbidden = browserStorage();
  forbidden.save(session());
  assert.deepEqual(forbidden.load(), session());
  forbidden.clear();
  assert.equal(forbidden.load(), undefined);
});

test("listener is called for changes of the session", () => {
  let calls = 0;
  const unsubscribe = browserStorage().subscribe?.(() => {
    calls += 1;
  });
  for (const key of ["sign-in", "something-else", null]) for (const listener of listeners) listener({ key });
  assert.equal(calls, 2);
  unsubscribe?.();
  assert.equal(listeners.size, 0);
});

test("applications with different keys are separate", () => {
  browserStorage("one").save(session());
  assert.equal(browserStorage("other").load(), undefined);
});
