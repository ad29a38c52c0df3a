import { attempt, report, wait } from "./platform.js";
import { isEnd } from "./session.js";
import { type CookieAccess, type Session, type Storage, serverStorage, withLock } from "./storage.js";

/** First pause between attempts to restore the session, in milliseconds. */
const RESTORE_PAUSE_MS = 1_000;

/** Longest pause between attempts to restore the session, in milliseconds. */
const LONGEST_RESTORE_PAUSE_MS = 10_000;

/** Value of `refreshToken` in sessions whose token is in the cookie. */
const TOKEN = "cookie";

/** Routes that set or use the cookie. */
const ROUTES = new Set([
  "login",
  "complete-password-change",
  "answer-challenge",
  "complete-federated-login",
  "refresh-token",
  "logout",
]);

/**
 * Leaves the refresh token in an HttpOnly cookie, which no script can read, and keeps the access token in the memory of the
 * browser's tabs. After a reload, a refresh with the cookie restores the session; until then the client is loading. The API
 * must allow the cookie for the page's origin.
 *
 * In `localStorage`, `key` says only that a user is signed in, so that other visitors cause no request.
 */
export function cookieStorage(key = "sign-in"): Storage {
  if (typeof window === "undefined") return serverStorage();
  let session: Session | undefined;
  let restored: Promise<void> | undefined;
  /** Number of changes of the session, by this tab or by others. */
  let changes = 0;
  const listeners = new Set<() => void>();
  let connection: Parameters<CookieAccess["connect"]>;

  const channel: BroadcastChannel | undefined = window.BroadcastChannel && new window.BroadcastChannel(`${key}-cookie`);
  if (channel) {
    // Only Node.js has `unref`: a test with a simulated browser must be able to end.
    (channel as { unref?: () => void }).unref?.();
    channel.onmessage = ({ data }: { data: Session | null }) => {
      // Each tab has its own id for the session. A session that has ended has no user.
      const { user_id } = data?.user ?? {};
      const isSame = session && (!user_id || user_id === session.user.user_id);
      set(data ? { ...data, id: isSame ? session!.id : data.id } : undefined);
      for (const listener of listeners) listener();
    };
  }

  function set(value: Session | undefined): void {
    session = value;
    changes += 1;
  }

  function change(value: Session | undefined): void {
    set(value);
    remember(Boolean(value?.refreshToken));
    channel?.postMessage(value ?? null);
  }

  function remember(isSignedIn: boolean): void {
    // The storage may not be available.
    attempt(() => (isSignedIn ? localStorage.setItem(key, TOKEN) : localStorage.removeItem(key)));
  }

  function mayBeSignedIn(): boolean {
    return attempt(() => localStorage.getItem(key)) !== null;
  }

  /** Restores the session. Only the service knows it, so this waits until the service responds. */
  async function restore(): Promise<void> {
    if (!mayBeSignedIn()) return;
    const start = changes;
    const [environment, requestTokens, createSession, revoke] = connection;
    for (let failures = 0; ; failures += 1) {
      const result = await withLock(key, () => requestTokens({ refreshToken: TOKEN }));
      if (changes !== start) {
        // Another tab has signed out, and this refresh may have stored a new cookie after that.
        if (result.ok && !session) revoke(TOKEN);
        return;
      }
      if (result.ok) {
        session = createSession(result.value, TOKEN, { id: result.value.user.user_id, remember: true });
        return;
      }
      const { error } = result;
      // Another tab has replaced the cookie in the meantime.
      const isReplaced = error.type === "RefreshTokenReuseException" && failures === 0;
      if (!error.isTransient && !isReplaced) {
        if (isEnd(error)) remember(false);
        else report(error);
        return;
      }
      const pause = Math.max(RESTORE_PAUSE_MS * 2 ** failures, (error.retryAfter ?? 0) * 1000);
      // Calls of the client wait until the session is restored, so a long Retry-After is not followed.
      await wait(environment, Math.min(pause, LONGEST_RESTORE_PAUSE_MS));
      if (changes !== start) return;
    }
  }

  return {
    cookie: {
      token: TOKEN,
      connect: (...to) => {
        connection = to;
      },
      requestInit: (route, body) =>
        ROUTES.has(route)
          ? { credentials: "include", body: JSON.stringify({ ...body, cookie: true, refresh_token: undefined }) }
          : undefined,
    },

    async load() {
      restored ??= restore();
      await restored;
      return session;
    },

    save: (value) => change(value),
    clear: () => change(undefined),

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    lock: (work) => withLock(key, work),
  };
}
