import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { type Session, browserStorage, memoryStorage } from "../src/index.js";
import { PERSON } from "./service.js";

/** What a browser has, as far as it is used: https://html.spec.whatwg.org/multipage/webstorage.html. */
class FakeStorage {
  readonly kept = new Map<string, string>();
  isFull = false;
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(key, value);
  };
  removeItem = (key: string) => {
    this.kept.delete(key);
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
  for (const name of ["localStorage", "sessionStorage", "addEventListener", "removeEventListener"]) Reflect.deleteProperty(globalThis, name);
});

function session(changes: Partial<Session> = {}): Session {
  return { accessToken: "access-1", refreshToken: "refresh-1", user: PERSON, expiresAt: 1, lifetime: 1, remember: false, ...changes };
}

test("memory keeps a session until it is cleared, and nowhere else", () => {
  const storage = memoryStorage();
  storage.save(session({ remember: true }));
  assert.deepEqual(storage.load(), session({ remember: true }));
  storage.clear();
  assert.equal(storage.load(), undefined);
  assert.equal(local.kept.size + tab.kept.size, 0);
});

test("without remember me a session is the tab's alone", () => {
  browserStorage().save(session());
  assert.equal(local.kept.size, 0);
  assert.deepEqual(browserStorage().load(), session());
  tab.kept.clear();
  assert.equal(browserStorage().load(), undefined);
});

test("with remember me a session outlives the tab", () => {
  browserStorage().save(session({ remember: true }));
  assert.equal(tab.kept.size, 0);
  tab.kept.clear();
  assert.deepEqual(browserStorage().load(), session({ remember: true }));
});

test("the last sign-in is the one that counts, whichever way it is kept", () => {
  const storage = browserStorage();
  storage.save(session());
  storage.save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
  storage.save(session({ accessToken: "access-3" }));
  assert.equal(storage.load()?.accessToken, "access-3");
  assert.equal(local.kept.size, 0);
});

test("clearing leaves nothing in either place", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  tab.kept.set("sign-in", "{}");
  storage.clear();
  assert.equal(local.kept.size + tab.kept.size, 0);
});

test("what another tab has written is seen at once", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  browserStorage().save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
});

test("the same session is the same object, as React wants it of a snapshot", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  assert.equal(storage.load(), storage.load());
});

for (const text of ["{half a sess", "null", "1", "{}", '{"accessToken": "access-1"}']) {
  test(`what is no session counts as none, such as ${text}`, () => {
    local.kept.set("sign-in", text);
    assert.equal(browserStorage().load(), undefined);
  });
}

test("a session that finds no room is not mistaken for the one before it", () => {
  const storage = browserStorage();
  storage.save(session({ remember: true }));
  local.isFull = true;
  storage.save(session({ accessToken: "access-2", remember: true }));
  assert.equal(storage.load()?.accessToken, "access-2");
});

test("a browser that is full or forbids storage keeps the session in memory", () => {
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

test("a tab hears of what others do to the session, and of nothing else", () => {
  let heard = 0;
  const unsubscribe = browserStorage().subscribe?.(() => {
    heard += 1;
  });
  for (const key of ["sign-in", "something-else", null]) for (const listener of listeners) listener({ key });
  assert.equal(heard, 2);
  unsubscribe?.();
  assert.equal(listeners.size, 0);
});

test("two applications of one origin keep apart under keys of their own", () => {
  browserStorage("one").save(session());
  assert.equal(browserStorage("other").load(), undefined);
});
