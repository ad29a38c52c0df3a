import { Api, type World } from "./api.js";
import type { Answer, Body, GetRoute, PostRoute, Profile, Tokens, User } from "./contract.js";
import { ApiError, type Result, failure, notUnderstood, success } from "./error.js";
import { type Session, type Storage, memoryStorage } from "./storage.js";

/** How a {@link Client} is made. */
export interface Options extends Partial<World> {
  /** Where the session is kept; in memory unless given. */
  storage?: Storage;
}

/** How soon before its end an access token is exchanged: a tenth of its lifetime, and a minute at most. */
const MARGIN = { share: 0.1, most: 60_000 };

/** For how long an answer of `me` is given again, whatever it was. */
const ME_IS_KEPT = 5_000;

/** For how long no token is exchanged because of a 401, once a fresh one was refused as well. */
const IN_VAIN = 10_000;

/** How long another tab may take to write down what it got for the refresh token that we had too. */
const OTHER_TAB_WRITES = 1_000;

/** One person's session with the API. */
export class Client {
  readonly #api: Api;
  readonly #world: World;
  readonly #storage: Storage;
  readonly #listeners = new Set<() => void>();
  #unsubscribe: (() => void) | undefined;
  #refreshing: { of: string; answer: Promise<Result<Session>> } | undefined;
  #inVainUntil = 0;
  #me: { of: string | undefined; until: number; answer: Promise<Result<Profile>> } | undefined;

  /** A client of the API at `url`, such as `https://api.example.org`. */
  constructor(url: string, { storage = memoryStorage(), ...world }: Options = {}) {
    this.#world = {
      fetch: (input, init) => fetch(input, init),
      now: Date.now,
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      ...world,
    };
    this.#api = new Api(url, this.#world);
    this.#storage = storage;
  }

  /** Who is signed in. It asks nobody, so that it can be looked at as often as one likes. */
  get user(): User | undefined {
    return this.#storage.load()?.user;
  }

  /** Calls `listener` whenever {@link user} may have changed, in another tab too, until what is returned is called. */
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

  /** Keeps what a sign-in gave. */
  keep(tokens: Tokens, remember: boolean): void {
    this.#save(tokens, tokens.refresh_token ?? "", remember);
  }

  /** An access token that is good for a while yet. */
  async accessToken(): Promise<Result<string>> {
    const session = await this.#session();
    return session.ok ? success(session.value.accessToken) : session;
  }

  /** Asks a route of the API that wants nobody to be signed in. */
  call<Route extends PostRoute>(route: Route, body: Body<Route>): Promise<Result<Answer<Route>>> {
    return this.#api.call(route, body);
  }

  /** Asks a route of the API as the person who is signed in, with GET where there is no `body`. */
  async callSignedIn<Route extends GetRoute>(route: Route): Promise<Result<Answer<Route>>>;
  async callSignedIn<Route extends PostRoute>(route: Route, body: Body<Route>): Promise<Result<Answer<Route>>>;
  async callSignedIn<Route extends GetRoute | PostRoute>(route: Route, body?: object): Promise<Result<Answer<Route>>> {
    const asked = await this.#withToken(
      (token) => this.#api.call<Answer<Route>>(route, body, token),
      (answer) => !answer.ok && answer.error.status === 401,
    );
    return asked.ok ? asked.value : asked;
  }

  /**
   * `fetch` with the person's access token, for your own API. Without a person it asks without a token. It rejects where
   * `fetch` would, and with an {@link ApiError} where a token could not be renewed for the time being.
   */
  async fetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const send = (token?: string) => {
      const headers = new Headers(init.headers);
      if (token) headers.set("authorization", `Bearer ${token}`);
      return this.#world.fetch(input, { ...init, headers });
    };
    // A stream is gone once it was sent.
    const isOnce = init.body instanceof ReadableStream;
    const asked = await this.#withToken(send, (response) => response.status === 401 && !isOnce);
    if (asked.ok) return asked.value;
    if (asked.error.status !== 401) throw asked.error;
    return send();
  }

  /** What the service says of the person. Asked again within five seconds, it says the same: no page can loop. */
  me(): Promise<Result<Profile>> {
    const of = this.user?.user_id;
    if (this.#me?.of === of && this.#me && this.#world.now() < this.#me.until) return this.#me.answer;
    const me = { of, until: Infinity, answer: this.callSignedIn("me") };
    this.#me = me;
    void me.answer.finally(() => {
      me.until = this.#world.now() + ME_IS_KEPT;
    });
    return me.answer;
  }

  /** Signs out: here at once and in any case, and at the service as soon as it hears of it; with `everywhere`, on every device. */
  async signOut({ everywhere = false } = {}): Promise<Result<Answer<"logout">>> {
    const session = this.#storage.load();
    if (!session) return success({ message: "Nobody was signed in" });
    // The service would refresh an expired access token too, but returns 200 if that fails.
    const fresh = everywhere ? await this.#session() : success(session);
    const last = fresh.ok ? fresh.value : session;
    this.#clear();
    const answer = await this.#api.call<Answer<"logout">>("logout", { refresh_token: last.refreshToken, everywhere }, last.accessToken);
    return fresh.ok ? answer : fresh;
  }

  /** The session, with an access token that is good for a while yet. */
  async #session(): Promise<Result<Session>> {
    const session = this.#storage.load();
    if (!session) return notSignedIn();
    if (this.#isFresh(session)) return success(session);
    const refreshed = await this.#refresh(session);
    // The margin is there for this: nobody notices that the service was away for a moment.
    const isStillGood = !refreshed.ok && refreshed.error.status !== 401 && this.#world.now() < session.expiresAt;
    return isStillGood ? success(session) : refreshed;
  }

  /** Sends with a token; where that is refused, refreshes it once, and sends once more. */
  async #withToken<Answered>(send: (token: string) => Promise<Answered>, isRefused: (answer: Answered) => boolean): Promise<Result<Answered>> {
    const session = await this.#session();
    if (!session.ok) return session;
    const first = await send(session.value.accessToken);
    if (!isRefused(first) || this.#world.now() < this.#inVainUntil) return success(first);
    const renewed = await this.#refresh(session.value);
    if (!renewed.ok) return renewed;
    const second = await send(renewed.value.accessToken);
    if (isRefused(second)) this.#inVainUntil = this.#world.now() + IN_VAIN;
    return success(second);
  }

  /** Exchanges the access token of `spent`, in one flight for all who ask for the same person. */
  async #refresh(spent: Session): Promise<Result<Session>> {
    const before = this.#storage.load();
    if (!isOfSamePerson(before, spent)) return notSignedIn();
    // Another tab was faster.
    if (before.accessToken !== spent.accessToken && this.#isFresh(before)) return success(before);
    if (this.#refreshing?.of !== before.refreshToken) {
      const answer = this.#exchange(before).finally(() => {
        if (this.#refreshing?.answer === answer) this.#refreshing = undefined;
      });
      this.#refreshing = { of: before.refreshToken, answer };
    }
    return this.#refreshing.answer;
  }

  /** Looks afterwards, too, whether another tab was faster, since no lock keeps the tabs out of each other's way. */
  async #exchange(before: Session): Promise<Result<Session>> {
    const answer = tokensOnly(await this.#api.call<Tokens>("refresh-token", { refresh_token: before.refreshToken }));
    // Another tab has used it, and is about to write down what it got.
    if (!answer.ok && answer.error.type === "RefreshTokenReuseException") await this.#world.wait(OTHER_TAB_WRITES);

    const after = this.#storage.load();
    if (!isOfSamePerson(after, before)) {
      // They have signed out in the meantime, and with them goes what has just come.
      if (answer.ok && answer.value.refresh_token) await this.call("logout", { refresh_token: answer.value.refresh_token });
      return notSignedIn();
    }
    if (after.accessToken !== before.accessToken) return success(after);
    if (answer.ok) return success(this.#save(answer.value, answer.value.refresh_token ?? before.refreshToken, before.remember));
    // Nothing else says that the session has ended: not 429, not 503, not a train in a tunnel.
    if (answer.error.status === 401) this.#clear();
    return answer;
  }

  #isFresh({ expiresAt, lifetime }: Session): boolean {
    return this.#world.now() < expiresAt - Math.min(lifetime * MARGIN.share, MARGIN.most);
  }

  #save({ access_token, expires_in, user }: Tokens, refreshToken: string, remember: boolean): Session {
    const lifetime = expires_in * 1000;
    const session = { accessToken: access_token, refreshToken, user, expiresAt: this.#world.now() + lifetime, lifetime, remember };
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

function isOfSamePerson(session: Session | undefined, other: Session): session is Session {
  return session?.user.user_id === other.user.user_id;
}

/** Somebody else's 200, such as that of a hotel's network, is no answer. */
function tokensOnly(answer: Result<Tokens>): Result<Tokens> {
  return answer.ok && !answer.value.access_token ? failure(notUnderstood(200)) : answer;
}

/** What one is told who asks for something of a person while nobody is signed in; nobody is asked for that. */
function notSignedIn() {
  return failure(new ApiError({ status: 401, type: "NotSignedIn", detail: "Nobody is signed in" }));
}
