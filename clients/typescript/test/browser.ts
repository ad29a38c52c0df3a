// Fake of a browser with tabs: storage, events, channels and locks. Code that runs in a tab sees the globals of that tab.

import { AsyncLocalStorage } from "node:async_hooks";

/** https://html.spec.whatwg.org/multipage/webstorage.html */
export class FakeStorage {
  readonly items: Map<string, string>;
  isFull = false;
  /** Called after each change. */
  changed: (key: string) => void = () => {};
  constructor(items: Iterable<[string, string]> = []) {
    this.items = new Map(items);
  }
  get length() {
    return this.items.size;
  }
  key(index: number) {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.items.set(key, value);
    this.changed(key);
  }
  removeItem(key: string) {
    if (this.items.delete(key)) this.changed(key);
  }
}

/** https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-location-interface */
export class FakeLocation {
  href = "https://app.example.org/page";
  /** URLs to which the page has left. */
  readonly assigned: string[] = [];
  /** State of the last `replaceState`. */
  state: unknown;
  get origin() {
    return new URL(this.href).origin;
  }
  get pathname() {
    return new URL(this.href).pathname;
  }
  assign(url: string) {
    this.assigned.push(url);
  }
  replaced(state?: unknown, _?: unknown, url?: unknown) {
    this.state = state;
    this.href = String(url);
  }
}

type Listener = (event: { key: string | null }) => void;

/** A browser without tabs. */
export class FakeBrowser {
  readonly localStorage = new FakeStorage();
  readonly tabs: Tab[] = [];
  readonly #locks = new Map<string, Promise<unknown>>();

  /** Opens a tab, or duplicates another one with its `sessionStorage`. */
  open(copied?: Tab): Tab {
    const tab = new Tab(this, new FakeStorage(copied?.sessionStorage.items));
    this.tabs.push(tab);
    return tab;
  }

  /** https://w3c.github.io/web-locks/ */
  readonly locks = {
    request: async (name: string, { signal }: { signal: AbortSignal }, work: () => Promise<unknown>) => {
      const before = this.#locks.get(name) ?? Promise.resolve();
      const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      const turn = Promise.race([before, aborted]);
      const done = turn.then(work);
      this.#locks.set(name, Promise.allSettled([before, done]));
      return done;
    },
  };
}

const current = new AsyncLocalStorage<Tab>();

export class Tab {
  readonly browser: FakeBrowser;
  readonly sessionStorage: FakeStorage;
  readonly listeners = new Map<string, Set<Listener>>();
  readonly channels = new Set<FakeChannel>();
  /** Whether the platform has neither channels, locks nor events, as React Native. */
  isOld = false;
  document = { visibilityState: "visible" };
  readonly location = new FakeLocation();
  readonly history = { state: { page: 1 }, replaceState: (...change: unknown[]) => this.location.replaced(...change) };

  constructor(browser: FakeBrowser, sessionStorage: FakeStorage) {
    this.browser = browser;
    this.sessionStorage = sessionStorage;
  }

  /** Runs code in the tab. */
  run<Value>(work: () => Value): Value {
    return current.run(this, () => {
      // Other tabs get an event for each change that this code makes.
      this.browser.localStorage.changed = (key) => {
        const changing = current.getStore();
        for (const tab of this.browser.tabs)
          if (tab !== changing) queueMicrotask(() => tab.dispatch("storage", { key }));
      };
      return work();
    });
  }

  dispatch(type: string, event: { key: string | null } = { key: null }): void {
    current.run(this, () => {
      for (const listener of this.listeners.get(type) ?? []) listener(event);
    });
  }
}

/** https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts */
class FakeChannel {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly #tab = current.getStore()!;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    this.#tab.channels.add(this);
  }
  postMessage(data: unknown): void {
    for (const tab of this.#tab.browser.tabs)
      for (const channel of tab.channels)
        if (channel !== this && channel.name === this.name)
          queueMicrotask(() => current.run(tab, () => channel.onmessage?.({ data: structuredClone(data) })));
  }
}

const GLOBALS: Record<string, (tab: Tab) => unknown> = {
  window: () => globalThis,
  document: (tab) => tab.document,
  localStorage: (tab) => tab.browser.localStorage,
  sessionStorage: (tab) => tab.sessionStorage,
  location: (tab) => tab.location,
  history: (tab) => tab.history,
  navigator: (tab) => (tab.isOld ? {} : { locks: tab.browser.locks }),
  BroadcastChannel: (tab) => (tab.isOld ? undefined : FakeChannel),
  addEventListener: (tab) =>
    tab.isOld
      ? undefined
      : (type: string, listener: Listener) =>
          tab.listeners.set(type, (tab.listeners.get(type) ?? new Set()).add(listener)),
  removeEventListener: (tab) => (type: string, listener: Listener) => tab.listeners.get(type)?.delete(listener),
};

/** Defines the globals of browsers, for code that runs in a {@link Tab}. Returns a function that removes them. */
export function defineGlobals(): () => void {
  const before = Object.getOwnPropertyDescriptors(globalThis) as Record<string, PropertyDescriptor>;
  for (const [name, of] of Object.entries(GLOBALS))
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => {
        const tab = current.getStore();
        return tab && of(tab);
      },
    });
  return () => {
    for (const name of Object.keys(GLOBALS)) {
      Reflect.deleteProperty(globalThis, name);
      if (before[name]) Object.defineProperty(globalThis, name, before[name]);
    }
  };
}
