import type { User } from "./contract.js";
import type { ApiError } from "./error.js";
import { report } from "./platform.js";
import type { Session } from "./storage.js";

/** Change of the session, by `type`. */
export type AuthEvent = AuthChange & {
  /** The signed-in user, after the change. */
  readonly user: User | undefined;
};

/** Change without the user. */
export type AuthChange =
  /** Once for each listener, after the storage is loaded. */
  | { readonly type: "INITIAL_SESSION" }
  /** A session has started: here, or in another tab. */
  | { readonly type: "SIGNED_IN"; readonly cause: "signIn" | "otherTab" }
  /** A session has ended: by a sign-out, because another user signed in, or in another tab. */
  | { readonly type: "SIGNED_OUT"; readonly cause: "signOut" | "replaced" | "otherTab" }
  /** The service does not accept the session any more. */
  | { readonly type: "SIGNED_OUT"; readonly cause: "sessionEnded"; readonly error: ApiError }
  /** The tokens were refreshed and stored. */
  | { readonly type: "TOKEN_REFRESHED" }
  /** A refresh failed, and the session continues. */
  | { readonly type: "TOKEN_REFRESH_FAILED"; readonly error: ApiError }
  /** The user's data have changed, such as the role. */
  | { readonly type: "USER_UPDATED" };

/** Listener of events. Gets the session after the event, with its tokens. */
export type AuthListener = (event: AuthEvent, session: Session | undefined) => unknown;

/** Set of listeners. None of them can stop an operation or the others. */
export class Listeners<Arguments extends unknown[]> {
  readonly #entries = new Set<{ listener: (...change: Arguments) => unknown }>();

  get size(): number {
    return this.#entries.size;
  }

  /** Adds a listener. One function may be added more than once. */
  add(listener: (...change: Arguments) => unknown): () => void {
    const entry = { listener };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  /** Calls the listeners. */
  emit(...change: Arguments): void {
    for (const { listener } of this.#entries) void guard(listener, ...change);
  }
}

/** Calls a listener, and reports its error. */
export async function guard<Arguments extends unknown[]>(
  listener: (...change: Arguments) => unknown,
  ...change: Arguments
): Promise<void> {
  try {
    await listener(...change);
  } catch (error) {
    report(error);
  }
}
