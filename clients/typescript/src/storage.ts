import type { User } from "./contract.js";

/** Stored session. */
export interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: User;
  /** Expiry of the access token in milliseconds, by the local clock. */
  readonly expiresAt: number;
  /** Lifetime of the access token in milliseconds. */
  readonly lifetime: number;
  /** Whether the session persists when the browser is closed. */
  readonly remember: boolean;
}

/** Storage of the session. Others may change it at any time, such as another tab. */
export interface Storage {
  load(): Session | undefined;
  save(session: Session): void;
  clear(): void;
  /** Calls `listener` when another tab has changed the session. Call the returned function to unsubscribe. */
  subscribe?(listener: () => void): () => void;
}

/** Keeps the session in memory until the page or the process ends. Other scripts cannot read it. */
export function memoryStorage(): Storage {
  let session: Session | undefined;
  return {
    load: () => session,
    save: (saved) => {
      session = saved;
    },
    clear: () => {
      session = undefined;
    },
  };
}

/** Keeps the session in the browser: for the tab, or with `remember` for all tabs until the user signs out. */
export function browserStorage(key = "sign-in"): Storage {
  // For browsers without storage, or with a full one.
  const fallback = memoryStorage();
  let last: { text: string; session: Session | undefined } | undefined;

  /** Returns the same object for the same text, so that subscribers see no change. */
  function parse(text: string): Session | undefined {
    if (last?.text !== text) last = { text, session: validate(JSON.parse(text)) };
    return last.session;
  }

  function clear(): void {
    fallback.clear();
    try {
      sessionStorage.removeItem(key);
      localStorage.removeItem(key);
    } catch {
      // The storage is not available.
    }
  }

  return {
    load() {
      try {
        const text = sessionStorage.getItem(key) ?? localStorage.getItem(key);
        return text === null ? fallback.load() : parse(text);
      } catch {
        return fallback.load();
      }
    },
    save(session) {
      fallback.clear();
      try {
        const [place, other] = session.remember ? [localStorage, sessionStorage] : [sessionStorage, localStorage];
        // In this order, so that other tabs always find a session.
        place.setItem(key, JSON.stringify(session));
        other.removeItem(key);
      } catch {
        // Otherwise the previous session would be loaded.
        clear();
        fallback.save(session);
      }
    },
    clear,
    subscribe(listener) {
      const changed = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener();
      };
      // Servers have no storage events.
      globalThis.addEventListener?.("storage", changed);
      return () => globalThis.removeEventListener?.("storage", changed);
    },
  };
}

/** Ignores values of other programs under the same key. */
function validate(stored: unknown): Session | undefined {
  const session = stored as Session | null;
  return typeof session?.accessToken === "string" && typeof session.user?.user_id === "string" ? session : undefined;
}
