/** Types of the platform. They compile in programs whose `lib` has neither DOM nor WebWorker, too. */

type Global = typeof globalThis;

/** Type of the global `fetch`. */
export type FetchFunction = Global extends { fetch: infer Fetch extends (...args: never[]) => unknown }
  ? Fetch
  : (input: string, init?: object) => Promise<unknown>;

/** `AbortSignal`. */
export type Signal = Global extends { AbortSignal: { prototype: infer Signal } } ? Signal : object;

/** Network and clocks. Tests replace them. */
export interface Environment {
  /** Sends a request. */
  fetch: FetchFunction;
  /** Returns the time of day in milliseconds. It may jump. */
  now: () => number;
  /** Returns milliseconds by a clock that never jumps. */
  monotonic: () => number;
  /** Calls `callback` after some milliseconds, unless the returned function is called before. */
  schedule: (callback: () => void, milliseconds: number) => () => void;
}

/** Environment of the browser or of Node.js. */
export const PLATFORM: Environment = {
  // Looked up at each call, because tools replace the global function.
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  monotonic: () => (typeof performance === "undefined" ? Date.now() : performance.now()),
  schedule: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Waits for some milliseconds. */
export function wait({ schedule }: Environment, milliseconds: number): Promise<void> {
  return new Promise((resolve) => schedule(resolve, milliseconds));
}

/**
 * Runs `work`, but no longer than until `signal` aborts or `timeout` milliseconds have passed. `AbortSignal.timeout` and
 * `AbortSignal.any` are missing in React Native and in older browsers.
 */
export function withDeadline<Value>(
  work: (signal: Signal) => Promise<Value>,
  { environment, timeout, signal }: { environment?: Environment; timeout?: number; signal?: Signal | undefined },
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const stop = (reason: unknown) => {
      controller.abort(reason);
      reject(reason);
    };
    const abort = () => stop(signal?.reason ?? named("AbortError"));
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    const cancel =
      timeout === undefined ? undefined : environment?.schedule(() => stop(named("TimeoutError")), timeout);
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        cancel?.();
        signal?.removeEventListener("abort", abort);
      });
  });
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

/** Reports an error of the program's own code, such as of a listener, as the platform reports uncaught errors. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/** Runs code that may throw. Returns undefined if it does. */
export function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Pauses after failures. */
export interface Backoff {
  isPaused(): boolean;
  /** Starts a pause, of at least some milliseconds. */
  fail(least?: number): void;
  /** Ends the pause. */
  reset(): void;
}

/** Creates pauses, each twice as long as the one before. `clock` returns milliseconds. */
export function createBackoff(clock: () => number, first: number, longest: number): Backoff {
  let failures = 0;
  let end = 0;
  return {
    isPaused: () => clock() < end,
    fail(least = 0) {
      end = clock() + Math.min(Math.max(first * 2 ** failures, least), longest);
      failures += 1;
    },
    reset() {
      failures = end = 0;
    },
  };
}
