import type { Tokens, User } from "./contract.js";
import type { Result } from "./error.js";
import { type Environment, attempt } from "./platform.js";

/** Stored session. */
export interface Session {
  /** Identifies the session. Refreshes keep it. */
  readonly id: string;
  readonly accessToken: string;
  /** `cookie` if it is in a cookie. Empty if the session has ended because its refresh failed. */
  readonly refreshToken: string;
  readonly user: User;
  /** Expiry of the access token in milliseconds, by the local clock. */
  readonly expiresAt: number;
  /** Lifetime of the access token in milliseconds. */
  readonly lifetime: number;
  /** Whether the session persists when the browser is closed. */
  readonly remember: boolean;
}

/** Value, or a promise of it. */
export type MaybePromise<Value> = Value | Promise<Value>;

/**
 * Storage of the session. Others may change it at any time, such as another tab. If `load` returns a promise, the client
 * loads the session when it is created.
 */
export interface Storage {
  /** Returns the saved session. The client ignores invalid ones. */
  load(): MaybePromise<Session | undefined>;
  /** Saves the session. May return the session of another tab that this one replaces, whose token the client revokes. */
  save(session: Session): MaybePromise<Session | undefined | void>;
  /** Deletes the session. */
  clear(): MaybePromise<void>;
  /** Calls `listener` when others have changed the session. Call the returned function to unsubscribe. */
  subscribe?(listener: () => void): () => void;
  /** Requests the current tokens from copies of the session. `listener` is called when they arrive. */
  requestUpdate?(): void;
  /** Runs `work` while no other tab does. Waits for them for a limited time. */
  lock?<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Set if the refresh token is in a cookie. */
  cookie?: CookieAccess;
}

/** How the client uses a refresh token in a cookie. */
export interface CookieAccess {
  /** Value of `refreshToken` in sessions. */
  readonly token: string;
  /** Called once, before `load`, with the functions of the client that restore a session. */
  connect(
    environment: Environment,
    requestTokens: RequestTokens,
    createSession: CreateSession,
    revoke: (refreshToken: string) => void,
  ): void;
  /** Changes to the request of a route that sets or uses the cookie. */
  requestInit(route: string, body: object | undefined): { credentials: "include"; body: string } | undefined;
}

/** Refreshes with the token of `session`. */
export type RequestTokens = (session: { refreshToken: string }) => Promise<Result<Tokens>>;

/** Creates the session of `tokens`. */
export type CreateSession = (
  tokens: Tokens,
  refreshToken: string,
  options: { id: string; remember: boolean },
) => Session;

/** Storage that is read synchronously. */
export interface SyncStorage extends Storage {
  load(): Session | undefined;
}

/** Milliseconds to wait for another tab's lock. A tab that hangs must not block the others. */
const LOCK_TIMEOUT_MS = 5_000;

/** Milliseconds within which a browser grants a lock that no other tab holds. */
const UNCONTENDED_LOCK_MS = 20;

/** Time until a tab sees what another one stored before it released the lock. Tabs are processes with copies of the storage. */
const STORAGE_DELAY_MS = 100;

/** Value in a tab's storage after a sign-out there, so that the tab does not continue with the session of other tabs. */
const SIGNED_OUT = "null";

/** Message between copies of the storage. */
interface Message {
  /** Session that has changed, if it belongs to a tab. */
  id?: string | undefined;
  /** Its new value, or null after a sign-out. Absent in a request for it. */
  text?: string | null;
}

/**
 * Keeps the session in memory until the page or the process ends. A script on the page cannot read it there, but can
 * replace `fetch` and so read the tokens in requests.
 */
export function memoryStorage(): SyncStorage {
  let session: Session | undefined;
  const listeners = new Set<() => void>();
  const set = (value: Session | undefined) => {
    session = value;
    for (const listener of listeners) listener();
  };
  return {
    load: () => session,
    save: (saved) => set(saved),
    clear: () => set(undefined),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Keeps the session in the browser: for the tab, or with `remember` for all tabs until the user signs out. A tab with a
 * session of its own neither reads nor changes the session of the other tabs.
 */
export function browserStorage(key = "sign-in"): SyncStorage {
  if (typeof window === "undefined") return serverStorage();
  // For browsers without storage, or with a full one.
  const fallback = memoryStorage();
  const listeners = new Set<() => void>();

  // Other tabs, copies of this tab, and other clients of this page.
  const channel: BroadcastChannel | undefined = window.BroadcastChannel && new window.BroadcastChannel(key);
  const post = (message: Message) => channel?.postMessage(message);
  if (channel) {
    // Only Node.js has `unref`: a test with a simulated browser must be able to end.
    (channel as { unref?: () => void }).unref?.();
    channel.onmessage = ({ data }: { data: Message }) => {
      attempt(() => receive(data));
      for (const listener of listeners) listener();
    };
  }

  /** A duplicated tab has a copy of the session, and follows its changes. */
  function receive({ id, text }: Message): void {
    const own = sessionStorage.getItem(key);
    const copy = parse(own);
    if (!id || copy?.id !== id || text === own) return;
    if (text === undefined) post({ id, text: own });
    else if (text === null) sessionStorage.setItem(key, SIGNED_OUT);
    else if (parse(text)!.expiresAt > copy.expiresAt) sessionStorage.setItem(key, text);
  }

  return {
    load() {
      // Browsers may forbid the storage.
      const text = attempt(() => sessionStorage.getItem(key) ?? localStorage.getItem(key));
      return parse(text ?? null) ?? fallback.load();
    },

    save(session) {
      void fallback.clear();
      const text = JSON.stringify(session);
      let replaced: Session | undefined;
      try {
        const own = sessionStorage.getItem(key);
        const copied = parse(own)?.id;
        if (copied && copied !== session.id) post({ id: copied, text: null });
        if (session.remember) {
          if (own !== null) replaced = parse(localStorage.getItem(key));
          // In this order, so that other tabs always find a session.
          localStorage.setItem(key, text);
          sessionStorage.removeItem(key);
        } else {
          sessionStorage.setItem(key, text);
          if (own === null) localStorage.removeItem(key);
        }
      } catch {
        // Otherwise the previous session would be loaded.
        remove();
        void fallback.save(session);
      }
      post(session.remember ? {} : { id: session.id, text });
      return replaced;
    },

    clear() {
      void fallback.clear();
      const id = remove();
      post({ id, text: null });
    },

    subscribe(listener) {
      const changed = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener();
      };
      listeners.add(listener);
      // React Native has a window without events.
      window.addEventListener?.("storage", changed);
      return () => {
        listeners.delete(listener);
        window.removeEventListener?.("storage", changed);
      };
    },

    requestUpdate() {
      attempt(() => post({ id: parse(sessionStorage.getItem(key))?.id }));
    },

    lock: (work) => withLock(key, work),
  };

  /** Removes the session that this tab uses. Returns its id if it belongs to the tab. */
  function remove(): string | undefined {
    return attempt(() => {
      const own = sessionStorage.getItem(key);
      if (own === null) localStorage.removeItem(key);
      else if (localStorage.getItem(key) === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, SIGNED_OUT);
      return parse(own)?.id;
    });
  }
}

/** A server must not share one session among its visitors. */
export function serverStorage(): SyncStorage {
  return {
    load: () => undefined,
    save() {
      throw new Error("On a server, use createServerClient().");
    },
    clear() {},
  };
}

/** Runs `work` while no other tab holds the lock, or after the time limit. */
export function withLock<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  // Absent in older browsers and on pages without HTTPS.
  if (!globalThis.navigator?.locks) return work();
  const start = Date.now();
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), LOCK_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const run = async () => {
      clearTimeout(timer);
      if (Date.now() - start > UNCONTENDED_LOCK_MS)
        await new Promise((resolve) => setTimeout(resolve, STORAGE_DELAY_MS));
      await work().then(resolve, reject);
    };
    void navigator.locks.request(name, { signal: waiting.signal }, run).catch(run);
  });
}

/** Parses a stored value. Other programs may have written it, or an older version. */
function parse(text: string | null): Session | undefined {
  return attempt(() => (JSON.parse(text ?? "null") as Session | null) ?? undefined);
}
