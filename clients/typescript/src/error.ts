/** Error response of the API or of API Gateway, or missing response. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status. 0 if there was no response. */
  readonly status: number;
  /** Cause for programs, from `x-amzn-errortype`. Absent in API Gateway's own errors. */
  readonly type: string | undefined;
  /** Message for users. */
  readonly detail: string;
  /** Id of the request in the logs. */
  readonly requestId: string | undefined;
  /** Seconds to wait before the next request to the same route. */
  readonly retryAfter: number | undefined;

  constructor(of: {
    status: number;
    detail: string;
    type?: string | undefined;
    requestId?: string | undefined;
    retryAfter?: number | undefined;
  }) {
    super(of.detail);
    this.status = of.status;
    this.type = of.type;
    this.detail = of.detail;
    this.requestId = of.requestId;
    this.retryAfter = of.retryAfter;
  }
}

/** Value or error. Functions of this package do not throw for errors that a program must expect. */
export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ApiError };

/** Creates a successful result. */
export function success<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

/** Creates a failed result. */
export function failure(error: ApiError): { readonly ok: false; readonly error: ApiError } {
  return { ok: false, error };
}

/** Error for a response that is not valid: a page of a proxy, or a response of a later version of the service. */
export function invalidResponse(
  status: number,
  detail = "The service gave no answer that can be understood",
): ApiError {
  return new ApiError({ status, detail });
}
