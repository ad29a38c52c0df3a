import { type Api, type CallOptions, FIRST_PAUSE_MS, LONGEST_PAUSE_MS } from "./api.js";
import type { Profile, ResponseBody, Tokens, User } from "./contract.js";
import { ApiError, type Result, failure, invalidResponse, noResponse, success } from "./error.js";
import { type AuthChange, type AuthEvent, type AuthListener, Listeners, guard } from "./events.js";
import { type Backoff, type Environment, createBackoff, type Signal, report, wait, withDeadline } from "./platform.js";
import type { MaybePromise, Session, Storage } from "./storage.js";
import { isEqual, isPromise, openStore } from "./store.js";

/** Share of its lifetime at the end of which an access token is refreshed. */
const REFRESH_MARGIN = 0.1;

/** Longest time before its expiry at which an access token is refreshed, in milliseconds. */
const LONGEST_REFRESH_MARGIN_MS = 60_000;

/** Time before the one retry of a refresh that got no response. */
const RETRY_DELAY_MS = 1_000;

/** Time for another tab to store the tokens that it received for the same refresh token. */
const CROSS_TAB_GRACE_MS = 1_000;

const NOT_SIGNED_IN = "No user is signed in";

/** Number of a sign-in or sign-out. A later one replaces the earlier ones. */
export type Action = number;

/** Response of a sign-out. */
type SignedOut = Result<ResponseBody<"logout">>;

/** Sign-out that the service has not confirmed. */
interface Revocation {
  readonly refreshToken: string;
  readonly accessToken?: string;
  everywhere?: boolean;
  sending?: Promise<SignedOut> | undefined;
}

/** What is known about one session. Another session starts without it. */
interface Memory {
  readonly id: string;
  /** Pause of refreshes after a failure. */
  readonly pause: Backoff;
  /** Error of the last refresh. */
  error?: ApiError | undefined;
  /** Pauses of refreshes because of 401, by the origin that rejected a fresh token. */
  readonly rejections: Map<string, Backoff>;
  profile?: { until: number; result: Promise<Result<Profile>> };
}

/** The session of a client. See {@link manageSession}. */
export type SessionManager = ReturnType<typeof manageSession>;

/**
 * The session and its transitions: signed in, refreshed, updated, ended and signed out. Each transition changes the
 * storage and then announces the difference to what the listeners know. Changes by other tabs are announced alike. With a
 * synchronous storage a transition is announced before any other code runs.
 */
export function manageSession(api: Api, environment: Environment, storage: Storage) {
  const { monotonic, now } = environment;
  const { cookie } = storage;
  cookie?.connect(environment, requestTokens, createSession, revoke);
  const { current, loading, reload, save, saveEnd, clear, endedId, isAsync } = openStore(storage);
  const changes = new Listeners<[]>();
  const events = new Listeners<Parameters<AuthListener>>();
  let unsubscribe: (() => void) | undefined;
  /** Session that the listeners know. */
  let announced: Session | undefined;
  /** Id of the last session that started here. */
  let startedId: string | undefined;
  /** How a session ended here, until it is announced. */
  let end: (AuthChange & { type: "SIGNED_OUT" }) | undefined;
  let lastAction: Action = 0;
  let refreshing: { id: string; result: Promise<Result<Session>> } | undefined;
  let known: Memory | undefined;
  /** Unconfirmed sign-outs by refresh token. They are sent again with the next sign-out. */
  const revocations = new Map<string, Revocation>();
  let lastSignOut: Revocation | undefined;

  void loading()?.then(() => {
    announced = current();
    changes.emit();
  });

  /** Calls `listener` after each change of the session. */
  function subscribe(listener: () => unknown): () => void {
    return listen(changes, listener);
  }

  /** Calls `listener` with each event, beginning with `INITIAL_SESSION`. */
  function onAuthStateChange(listener: AuthListener): () => void {
    let stop: (() => void) | undefined = () => {
      stop = undefined;
    };
    void Promise.resolve(loading()).then(() => {
      if (!stop) return;
      stop = listen(events, listener);
      const session = current();
      void guard(listener, { type: "INITIAL_SESSION", user: session?.user }, session);
    });
    return () => stop?.();
  }

  /** Follows the changes of others while there are listeners. */
  function listen<Arguments extends unknown[]>(
    listeners: Listeners<Arguments>,
    listener: (...change: Arguments) => unknown,
  ) {
    if (changes.size + events.size === 0) {
      announced = current();
      unsubscribe = storage.subscribe?.(() => void changedElsewhere());
    }
    const remove = listeners.add(listener);
    return () => {
      remove();
      if (changes.size + events.size === 0) unsubscribe?.();
    };
  }

  /** Starts a sign-in or a sign-out. */
  function begin(): Action {
    return ++lastAction;
  }

  /** Transition: a sign-in returned tokens. */
  async function signedIn(tokens: Tokens, remember: boolean, action: Action): Promise<Result<User>> {
    if (loading()) await loading();
    const previous = current();
    const refreshToken =
      isValid(tokens) &&
      (tokens.refresh_token || cookie?.token || (isSameUser(previous, tokens) && previous.refreshToken));
    if (!refreshToken) return failure(invalidResponse(200));
    if (action !== lastAction) {
      revoke(refreshToken);
      return failure(
        new ApiError({ status: 0, type: "Superseded", detail: "Another sign-in or sign-out was started" }),
      );
    }
    const session = createSession(tokens, refreshToken, { id: randomId(), remember });
    startedId = session.id;
    let elsewhere;
    try {
      elsewhere = save(session);
      if (isPromise(elsewhere)) elsewhere = await elsewhere;
    } catch (error) {
      revoke(refreshToken);
      throw error;
    }
    announce();
    for (const replaced of [previous, elsewhere])
      if (replaced && replaced.refreshToken !== refreshToken) revoke(replaced.refreshToken);
    return success(tokens.user);
  }

  /** Transition: the user signs out. */
  async function signOut(everywhere: boolean, options: CallOptions): Promise<SignedOut> {
    begin();
    if (loading()) await loading();
    const session = current();
    if (session) {
      const { accessToken, refreshToken } = session;
      lastSignOut = { accessToken, refreshToken, everywhere };
      revocations.set(refreshToken, lastSignOut);
      end = { type: "SIGNED_OUT", cause: "signOut" };
      const cleared = writeSafely(clear);
      if (cleared) await cleared;
      announce();
    } else if (everywhere && lastSignOut) lastSignOut.everywhere = true;
    return sendRevocations(options);
  }

  /** Returns the session with a valid access token. */
  async function validSession({
    forceRefresh = false,
    signal,
  }: {
    forceRefresh?: boolean;
    signal?: Signal | undefined;
  }): Promise<Result<Session>> {
    if (loading()) await loading();
    const session = current();
    if (!session) return notSignedIn();
    if (!forceRefresh && isFresh(session)) return success(session);
    const refreshed = await refresh(session, signal);
    // Until the token expires, outages of the service go unnoticed.
    const isUsable = !forceRefresh && isSame(current(), session) && now() < session.expiresAt;
    return !refreshed.ok && isUsable && !signal?.aborted ? success(session) : refreshed;
  }

  /** Refreshes the tokens of a `stale` session. Concurrent calls share one request, which no `signal` cancels. */
  async function refresh(stale: Session, signal?: Signal): Promise<Result<Session>> {
    const before = current();
    if (!isSameUser(before, stale)) return notSignedIn();
    if (isNewer(before, stale)) return success(before);
    const { pause, error } = memoryOf(before);
    if (error && pause.isPaused()) return failure(error);
    if (refreshing?.id !== before.id) {
      const result = startRefresh(before).finally(() => {
        if (refreshing?.result === result) refreshing = undefined;
      });
      refreshing = { id: before.id, result };
    }
    return shared(refreshing.result, signal);
  }

  /** Transition: the profile of the user arrived. */
  async function updated(profile: User): Promise<void> {
    const session = current();
    if (session?.user.user_id !== profile.user_id) return;
    const fields = Object.keys(session.user) as (keyof User)[];
    const user = Object.fromEntries(fields.map((field) => [field, profile[field]])) as unknown as User;
    if (isEqual(user, session.user)) return;
    await writeSafely(() => save({ ...session, user }));
    announce();
  }

  /** What is known about a session. */
  function memoryOf({ id }: Session): Memory {
    if (known?.id !== id)
      known = {
        id,
        pause: createBackoff(monotonic, FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
        rejections: new Map(),
      };
    return known;
  }

  /** Refreshes while no other tab does. Listeners are called without the lock, and so may refresh as well. */
  async function startRefresh(stale: Session): Promise<Result<Session>> {
    const work = async () => {
      const before = await reload();
      if (!isSameUser(before, stale)) return notSignedIn();
      // Another tab was faster.
      if (isNewer(before, stale)) return success(before);
      return refreshed(before, await requestTokens(before));
    };
    const result = await (storage.lock?.(work) ?? work());
    announce();
    if (!result.ok && isSame(announced, stale)) emit({ type: "TOKEN_REFRESH_FAILED", error: result.error });
    return result;
  }

  /** Sends the refresh request. Retries once without a response, as after the wake-up of a laptop. */
  async function requestTokens({ refreshToken }: Pick<Session, "refreshToken">): Promise<Result<Tokens>> {
    const deadline = monotonic() + api.timeout;
    const send = async () => {
      const request = { body: { refresh_token: refreshToken }, timeout: deadline - monotonic() };
      const response = await api.call<Tokens>("refresh-token", request);
      return response.ok && !isValid(response.value) ? failure(invalidResponse(200)) : response;
    };
    let response = await send();
    if (errorOf(response)?.type === "NetworkError") {
      await wait(environment, RETRY_DELAY_MS);
      response = await send();
    }
    if (errorOf(response)?.type === "RefreshTokenReuseException") {
      // Another tab has used the refresh token, and has the new tokens or will store them soon.
      storage.requestUpdate?.();
      await wait(environment, CROSS_TAB_GRACE_MS);
    }
    return response;
  }

  /** Transition: the response of a refresh arrived. */
  async function refreshed(before: Session, response: Result<Tokens>): Promise<Result<Session>> {
    const after = await reload();
    const newToken = response.ok && (response.value.refresh_token || cookie?.token);
    // The cookie has the token of the last sign-in.
    const isInUse = newToken === after?.refreshToken;
    if (!isSame(after, before) && endedId() !== before.id) {
      // The user has signed out, or another session has replaced this one.
      if (newToken && !isInUse) revoke(newToken);
      return isSameUser(after, before) ? success(after) : notSignedIn();
    }
    if (after && after.accessToken !== before.accessToken) return success(after);
    const memory = memoryOf(before);
    memory.error = errorOf(response);
    if (response.ok) {
      memory.pause.reset();
      // The cookie may have the token of another user by now.
      const kept = isSameUser(before, response.value) ? before : { id: randomId(), remember: true };
      const session = createSession(response.value, newToken || before.refreshToken, kept);
      await writeSafely(() => save(session));
      return success(session);
    }
    if (isEnd(response.error)) {
      end = { type: "SIGNED_OUT", cause: "sessionEnded", error: response.error };
      await writeSafely(() => saveEnd(before));
    } else {
      memory.pause.fail((response.error.retryAfter ?? 0) * 1000);
      if (response.error.type === "NetworkError") retryOnReconnect(before, memory);
    }
    return response;
  }

  /** Refreshes again when the browser is online or the page visible. */
  function retryOnReconnect(session: Session, memory: Memory): void {
    if (typeof document === "undefined") return;
    const { error } = memory;
    const retry = () => {
      if (document.visibilityState === "hidden") return;
      removeEventListener("online", retry);
      removeEventListener("visibilitychange", retry);
      if (memory.error !== error || !isSame(current(), session)) return;
      memory.error = undefined;
      void refresh(session);
    };
    addEventListener("online", retry);
    addEventListener("visibilitychange", retry);
  }

  /** Revokes a token that is not used any more. */
  function revoke(refreshToken: string): void {
    revocations.set(refreshToken, { refreshToken });
    void sendRevocations({});
  }

  /** Sends the sign-outs that the service has not confirmed. A token stays here until it does. */
  async function sendRevocations(options: CallOptions): Promise<SignedOut> {
    const sent = [...revocations.values()].map((revocation) => (revocation.sending ??= send(revocation, options)));
    const results = await Promise.all(sent);
    return results.find(({ ok }) => !ok) ?? results[0] ?? success({ message: NOT_SIGNED_IN });
  }

  async function send(revocation: Revocation, options: CallOptions): Promise<SignedOut> {
    const { refreshToken, accessToken: token, everywhere = false } = revocation;
    const body = { refresh_token: refreshToken, everywhere };
    const result: SignedOut = await api.call("logout", { ...options, body, token, keepalive: true });
    revocation.sending = undefined;
    const error = errorOf(result);
    if (!error?.isTransient && error?.type !== "AbortError") revocations.delete(refreshToken);
    return result;
  }

  function isFresh({ expiresAt, lifetime }: Session): boolean {
    return now() < expiresAt - Math.min(lifetime * REFRESH_MARGIN, LONGEST_REFRESH_MARGIN_MS);
  }

  /** Whether another tab has already refreshed a `stale` session. */
  function isNewer(session: Session, stale: Session): boolean {
    return session.accessToken !== stale.accessToken && isFresh(session);
  }

  function createSession(
    tokens: Tokens,
    refreshToken: string,
    { id, remember }: Pick<Session, "id" | "remember">,
  ): Session {
    const { access_token: accessToken, expires_in, user } = tokens;
    const lifetime = expires_in * 1000;
    return { id, accessToken, refreshToken, user, expiresAt: now() + lifetime, lifetime, remember };
  }

  /** Transition: another tab or another client has changed the storage. */
  async function changedElsewhere(): Promise<void> {
    if (isAsync) await reload();
    announce();
  }

  /** Compares the session with the one that the listeners know, and sends the events of the difference. */
  function announce(): void {
    const before = announced;
    const session = current();
    announced = session;

    const found: AuthChange[] = [];
    if (before && !session) found.push(end ?? { type: "SIGNED_OUT", cause: "otherTab" });
    end = undefined;
    if (session && session.id !== before?.id) {
      if (before && !isSameUser(session, before)) found.push({ type: "SIGNED_OUT", cause: "replaced" });
      found.push({ type: "SIGNED_IN", cause: session.id === startedId ? "signIn" : "otherTab" });
    } else if (before && session) {
      if (before.accessToken !== session.accessToken) found.push({ type: "TOKEN_REFRESHED" });
      if (!isEqual(before.user, session.user)) found.push({ type: "USER_UPDATED" });
    }
    if (found.length > 0) changes.emit();
    for (const change of found) emit(change);
  }

  function emit(change: AuthChange): void {
    const { type, cause, error } = change as { type: string; cause?: string; error?: ApiError };
    const session = cause === "replaced" ? undefined : current();
    api.debug(type, { cause, error: error?.type });
    events.emit({ ...change, user: session?.user } as AuthEvent, session);
  }

  return {
    current,
    loading,
    subscribe,
    onAuthStateChange,
    begin,
    signedIn,
    signOut,
    validSession,
    refresh,
    updated,
    memoryOf,
  };
}

/** Changes the storage. A failure is reported, and stops nothing. */
function writeSafely(write: () => MaybePromise<unknown>): Promise<unknown> | undefined {
  try {
    const changed = write();
    return isPromise(changed) ? changed.catch(report) : undefined;
  } catch (error) {
    report(error);
    return undefined;
  }
}

/** Shares the result of one request among callers, each of whom may cancel its own waiting. */
export function shared<Value>(result: Promise<Result<Value>>, signal: Signal | undefined): Promise<Result<Value>> {
  return signal ? withDeadline(() => result, { signal }).catch((cause: unknown) => failure(noResponse(cause))) : result;
}

function errorOf(result: Result<unknown>): ApiError | undefined {
  return result.ok ? undefined : result.error;
}

/** Whether two sessions are the same one, perhaps with other tokens. */
function isSame(session: Session | undefined, other: Session | undefined): session is Session {
  return session !== undefined && session.id === other?.id;
}

function isSameUser(session: Session | undefined, other: { user: User }): session is Session {
  return session?.user.user_id === other.user.user_id;
}

/** Only a 401 of the service ends a session: 429, 503, pages of proxies and network errors say nothing about it. */
export function isEnd({ status, isTransient }: ApiError): boolean {
  return status === 401 && !isTransient;
}

/** Rejects a 200 without tokens, such as a captive portal's page. */
function isValid(tokens: Tokens): boolean {
  return Boolean(tokens.access_token && tokens.user?.user_id && tokens.expires_in > 0);
}

/** Error of calls that need a signed-in user. No request is sent. */
export function notSignedIn() {
  return failure(new ApiError({ status: 401, type: "NotSignedIn", detail: NOT_SIGNED_IN }));
}

function randomId(): string {
  return Math.random().toString(36).slice(2);
}
