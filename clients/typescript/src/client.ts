import { Api, type Environment } from "./api.js";
import type { ResponseBody, RequestBody, GetRoute, PostRoute, Profile, Tokens, User } from "./contract.js";
import { ApiError, type Result, failure, invalidResponse, success } from "./error.js";
import { type Session, type Storage, memoryStorage } from "./storage.js";

/** Options of a {@link Client}. */
export interface Options extends Partial<Environment> {
  /** Storage of the session. Defaults to memory. */
  storage?: Storage;
}

/** Time before its expiry at which an access token is refreshed: a share of its lifetime, with a maximum in milliseconds. */
const REFRESH_MARGIN = { share: 0.1, max: 60_000 };

/** Time for which a result of `me` is reused, also if it is an error. */
const PROFILE_TTL_MS = 5_000;

/** Time without refreshes because of a 401, after a fresh token was rejected as well. */
const REFRESH_COOLDOWN_MS = 10_000;

/** Time for another tab to store the tokens that it received for the same refresh token. */
const CROSS_TAB_GRACE_MS = 1_000;

/** Session of a user with the API. */
export class Client {
  readonly #api: Api;
  readonly #environment: Environment;
  readonly #storage: Storage;
  readonly #listeners = new Set<() => void>();
  #unsubscribe: (() => void) | undefined;
  #refreshing: { of: string; answer: Promise<Result<Session>> } | undefined;
  #refreshBlockedUntil = 0;
  #me: { of: string | undefined; until: number; answer: Promise<Result<Profile>> } | undefined;

  /** Creates a client of the API at `url`, such as `https://api.example.org`. */
  constructor(url: string, { storage = memoryStorage(), ...environment }: Options = {}) {
    this.#environment = {
      fetch: (input, init) => fetch(input, init),
      now: Date.now,
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      ...environment,
    };
    this.#api = new Api(url, this.#environment);
    this.#storage = storage;
  }

  /** The signed-in user. Sends no request. */
  get user(): User | undefined {
    return this.#storage.load()?.user;
  }

  /** Calls `listener` when {@link user} may have changed, also in another tab. Call the returned function to unsubscribe. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#unsubscribe ??= this.#storage.subscribe?.(this.#changed);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    };
  };

  /** Stores the tokens of a sign-in. */
  keep(tokens: Tokens, remember: boolean): void {
    this.#save(tokens, tokens.refresh_token ?? "", remember);
  }

  /** Returns a valid access token. Refreshes it if it expires soon. */
  async accessToken(): Promise<Result<string>> {
    const session = await this.#session();
    return session.ok ? success(session.value.accessToken) : session;
  }

  /** Calls a route without an access token. */
  call<Route extends PostRoute>(route: Route, body: RequestBody<Route>): Promise<Result<ResponseBody<Route>>> {
    return this.#api.call(route, body);
  }

  /** Calls a route with the access token of the signed-in user: POST, or GET without a `body`. */
  async callSignedIn<Route extends GetRoute>(route: Route): Promise<Result<ResponseBody<Route>>>;
  async callSignedIn<Route extends PostRoute>(
    route: Route,
    body: RequestBody<Route>,
  ): Promise<Result<ResponseBody<Route>>>;
  async callSignedIn<Route extends GetRoute | PostRoute>(
    route: Route,
    body?: object,
  ): Promise<Result<ResponseBody<Route>>> {
    const response = await this.#withToken(
      (token) => this.#api.call<ResponseBody<Route>>(route, body, token),
      (answer) => !answer.ok && answer.error.status === 401,
    );
    return response.ok ? response.value : response;
  }

  /**
   * `fetch` with the user's access token, for your own API. If no user is signed in, sends the request without a token.
   * Rejects like `fetch`, and with an {@link ApiError} if the token cannot be refreshed because of a transient failure.
   */
  async fetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const send = (token?: string) => {
      const headers = new Headers(init.headers);
      if (token) headers.set("authorization", `Bearer ${token}`);
      return this.#environment.fetch(input, { ...init, headers });
    };
    // A stream can be sent only once.
    const isStream = init.body instanceof ReadableStream;
    const response = await this.#withToken(send, ({ status }) => status === 401 && !isStream);
    if (response.ok) return response.value;
    if (response.error.status !== 401) throw response.error;
    return send();
  }

  /** Returns the user's profile from the service. Reuses the result for five seconds, so that pages cannot cause request loops. */
  me(): Promise<Result<Profile>> {
    const of = this.user?.user_id;
    if (this.#me?.of === of && this.#me && this.#environment.now() < this.#me.until) return this.#me.answer;
    const me = { of, until: Infinity, answer: this.callSignedIn("me") };
    this.#me = me;
    void me.answer.finally(() => {
      me.until = this.#environment.now() + PROFILE_TTL_MS;
    });
    return me.answer;
  }

  /** Signs out, with `everywhere` on all devices. Deletes the local session first, also if the service cannot be reached. */
  async signOut({ everywhere = false } = {}): Promise<Result<ResponseBody<"logout">>> {
    const session = this.#storage.load();
    if (!session) return success({ message: "No user was signed in" });
    // The service would refresh an expired access token too, but returns 200 if that fails.
    const fresh = everywhere ? await this.#session() : success(session);
    const last = fresh.ok ? fresh.value : session;
    this.#clear();
    const answer = await this.#api.call<ResponseBody<"logout">>(
      "logout",
      { refresh_token: last.refreshToken, everywhere },
      last.accessToken,
    );
    return fresh.ok ? answer : fresh;
  }

  /** Returns the session with a valid access token. */
  async #session(): Promise<Result<Session>> {
    const session = this.#storage.load();
    if (!session) return notSignedIn();
    if (this.#isFresh(session)) return success(session);
    const refreshed = await this.#refresh(session);
    // During the refresh margin, outages of the service go unnoticed.
    const isStillValid = !refreshed.ok && refreshed.error.status !== 401 && this.#environment.now() < session.expiresAt;
    return isStillValid ? success(session) : refreshed;
  }

  /** Sends a request with the token. If the token is rejected, refreshes it and retries once. */
  async #withToken<Answered>(
    send: (token: string) => Promise<Answered>,
    isRejected: (response: Answered) => boolean,
  ): Promise<Result<Answered>> {
    const session = await this.#session();
    if (!session.ok) return session;
    const first = await send(session.value.accessToken);
    if (!isRejected(first) || this.#environment.now() < this.#refreshBlockedUntil) return success(first);
    const renewed = await this.#refresh(session.value);
    if (!renewed.ok) return renewed;
    const second = await send(renewed.value.accessToken);
    if (isRejected(second)) this.#refreshBlockedUntil = this.#environment.now() + REFRESH_COOLDOWN_MS;
    return success(second);
  }

  /** Refreshes the tokens of a `stale` session. Concurrent calls for the same user share one request. */
  async #refresh(stale: Session): Promise<Result<Session>> {
    const before = this.#storage.load();
    if (!isSameUser(before, stale)) return notSignedIn();
    // Another tab has already refreshed the token.
    if (before.accessToken !== stale.accessToken && this.#isFresh(before)) return success(before);
    if (this.#refreshing?.of !== before.refreshToken) {
      const answer = this.#exchange(before).finally(() => {
        if (this.#refreshing?.answer === answer) this.#refreshing = undefined;
      });
      this.#refreshing = { of: before.refreshToken, answer };
    }
    return this.#refreshing.answer;
  }

  /** Sends the refresh request. Checks afterwards whether another tab was faster, because there is no lock between tabs. */
  async #exchange(before: Session): Promise<Result<Session>> {
    const answer = tokensOnly(await this.#api.call<Tokens>("refresh-token", { refresh_token: before.refreshToken }));
    // Another tab has used the refresh token, and will store the new tokens soon.
    if (!answer.ok && answer.error.type === "RefreshTokenReuseException")
      await this.#environment.wait(CROSS_TAB_GRACE_MS);

    const after = this.#storage.load();
    if (!isSameUser(after, before)) {
      // The user has signed out in the meantime, so the new refresh token is revoked.
      if (answer.ok && answer.value.refresh_token)
        await this.call("logout", { refresh_token: answer.value.refresh_token });
      return notSignedIn();
    }
    if (after.accessToken !== before.accessToken) return success(after);
    if (answer.ok)
      return success(this.#save(answer.value, answer.value.refresh_token ?? before.refreshToken, before.remember));
    // Only 401 means that the session has ended. 429, 503 and network errors do not.
    if (answer.error.status === 401) this.#clear();
    return answer;
  }

  #isFresh({ expiresAt, lifetime }: Session): boolean {
    return this.#environment.now() < expiresAt - Math.min(lifetime * REFRESH_MARGIN.share, REFRESH_MARGIN.max);
  }

  #save({ access_token, expires_in, user }: Tokens, refreshToken: string, remember: boolean): Session {
    const lifetime = expires_in * 1000;
    const session = {
      accessToken: access_token,
      refreshToken,
      user,
      expiresAt: this.#environment.now() + lifetime,
      lifetime,
      remember,
    };
    this.#storage.save(session);
    this.#changed();
    return session;
  }

  #clear(): void {
    this.#storage.clear();
    this.#changed();
  }

  readonly #changed = (): void => {
    for (const listener of this.#listeners) listener();
  };
}

function isSameUser(session: Session | undefined, other: Session): session is Session {
  return session?.user.user_id === other.user.user_id;
}

/** Rejects a 200 without tokens, such as a captive portal's page. */
function tokensOnly(answer: Result<Tokens>): Result<Tokens> {
  return answer.ok && !answer.value.access_token ? failure(invalidResponse(200)) : answer;
}

/** Error of calls that need a signed-in user. No request is sent. */
function notSignedIn() {
  return failure(new ApiError({ status: 401, type: "NotSignedIn", detail: "No user is signed in" }));
}
