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

/** Fake of the service, with a clock that tests advance. */
export class Service {
  now = 1_800_000_000_000;
  readonly sent: Sent[] = [];
  readonly waits: number[] = [];
  /** Called during each wait. */
  whileWaiting: () => void = () => {};
  readonly #replies = new Map<string, Reply[]>();

  /** Sets the replies for `route`, in order. The last one is repeated. */
  on(route: string, ...replies: Reply[]): this {
    this.#replies.set(route, replies);
    return this;
  }

  client(options: Options = {}): Client {
    return new Client("https://api.example.org/", {
      fetch: (input, init) => this.#respond(input as string | URL, init ?? {}),
      now: () => this.now,
      wait: (milliseconds) => {
        this.waits.push(milliseconds);
        this.whileWaiting();
        return Promise.resolve();
      },
      ...options,
    });
  }

  /** Client with a user who has just signed in. */
  signedIn(options: Options & { remember?: boolean } = {}): Client {
    const client = this.client(options);
    client.keep(tokens(), options.remember ?? false);
    return client;
  }

  /** Requested routes, in order. */
  get routes(): string[] {
    return this.sent.map(({ route }) => route);
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  async #respond(input: string | URL, init: RequestInit): Promise<Response> {
    const url = new URL(input);
    const route = url.pathname.replace("/api/auth/", "");
    const headers = new Headers(init.headers);
    this.sent.push({
      route,
      method: init.method ?? "GET",
      token: headers.get("authorization")?.replace("Bearer ", "") ?? null,
      headers,
      body: typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {},
      init,
    });
    const replies = this.#replies.get(route) ?? [];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (!reply) throw new TypeError(`no reply is set for ${route}`);
    return reply instanceof Response ? reply.clone() : reply();
  }
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
