/** What went wrong, in one shape for every cause: a refusal, API Gateway's own answer, or none at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The cause for programs, from `x-amzn-errortype`; API Gateway's own answers have none. */
  readonly type: string | undefined;
  /** One sentence for people. */
  readonly detail: string;
  /** To find the request by in the logs. */
  readonly requestId: string | undefined;
  /** For how many seconds the same route is better left alone. */
  readonly retryAfter: number | undefined;

  constructor(of: { status: number; detail: string; type?: string | undefined; requestId?: string | undefined; retryAfter?: number | undefined }) {
    super(of.detail);
    this.status = of.status;
    this.type = of.type;
    this.detail = of.detail;
    this.requestId = of.requestId;
    this.retryAfter = of.retryAfter;
  }
}

/** What was asked for, or why it could not be had. Nothing here throws for what a program must expect. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ApiError };

/** It went well. */
export function success<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

/** It did not. */
export function failure(error: ApiError): { readonly ok: false; readonly error: ApiError } {
  return { ok: false, error };
}

/** Somebody else's page in the place of an answer, or an answer of a later version of the service. */
export function notUnderstood(status: number, detail = "The service gave no answer that can be understood"): ApiError {
  return new ApiError({ status, detail });
}
