import { ApiError, type Result, failure, success } from "./error.js";

/** What {@link Api} needs of the world; a test gives its own. */
export interface World {
  /** Sends a request. */
  fetch: typeof fetch;
  /** The time, in milliseconds. */
  now: () => number;
  /** Waits so many milliseconds. */
  wait: (milliseconds: number) => Promise<void>;
}

/** API Gateway answers within 30 seconds, so that nothing can come after them. */
const TIMEOUT = 31_000;

/** How long a route is left alone, in seconds, that failed without saying for how long. */
const PAUSE = 1;

/** Speaks HTTP with the API: one request, and what became of it. */
export class Api {
  readonly #url: string;
  readonly #world: World;
  readonly #paused = new Map<string, { until: number; error: ApiError }>();

  constructor(url: string, world: World) {
    this.#url = url.replace(/\/+$/, "");
    this.#world = world;
  }

  /** Asks `route`, with GET where there is no `body`. After a failure that may pass, the route is left alone for as long as it said. */
  async call<Answered>(route: string, body?: object, token?: string): Promise<Result<Answered>> {
    const paused = this.#paused.get(route);
    const left = paused ? paused.until - this.#world.now() : 0;
    if (paused && left > 0) return failure(new ApiError({ ...paused.error, retryAfter: Math.ceil(left / 1000) }));

    const result = await this.#send<Answered>(route, body, token);
    if (!result.ok && mayPass(result.error)) {
      const seconds = result.error.retryAfter ?? PAUSE;
      this.#paused.set(route, { until: this.#world.now() + seconds * 1000, error: result.error });
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
      response = await this.#world.fetch(`${this.#url}/api/auth/${route}`, {
        method: body ? "POST" : "GET",
        headers,
        body: body ? JSON.stringify(body) : null,
        cache: "no-store",
        credentials: "omit",
        // A password follows nobody to another address.
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      text = await response.text();
    } catch (cause) {
      return failure(new ApiError({ status: 0, detail: "The service could not be reached", type: (cause as Error).name }));
    }
    const answer = parsed(text);
    return response.ok && answer ? success(answer as Answered) : failure(this.#error(response, answer));
  }

  #error(response: Response, answer: Record<string, unknown> | undefined): ApiError {
    const header = (name: string) => response.headers.get(name) ?? undefined;
    const { detail, message } = answer ?? {};
    return new ApiError({
      status: response.status,
      type: header("x-amzn-errortype"),
      detail: [detail, message].find((text) => typeof text === "string") ?? "The service gave no answer that can be understood",
      requestId: header("x-request-id") ?? header("apigw-requestid"),
      retryAfter: this.#seconds(header("retry-after")),
    });
  }

  /** `Retry-After` is a number of seconds or a date. */
  #seconds(retryAfter: string | undefined): number | undefined {
    if (retryAfter === undefined) return undefined;
    const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : Math.ceil((Date.parse(retryAfter) - this.#world.now()) / 1000);
    return seconds >= 0 ? seconds : undefined;
  }
}

/** Whether it is nobody's refusal: throttled, broken, away, or somebody else's page in the place of an answer. */
function mayPass({ status }: ApiError): boolean {
  return status === 429 || status < 400 || status >= 500;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
