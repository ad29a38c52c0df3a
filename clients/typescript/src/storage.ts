import type { User } from "./contract.js";

/** What is kept of a sign-in. */
export interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: User;
  /** When the access token ends, by this machine's clock, in milliseconds. */
  readonly expiresAt: number;
  /** For how long it was given, in milliseconds. */
  readonly lifetime: number;
  /** Whether it outlives the browser. */
  readonly remember: boolean;
}

/** Where the session is kept. Others may change it at any time, such as another tab. */
export interface Storage {
  load(): Session | undefined;
  save(session: Session): void;
  clear(): void;
  /** Calls `listener` when another tab has changed it, until what is returned is called. */
  subscribe?(listener: () => void): () => void;
}

/** Keeps the session until the page or the process ends, where no script can look for it. */
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

/** Keeps the session in the browser: of this tab, or with "remember me" of all tabs, until the person signs out. */
export function browserStorage(key = "sign-in"): Storage {
  // For browsers that keep nothing, or have no room left.
  const fallback = memoryStorage();
  let last: { text: string; session: Session | undefined } | undefined;

  /** The same object for the same text, so that nobody takes it for a change. */
  function parsed(text: string): Session | undefined {
    if (last?.text !== text) last = { text, session: sessionOf(JSON.parse(text)) };
    return last.session;
  }

  function clear(): void {
    fallback.clear();
    try {
      sessionStorage.removeItem(key);
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept there.
    }
  }

  return {
    load() {
      try {
        const text = sessionStorage.getItem(key) ?? localStorage.getItem(key);
        return text === null ? fallback.load() : parsed(text);
      } catch {
        return fallback.load();
      }
    },
    save(session) {
      fallback.clear();
      try {
        const [place, other] = session.remember ? [localStorage, sessionStorage] : [sessionStorage, localStorage];
        // In this order, so that no other tab looks while there is nothing.
        place.setItem(key, JSON.stringify(session));
        other.removeItem(key);
      } catch {
        // Or what was there before would be taken for it.
        clear();
        fallback.save(session);
      }
    },
    clear,
    subscribe(listener) {
      const changed = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener();
      };
      // On a server there are neither tabs nor events.
      globalThis.addEventListener?.("storage", changed);
      return () => globalThis.removeEventListener?.("storage", changed);
    },
  };
}

/** What was kept by something else under the same key is no session. */
function sessionOf(kept: unknown): Session | undefined {
  const session = kept as Session | null;
  return typeof session?.accessToken === "string" && typeof session.user?.user_id === "string" ? session : undefined;
}
