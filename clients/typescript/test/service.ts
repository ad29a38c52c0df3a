import { Client, type Options, type Session, type Storage, type Tokens } from "../src/index.js";

/** Request that was sent. */
export interface Sent {
  route: string;
  method: string;
  token: string | null;
  headers: Headers;
  body: Record<string, unknown>;
  init: RequestInit;
}

/** Response, or a function that returns or rejects one. */
export type Reply = Response | (() => Response | Promise<Response>);

/** Fake of the service, with clocks that tests advance. */
export class Service {
  /** Time of day. Tests may set it back. */
  now = 1_800_000_000_000;
  /** Clock that never jumps. */
  elapsed = 0;
  readonly sent: Sent[] = [];
  readonly #replies = new Map<string, Reply[]>();
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  /** Sets the replies for `route`, in order. The last one is repeated. */
  on(route: string, ...replies: Reply[]): this {
    this.#replies.set(route, replies);
    return this;
  }

  client(options: Options = {}): Client {
    return new Client("https://api.example.org/", {
      fetch: (input, init) => this.respond(input, init ?? {}),
      now: () => this.now,
      monotonic: () => this.elapsed,
      schedule: (callback, milliseconds) => this.schedule(callback, milliseconds),
      ...options,
    });
  }

  /** Client with a user who has just signed in. */
  signedIn(options: Options & { remember?: boolean } = {}): Client {
    const client = this.client(options);
    void client.keep(tokens(), options.remember ?? false);
    return client;
  }

  /** Requested routes, in order. */
  get routes(): string[] {
    return this.sent.map(({ route }) => route);
  }

  /** Advances the clocks, and calls what was scheduled for the time in between. */
  pass(seconds: number): void {
    const end = this.elapsed + seconds * 1000;
    for (let timer = this.#next(); timer && timer.at <= end; timer = this.#next()) {
      this.#advance(timer.at);
      this.#timers.delete(timer);
      timer.callback();
    }
    this.#advance(end);
  }

  /** Awaits `work`, and advances the clocks to the next timer whenever it waits. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    for (;;) {
      await idle();
      if (isDone) return work;
      const timer = this.#next();
      if (timer) this.pass((timer.at - this.elapsed) / 1000);
    }
  }

  /** Reply that arrives after some seconds. */
  after(seconds: number, reply: Reply): Reply {
    return async () => {
      await new Promise<void>((resolve) => this.schedule(resolve, seconds * 1000));
      return replyOf(reply);
    };
  }

  schedule(callback: () => void, milliseconds: number): () => void {
    const timer = { at: this.elapsed + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next() {
    return [...this.#timers].sort((one, other) => one.at - other.at)[0];
  }

  #advance(to: number): void {
    this.now += to - this.elapsed;
    this.elapsed = to;
  }

  /** Responds to a request, unless its signal aborts before. */
  async respond(input: string | URL | Request, init: RequestInit): Promise<Response> {
    const request = typeof input === "string" || input instanceof URL ? undefined : input;
    const url = new URL(request?.url ?? String(input));
    const route = url.pathname.replace("/api/auth/", "");
    const headers = new Headers(init.headers ?? request?.headers);
    const text = request && init.body === undefined ? await request.text() : init.body;
    this.sent.push({
      route,
      method: init.method ?? request?.method ?? "GET",
      token: headers.get("authorization")?.replace("Bearer ", "") ?? null,
      headers,
      body: typeof text === "string" && text ? (JSON.parse(text) as Record<string, unknown>) : {},
      init,
    });
    const replies = this.#replies.get(route) ?? [];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (!reply) throw new TypeError(`no reply is set for ${route}`);
    const signal = init.signal ?? request?.signal;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
      replyOf(reply).then(resolve, reject);
    });
  }
}

async function replyOf(reply: Reply): Promise<Response> {
  return typeof reply === "function" ? reply() : reply.clone();
}

/** Waits until only timers and requests are pending. */
export function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export const USER = {
  user_id: "b7d8f6e4",
  email: "user@igad.int",
  role: "user",
  name: "John Doe",
  is_admin: false,
} as const;

export function tokens(changes: Partial<Tokens> = {}): Tokens {
  return {
    access_token: "access-1",
    refresh_token: "refresh-1",
    token_type: "bearer",
    user: USER,
    expires_in: 3600,
    ...changes,
  };
}

export function json(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}

/** Error response of a function. */
export function errorResponse(
  status: number,
  type: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return json({ detail }, status, { "x-amzn-errortype": type, "x-request-id": "request-1", ...headers });
}

export const REFRESHED = () => json({ ...tokens({ access_token: "access-2" }), refresh_token: undefined });
export const EXPIRED = () => errorResponse(401, "NotAuthorizedException", "Token has expired");
export const REVOKED = () => errorResponse(401, "NotAuthorizedException", "Invalid refresh token");
export const UNAVAILABLE = () =>
  errorResponse(503, "ServiceUnavailableException", "Token refresh failed: identity provider unavailable");
export const OFFLINE = () => Promise.reject(new TypeError("fetch failed"));

export const LOGGED_OUT = () => json({ message: "Logged out successfully" });
export const PROFILE = { ...USER, username: "b7d8f6e4", email_verified: true };

/** Storage that several clients share, like tabs. */
export function sharedStorage(): Storage & { session: Session | undefined } {
  const storage = {
    session: undefined as Session | undefined,
    load: () => storage.session,
    save: (session: Session) => {
      storage.session = session;
    },
    clear: () => {
      storage.session = undefined;
    },
  };
  return storage;
}
