import { Client, type Options, type Session, type Storage, type Tokens } from "../src/index.js";

/** What was sent. */
export interface Sent {
  route: string;
  method: string;
  token: string | null;
  headers: Headers;
  body: Record<string, unknown>;
  init: RequestInit;
}

/** An answer, or what happens in its place. */
export type Reply = Response | (() => Response | Promise<Response>);

/** A service that answers as it is told, at a time that only tests change. */
export class Service {
  now = 1_800_000_000_000;
  readonly sent: Sent[] = [];
  readonly waits: number[] = [];
  /** What happens while somebody waits. */
  whileWaiting: () => void = () => {};
  readonly #replies = new Map<string, Reply[]>();

  /** Answers requests of `route` with `replies`, one after the other, and with the last from then on. */
  on(route: string, ...replies: Reply[]): this {
    this.#replies.set(route, replies);
    return this;
  }

  client(options: Options = {}): Client {
    return new Client("https://api.example.org/", {
      fetch: (input, init) => this.#answer(input as string | URL, init ?? {}),
      now: () => this.now,
      wait: (milliseconds) => {
        this.waits.push(milliseconds);
        this.whileWaiting();
        return Promise.resolve();
      },
      ...options,
    });
  }

  /** A client whose person has just signed in. */
  signedIn(options: Options & { remember?: boolean } = {}): Client {
    const client = this.client(options);
    client.keep(tokens(), options.remember ?? false);
    return client;
  }

  /** The routes that were asked, in order. */
  get routes(): string[] {
    return this.sent.map(({ route }) => route);
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  async #answer(input: string | URL, init: RequestInit): Promise<Response> {
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
    if (!reply) throw new TypeError(`nothing answers ${route}`);
    return reply instanceof Response ? reply.clone() : reply();
  }
}

export const PERSON = { user_id: "b7d8f6e4", email: "user@igad.int", role: "user", name: "John Doe", is_admin: false } as const;

export function tokens(changes: Partial<Tokens> = {}): Tokens {
  return { access_token: "access-1", refresh_token: "refresh-1", token_type: "bearer", user: PERSON, expires_in: 3600, ...changes };
}

export function json(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json; charset=utf-8", ...headers } });
}

/** A refusal of the API's own. */
export function refusal(status: number, type: string, detail: string, headers: Record<string, string> = {}): Response {
  return json({ detail }, status, { "x-amzn-errortype": type, "x-request-id": "request-1", ...headers });
}

export const REFRESHED = () => json({ ...tokens({ access_token: "access-2" }), refresh_token: undefined });
export const EXPIRED = () => refusal(401, "NotAuthorizedException", "Token has expired");
export const REVOKED = () => refusal(401, "NotAuthorizedException", "Invalid refresh token");
export const AWAY = () => refusal(503, "ServiceUnavailableException", "Token refresh failed: identity provider unavailable");
export const OFFLINE = () => Promise.reject(new TypeError("fetch failed"));

/** Storage that several clients look into, as tabs do. */
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
