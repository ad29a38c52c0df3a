import { ApiError, type Result, failure, success } from "./error.js";

/** Environment of {@link Api}: network and clock. Tests replace it. */
export interface Environment {
  /** Sends a request. */
  fetch: typeof fetch;
  /** Returns the time in milliseconds. */
  now: () => number;
  /** Waits for a number of milliseconds. */
  wait: (milliseconds: number) => Promise<void>;
}

/** Request timeout in milliseconds. API Gateway responds within 30 seconds. */
const TIMEOUT = 31_000;

/** Seconds for which a route is blocked after a transient failure without `Retry-After`. */
const DEFAULT_RETRY_AFTER = 1;

/** HTTP client of the API. */
export class Api {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #paused = new Map<string, { until: number; error: ApiError }>();

  constructor(url: string, environment: Environment) {
    this.#url = url.replace(/\/+$/, "");
    this.#environment = environment;
  }

  /** Sends a request to `route`: POST, or GET without a `body`. After a transient failure, blocks the route for `Retry-After`. */
  async call<Answered>(route: string, body?: object, token?: string): Promise<Result<Answered>> {
    const paused = this.#paused.get(route);
    const left = paused ? paused.until - this.#environment.now() : 0;
    if (paused && left > 0) return failure(new ApiError({ ...paused.error, retryAfter: Math.ceil(left / 1000) }));

    const result = await this.#send<Answered>(route, body, token);
    if (!result.ok && isTransient(result.error)) {
      const seconds = result.error.retryAfter ?? DEFAULT_RETRY_AFTER;
      this.#paused.set(route, { until: this.#environment.now() + seconds * 1000, error: result.error });
    }
    return result;
  }

  async #send<Answered>(route: string, body: object | undefined, token: string | undefined): Promise<Result<Answered>> {
    const headers: Record<string, string> = {};
    if (body) headers["content-type"] = "application/json";
    if (token) headers["authorization"] = `Bearer ${token}`;
    let response: Response;
    let text: string;
    try {
      response = await this.#environment.fetch(`${this.#url}/api/auth/${route}`, {
        method: body ? "POST" : "GET",
        headers,
        body: body ? JSON.stringify(body) : null,
        cache: "no-store",
        credentials: "omit",
        // Credentials must not follow a redirect.
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      text = await response.text();
    } catch (cause) {
      return failure(
        new ApiError({ status: 0, detail: "The service could not be reached", type: (cause as Error).name }),
      );
    }
    const answer = parse(text);
    return response.ok && answer ? success(answer as Answered) : failure(this.#error(response, answer));
  }

  #error(response: Response, answer: Record<string, unknown> | undefined): ApiError {
    const header = (name: string) => response.headers.get(name) ?? undefined;
    const { detail, message } = answer ?? {};
    return new ApiError({
      status: response.status,
      type: header("x-amzn-errortype"),
      detail:
        [detail, message].find((text) => typeof text === "string") ??
        "The service gave no answer that can be understood",
      requestId: header("x-request-id") ?? header("apigw-requestid"),
      retryAfter: this.#seconds(header("retry-after")),
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

/** Whether an error is transient: throttling, server and network errors, and pages of proxies instead of a response. */
function isTransient({ status }: ApiError): boolean {
  return status === 429 || status < 400 || status >= 500;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
