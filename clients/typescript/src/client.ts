import { Api, type ApiOptions, type CallOptions } from "./api.js";
import type { ResponseBody, RequestBody, GetRoute, PostRoute, Profile, Tokens, User } from "./contract.js";
import { type Result, failure, invalidResponse, success } from "./error.js";
import { type Environment, type FetchFunction, PLATFORM, type Signal, createBackoff } from "./platform.js";
import { type SessionManager, isEnd, manageSession, notSignedIn, shared } from "./session.js";
import { type Storage, memoryStorage } from "./storage.js";

/** Options of a {@link Client}. */
export interface Options extends ApiOptions {
  /** Storage of the session. Defaults to memory. */
  storage?: Storage | undefined;
  /** URL of your own API, for relative URLs of {@link Client.fetch}. Defaults to the URL of the page. */
  baseUrl?: string | undefined;
  /** Origins to which {@link Client.fetch} may send the token, such as `https://orders.example.org`. Defaults to all. */
  allowedOrigins?: readonly string[] | undefined;
  /** Sends requests. Defaults to the global `fetch`. */
  fetch?: FetchFunction | undefined;
  /** Clocks, for tests. */
  now?: Environment["now"] | undefined;
  monotonic?: Environment["monotonic"] | undefined;
  schedule?: Environment["schedule"] | undefined;
}

/** Options of {@link Client.signOut}. */
export interface SignOutOptions extends CallOptions {
  /** Whether to sign out on all devices. */
  everywhere?: boolean;
  /** Ignored. With this field an event is accepted too, as in `onClick={client.signOut}`. */
  readonly type?: string;
}

/** Time for which a result of `me` is reused, also if it is an error. */
const PROFILE_TTL_MS = 5_000;

/** First time without refreshes because of 401, after a fresh token was rejected as well. */
const REJECTION_PAUSE_MS = 10_000;

/** Longest time without refreshes because of 401. */
const LONGEST_REJECTION_PAUSE_MS = 3_600_000;

/** Session of a user with the API. Its methods can be passed on, such as `onClick={client.signOut}`. */
export class Client {
  readonly #api: Api;
  readonly #environment: Environment;
  readonly #manager: SessionManager;
  readonly #options: Options;

  /**
   * Calls a listener with the events of the session, also of other tabs, beginning with `INITIAL_SESSION`. Returns a
   * function to unsubscribe.
   */
  readonly onAuthStateChange: SessionManager["onAuthStateChange"];

  /** Calls a listener when {@link user} may have changed, for `useSyncExternalStore`. Returns a function to unsubscribe. */
  readonly subscribe: SessionManager["subscribe"];

  /** Creates a client of the API at `url`, such as `https://api.example.org`. */
  constructor(url: string, options: Options = {}) {
    const {
      fetch = PLATFORM.fetch,
      now = PLATFORM.now,
      monotonic = PLATFORM.monotonic,
      schedule = PLATFORM.schedule,
      storage = memoryStorage(),
    } = options;
    this.#environment = { fetch, now, monotonic, schedule };
    this.#options = options;
    this.#api = new Api(url, this.#environment, options, storage.cookie);
    this.#manager = manageSession(this.#api, this.#environment, storage);
    this.onAuthStateChange = this.#manager.onAuthStateChange;
    this.subscribe = this.#manager.subscribe;
  }

  /** The signed-in user. Sends no request. */
  get user(): User | undefined {
    return this.#manager.current()?.user;
  }

  /** Whether an asynchronous storage is still being loaded, and {@link user} is not known. */
  get isLoading(): boolean {
    return this.#manager.loading() !== undefined;
  }

  /** Starts a sign-in, and returns a function that keeps its tokens unless a later sign-in or sign-out was started. */
  readonly beginSignIn = (): ((tokens: Tokens, remember?: boolean) => Promise<Result<User>>) => {
    const action = this.#manager.begin();
    return (tokens, remember = false) => this.#manager.signedIn(tokens, remember, action);
  };

  /** Keeps the tokens of a sign-in that the program made itself. Rejects tokens without a refresh token. */
  readonly keep = async (tokens: Tokens, remember = false): Promise<void> => {
    const kept = await this.beginSignIn()(tokens, remember);
    if (!kept.ok) throw kept.error;
  };

  /** Returns a valid access token. Refreshes it if it expires soon, or with `forceRefresh` now. */
  readonly accessToken = async (
    options: { forceRefresh?: boolean; signal?: Signal | undefined } = {},
  ): Promise<Result<string>> => {
    const session = await this.#manager.validSession(options);
    return session.ok ? success(session.value.accessToken) : session;
  };

  /** Calls a route without an access token: POST, or GET without a `body`. */
  readonly call: RouteCall = (route: string, body?: object, options?: CallOptions) =>
    this.#api.call<never>(route, { ...options, body });

  /** Calls a route with the access token of the signed-in user: POST, or GET without a `body`. */
  readonly callSignedIn: RouteCall = async (route: string, body?: object, options?: CallOptions) => {
    const response = await this.#withToken(
      "",
      (token) => this.#api.call<never>(route, { ...options, body, token }),
      (response) => !response.ok && isEnd(response.error),
      options?.signal,
    );
    return response.ok ? response.value : response;
  };

  /**
   * `fetch` with the user's access token, for your own API. If no user is signed in, sends the request without a token.
   * Rejects like `fetch`, and with an `ApiError` if the token cannot be refreshed because of a transient failure.
   */
  readonly fetch: FetchFunction = async (input, init) => {
    const { fetch } = this.#environment;
    const request = typeof Request === "function" && input instanceof Request ? input : undefined;
    const url = new URL(request?.url ?? String(input), this.#options.baseUrl ?? globalThis.location?.href);
    if (this.#options.allowedOrigins?.includes(url.origin) === false)
      throw new TypeError(`${url.origin} is not one of allowedOrigins`);

    let last: Response | undefined;
    const send = async (token?: string) => {
      const headers = new Headers(init?.headers ?? request?.headers);
      if (token) headers.set("authorization", `Bearer ${token}`);
      // Otherwise the connection of the first response would stay open.
      void last?.body?.cancel().catch(() => {});
      last = await fetch(request?.clone() ?? url.href, { ...init, headers });
      return last;
    };
    // A stream can be sent only once.
    const isStream = typeof ReadableStream === "function" && init?.body instanceof ReadableStream;
    const signal = init?.signal ?? request?.signal;
    const response = await this.#withToken(url.origin, send, ({ status }) => status === 401 && !isStream, signal);
    if (response.ok) return response.value;
    if (signal?.aborted) throw signal.reason ?? response.error;
    if (!isEnd(response.error)) throw response.error;
    return last ?? send();
  };

  /**
   * Returns the user's profile from the service. Reuses the result for five seconds, so that pages cannot cause request
   * loops. With `forceRefresh` requests it now, as after a change.
   */
  readonly me = async ({ signal, forceRefresh }: { signal?: Signal | undefined; forceRefresh?: boolean } = {}): Promise<
    Result<Profile>
  > => {
    await this.#manager.loading();
    const session = this.#manager.current();
    if (!session) return notSignedIn();
    const memory = this.#manager.memoryOf(session);
    const clock = this.#environment.monotonic;
    if (forceRefresh || !memory.profile || clock() >= memory.profile.until) {
      const request = async () => {
        const result = await this.callSignedIn("me");
        // Otherwise a later request has already returned.
        const isLatest = memory.profile!.until === Infinity;
        profile.until = clock() + PROFILE_TTL_MS;
        if (!result.ok) return result;
        if (!result.value.user_id) return failure(invalidResponse(200));
        if (isLatest) await this.#manager.updated(result.value);
        return result;
      };
      const profile = { until: Infinity, result: request() };
      memory.profile = profile;
    }
    return shared(memory.profile.result, signal);
  };

  /**
   * Signs out, with `everywhere` on all devices. Deletes the local session first, also if the service cannot be reached.
   * After an error, call it again to revoke the token.
   */
  readonly signOut = ({ everywhere = false, signal, headers }: SignOutOptions = {}): Promise<
    Result<ResponseBody<"logout">>
  > => this.#manager.signOut(everywhere, { signal, headers });

  /** Sends a request with the token. If the token is rejected, refreshes it and retries once. */
  async #withToken<Response>(
    origin: string,
    send: (token: string) => Promise<Response>,
    isRejected: (response: Response) => boolean,
    signal: Signal | undefined,
  ): Promise<Result<Response>> {
    const session = await this.#manager.validSession({ signal });
    if (!session.ok) return session;
    const { rejections } = this.#manager.memoryOf(session.value);
    const first = await send(session.value.accessToken);
    if (!isRejected(first)) {
      rejections.delete(origin);
      return success(first);
    }
    const pause =
      rejections.get(origin) ??
      createBackoff(this.#environment.monotonic, REJECTION_PAUSE_MS, LONGEST_REJECTION_PAUSE_MS);
    if (pause.isPaused()) return success(first);
    const renewed = await this.#manager.refresh(session.value, signal);
    if (!renewed.ok) return renewed;
    const second = await send(renewed.value.accessToken);
    if (isRejected(second)) {
      // Concurrent requests count once.
      if (!pause.isPaused()) pause.fail();
      rejections.set(origin, pause);
    } else rejections.delete(origin);
    return success(second);
  }
}

/** Call of a route: POST, or GET without a body. */
export interface RouteCall {
  <Route extends GetRoute>(route: Route, body?: undefined, options?: CallOptions): Promise<Result<ResponseBody<Route>>>;
  <Route extends PostRoute>(
    route: Route,
    body: RequestBody<Route>,
    options?: CallOptions,
  ): Promise<Result<ResponseBody<Route>>>;
}
