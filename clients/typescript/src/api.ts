import { ApiError, type Result, failure, invalidResponse, noResponse, success } from "./error.js";
import { type Environment, type Signal, withDeadline } from "./platform.js";
import type { CookieAccess } from "./storage.js";

/** Options of each call. */
export interface CallOptions {
  /** Cancels the call. */
  signal?: Signal | undefined;
  /** Headers of this request, such as `x-amz-user-context-data`. */
  headers?: Record<string, string> | undefined;
}

/** Options of requests to the API. */
export interface ApiOptions {
  /** Request timeout in milliseconds, including the response body. Defaults to 31 seconds: API Gateway responds within 30. */
  timeout?: number | undefined;
  /** Headers of each request to the API, or a function that returns them. */
  headers?: Record<string, string> | (() => Record<string, string>) | undefined;
  /** Logger of requests and events, such as `console.debug`. It gets neither tokens nor bodies. */
  debug?: ((message: string, details: object) => void) | undefined;
}

/** Request of a route: POST, or GET without a `body`. */
export interface ApiRequest extends CallOptions {
  body?: object | undefined;
  token?: string | undefined;
  /** Sends the request even if the page closes. */
  keepalive?: boolean;
  timeout?: number;
}

/** First pause after a transient failure without `Retry-After`, in milliseconds. */
export const FIRST_PAUSE_MS = 1_000;

/** Longest pause after transient failures, in milliseconds. */
export const LONGEST_PAUSE_MS = 120_000;

/** Routes that no failure blocks: a sign-out can always be repeated, and the session has its own pauses. */
const NEVER_PAUSED = ["logout", "refresh-token"];

/** HTTP client of the API. */
export class Api {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #options: ApiOptions;
  readonly #cookie: CookieAccess | undefined;
  readonly timeout: number;
  readonly #paused = new Map<string, { until: number; retryAt: number; error: ApiError }>();

  constructor(url: string, environment: Environment, options: ApiOptions, cookie: CookieAccess | undefined) {
    if (!/^https?:\/\/[^/]/i.test(url)) throw new TypeError(`Invalid base URL: ${url}`);
    this.#url = url.replace(/\/+$/, "").replace(/\/api\/auth$/, "");
    this.#environment = environment;
    this.#options = options;
    this.#cookie = cookie;
    this.timeout = options.timeout ?? 31_000;
  }

  /** Sends a request to `route`. After a transient failure, blocks the route for `Retry-After`. */
  async call<Body>(route: string, request: ApiRequest = {}): Promise<Result<Body>> {
    const start = this.#environment.monotonic();
    const paused = this.#paused.get(route);
    if (paused && start < paused.until)
      return failure(new ApiError({ ...paused.error, retryAfter: Math.ceil((paused.retryAt - start) / 1000) }));

    const result = await this.#send<Body>(route, request);
    const end = this.#environment.monotonic();
    const error = result.ok ? undefined : result.error;
    this.debug(`request ${route}`, { status: error?.status ?? 200, type: error?.type, milliseconds: end - start });
    if (error?.isTransient && !NEVER_PAUSED.includes(route)) {
      const pause = (error.retryAfter ?? 0) * 1000 || FIRST_PAUSE_MS;
      this.#paused.set(route, { until: end + Math.min(pause, LONGEST_PAUSE_MS), retryAt: end + pause, error });
    }
    return result;
  }

  /** Writes a message to the logger of the program. */
  debug(message: string, details: object): void {
    this.#options.debug?.(message, details);
  }

  async #send<Body>(route: string, { body, token, keepalive, timeout, signal, ...request }: ApiRequest) {
    const { fetch } = this.#environment;
    const { headers } = this.#options;
    try {
      return await withDeadline(
        async (signal): Promise<Result<Body>> => {
          const response = await fetch(`${this.#url}/api/auth/${route}`, {
            method: body ? "POST" : "GET",
            headers: {
              ...(typeof headers === "function" ? headers() : headers),
              ...request.headers,
              ...(body && { "content-type": "application/json" }),
              ...(token && { authorization: `Bearer ${token}` }),
            },
            body: body ? JSON.stringify(body) : null,
            credentials: "omit",
            // Credentials must not follow a redirect. Cloudflare Workers do not know `error`.
            redirect: "manual",
            ...(keepalive && { keepalive }),
            ...(supportsCache() && { cache: "no-store" }),
            signal,
            ...this.#cookie?.requestInit(route, body),
          });
          const answer = parse(await response.text());
          return response.ok && answer ? success(answer as Body) : failure(this.#error(response, answer ?? {}));
        },
        { environment: this.#environment, timeout: timeout ?? this.timeout, signal },
      );
    } catch (cause) {
      return failure(noResponse(cause));
    }
  }

  #error({ status, headers }: Response, { detail, message }: Record<string, unknown>): ApiError {
    const header = (name: string) => headers.get(name) ?? undefined;
    const type = header("x-amzn-errortype");
    const text = [detail, message].find((text) => typeof text === "string");
    return new ApiError({
      ...invalidResponse(status),
      ...(text !== undefined && { type, detail: text }),
      ...(type !== undefined && { type }),
      requestId: header("x-request-id") ?? header("apigw-requestid"),
      retryAfter: this.#seconds(header("retry-after")),
      // What has neither header nor `detail` comes from a proxy or from API Gateway, and says nothing about the request.
      isTransient: status === 429 || status < 400 || status >= 500 || !(type || typeof detail === "string"),
    });
  }

  /** Parses `Retry-After`, which is a number of seconds or a date. */
  #seconds(retryAfter: string | undefined): number | undefined {
    if (retryAfter === undefined) return undefined;
    const seconds = /^\d+$/.test(retryAfter)
      ? Number(retryAfter)
      : Math.ceil((Date.parse(retryAfter) - this.#environment.now()) / 1000);
    return seconds >= 0 ? seconds : undefined;
  }
}

/** Cloudflare Workers of older dates reject requests with `cache`. */
function supportsCache(): boolean {
  return typeof Request === "function" && "cache" in Request.prototype;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
