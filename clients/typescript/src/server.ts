import { Client, type Options } from "./client.js";
import type { FetchFunction } from "./platform.js";
import type { MaybePromise, Session, Storage } from "./storage.js";

/** Cookie of a request. */
export interface Cookie {
  name: string;
  value: string;
}

/** Attributes of a cookie, as in the package `cookie` and in Next.js. */
export interface CookieOptions {
  path?: string;
  domain?: string;
  httpOnly?: boolean;
  secure?: boolean;
  sameSite?: "lax" | "strict" | "none";
  /** Lifetime in seconds. Absent in a cookie that ends with the browser's session. */
  maxAge?: number;
}

/** Access to the cookies of one request and its response. */
export interface CookieMethods {
  /** Returns the cookies of the request. */
  getAll(): MaybePromise<readonly Cookie[]>;
  /** Sets cookies of the response. Leave it out where that is not possible: the client then only reads. */
  setAll?(cookies: (Cookie & { options: CookieOptions })[]): MaybePromise<void>;
}

/** Options of {@link createServerClient}. */
export interface ServerOptions extends Omit<Options, "storage"> {
  cookies: CookieMethods;
  /** Start of the cookies' names. Defaults to `sign-in`. */
  cookieName?: string;
  /** Attributes that differ from `HttpOnly; Secure; SameSite=Lax; Path=/`. */
  cookieOptions?: CookieOptions;
}

/** Longest value of a cookie. Browsers limit a cookie to 4096 bytes, so a session needs more than one. */
const CHUNK_LENGTH = 3500;

/** Seconds for which a remembered session is kept: the longest time that browsers allow, 400 days. */
const LONGEST_AGE = 34_560_000;

/**
 * Creates a client for one request to a server, with the session in cookies that scripts cannot read. Never share it among
 * requests: it acts for one user. A client that cannot set cookies does not refresh tokens.
 */
export function createServerClient(
  url: string,
  { cookies, cookieName, cookieOptions, ...options }: ServerOptions,
): Client {
  const storage = cookieStorage(cookies, cookieName, cookieOptions);
  return new Client(
    url,
    cookies.setAll ? { ...options, storage } : { ...options, storage, fetch: withoutRefresh(options) },
  );
}

/** Keeps the session in the cookies of one request and its response. */
export function cookieStorage(cookies: CookieMethods, name = "sign-in", options: CookieOptions = {}): Storage {
  /** The session after a change. The cookies of the request stay as they were. */
  let changed: { session: Session | undefined } | undefined;
  const getOwn = (all: readonly Cookie[]) =>
    new Map(all.filter((cookie) => isChunk(cookie.name)).map(({ name, value }) => [name, value]));
  const isChunk = (cookie: string) => cookie.startsWith(`${name}.`) && /^\d+$/.test(cookie.slice(name.length + 1));

  function parse(all: readonly Cookie[]): Session | undefined {
    const chunks = getOwn(all);
    let text = "";
    for (let index = 0; chunks.has(`${name}.${index}`); index += 1) text += chunks.get(`${name}.${index}`);
    const session = decode(text);
    if (!session || cookies.setAll) return session;
    // A client that cannot refresh uses a token until it expires.
    return session.expiresAt > Date.now() ? { ...session, lifetime: 0 } : undefined;
  }

  async function write(session: Session | undefined): Promise<void> {
    changed = { session };
    if (!cookies.setAll) throw new Error("This client cannot set cookies");
    const text = session ? encode(session) : "";
    const attributes = { path: "/", httpOnly: true, secure: true, sameSite: "lax", ...options } as const;
    const lasting = session?.remember ? { maxAge: LONGEST_AGE, ...attributes } : attributes;
    const chunks = text.match(new RegExp(`.{1,${CHUNK_LENGTH}}`, "g")) ?? [];
    const set = chunks.map((value, index) => ({ name: `${name}.${index}`, value, options: lasting }));
    // Otherwise the rest of a longer session would remain.
    const names = new Set(set.map((cookie) => cookie.name));
    const removed = [...getOwn(await cookies.getAll()).keys()]
      .filter((cookie) => !names.has(cookie))
      .map((name) => ({ name, value: "", options: { ...attributes, maxAge: 0 } }));
    await cookies.setAll([...set, ...removed]);
  }

  return {
    load() {
      if (changed) return changed.session;
      const all = cookies.getAll();
      return all instanceof Promise ? all.then(parse) : parse(all);
    },
    save: (session) => write(session.refreshToken ? session : undefined),
    clear: () => write(undefined),
  };
}

/** Responds to refreshes itself: their tokens would be lost, and with rotation the session too. */
function withoutRefresh({ fetch: send }: Pick<Options, "fetch">): FetchFunction {
  return (input, init) => {
    if (String(input).endsWith("/api/auth/refresh-token"))
      return Promise.resolve(Response.json({ detail: "This client cannot store refreshed tokens" }, { status: 503 }));
    return send ? send(input, init) : fetch(input, init);
  };
}

function encode(session: Session): string {
  const bytes = new TextEncoder().encode(JSON.stringify(session));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function decode(text: string): Session | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Session;
  } catch {
    return undefined;
  }
}
