import type { User } from "./contract.js";
import { report } from "./platform.js";
import type { MaybePromise, Session, Storage } from "./storage.js";

/**
 * Session in a storage. Hides whether the storage is asynchronous, ignores invalid sessions, and returns the same `user`
 * object until its content changes, as React needs.
 */
export function openStore(storage: Storage) {
  let session: Session | undefined;
  let endedId: string | undefined;
  let loading: Promise<void> | undefined;
  /** Last write of an asynchronous storage. */
  let written: Promise<unknown> = Promise.resolve();
  let isUnreadable = false;

  const loaded = load();
  const isAsync = isPromise(loaded);
  if (isAsync)
    loading = loaded.then((value) => {
      accept(value);
      loading = undefined;
    });

  function load(): MaybePromise<Session | undefined> {
    try {
      const loaded = storage.load();
      return isPromise(loaded) ? loaded.catch(ignore) : loaded;
    } catch (error) {
      return ignore(error);
    }
  }

  /** A storage that cannot be read holds no session. It is reported once, because `current` is called often. */
  function ignore(error: unknown): undefined {
    if (!isUnreadable) report(error);
    isUnreadable = true;
  }

  function accept(value: Session | undefined): void {
    const user = session?.user;
    session = validate(value);
    endedId = session ? undefined : value?.id;
    if (session && user && isEqual(session.user, user)) session = { ...session, user };
  }

  /** Writes at once to a synchronous storage, and in order to an asynchronous one. */
  function write<Value>(change: () => MaybePromise<Value>): MaybePromise<Value> {
    if (!isAsync) return change();
    const changed = written.then(change);
    written = changed.catch(() => {});
    return changed;
  }

  /** The current session. Of an asynchronous storage, the one that was loaded or saved last. */
  function current(): Session | undefined {
    if (!isAsync) accept(load() as Session | undefined);
    return session;
  }

  /** Reads the storage again, because others may have changed it. */
  async function reload(): Promise<Session | undefined> {
    if (isAsync) {
      const last = written;
      await last;
      const value = await load();
      // Otherwise what was saved in the meantime is newer.
      if (written === last) accept(value);
    }
    return current();
  }

  /** Saves a session. Returns the session of another tab that it replaces. */
  function save(value: Session): MaybePromise<Session | undefined | void> {
    accept(value);
    return write(() => storage.save(value));
  }

  /** Ends a session whose refresh failed. What remains of it tells other tabs that there was no sign-out. */
  function saveEnd({ id, remember }: Session): MaybePromise<unknown> {
    return save({ id, remember, refreshToken: "", user: {} } as Session);
  }

  /** Deletes the session. */
  function clear(): MaybePromise<void> {
    accept(undefined);
    return write(() => storage.clear());
  }

  return {
    isAsync,
    /** Resolves when an asynchronous storage is loaded. Undefined afterwards, and for other storages. */
    loading: () => loading,
    /** Id of the stored session, if it ended because its refresh failed, in any tab, and not by a sign-out. */
    endedId: () => endedId,
    current,
    reload,
    save,
    saveEnd,
    clear,
  };
}

/** Whether two users have the same data. */
export function isEqual(user: User, other: User): boolean {
  return JSON.stringify(user) === JSON.stringify(other);
}

/** Whether the value of a storage has to be awaited. */
export function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return typeof (value as Promise<Value> | undefined)?.then === "function";
}

/**
 * Ignores what other programs have stored, and sessions that have ended. A session whose expiry is not a number is never
 * fresh, and so is refreshed on its first use.
 */
function validate(stored: Session | undefined): Session | undefined {
  return stored?.id && stored.accessToken && stored.refreshToken && stored.user?.user_id ? stored : undefined;
}
