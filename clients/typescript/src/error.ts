/** Exceptions of Cognito and of the service, from the header `x-amzn-errortype`. */
export type ServiceErrorType =
  | "AliasExistsException"
  | "CodeDeliveryFailureException"
  | "CodeMismatchException"
  | "ConcurrentModificationException"
  | "ConfirmationMismatch"
  | "EnableSoftwareTokenMFAException"
  | "ExpiredCodeException"
  | "ForbiddenException"
  | "InternalErrorException"
  | "InvalidParameterException"
  | "InvalidPasswordException"
  | "LimitExceededException"
  | "NotAuthorizedException"
  | "PasswordHistoryPolicyViolationException"
  | "PasswordResetRequiredException"
  | "PublicAddressRequired"
  | "ReauthenticationRequired"
  | "RefreshTokenReuseException"
  | "RequestEntityTooLargeException"
  | "ResourceNotFoundException"
  | "ServiceUnavailableException"
  | "SoftwareTokenMFANotFoundException"
  | "ThrottlingException"
  | "TooManyFailedAttemptsException"
  | "TooManyRequestsException"
  | "UnsupportedChallengeException"
  | "UnsupportedMediaTypeException"
  | "UserLambdaValidationException"
  | "UserNotConfirmedException"
  | "UserNotFoundException"
  | "UsernameExistsException"
  | "ValidationException"
  | "WebAuthnConfigurationMissingException"
  | "WebAuthnNotEnabledException";

/** Errors of this package. The last four are the browser's names, for failures of passkeys above all. */
export type ClientErrorType =
  /** The caller's `signal` aborted. */
  | "AbortError"
  /** The response is not one of this API, such as a page of a proxy. */
  | "InvalidResponse"
  /** No response: no connection, a wrong certificate, or an origin that CORS does not allow. See `cause`. */
  | "NetworkError"
  /** No user is signed in. No request was sent. */
  | "NotSignedIn"
  /** The identity provider returned an error, or the user canceled there. `cause` has the provider's text. */
  | "ProviderError"
  /** The redirect does not belong to a sign-in of this tab, or was used before. No request was sent. */
  | "StateMismatch"
  /** A later sign-in or sign-out replaced this sign-in, whose tokens are revoked. */
  | "Superseded"
  /** No response within the timeout. */
  | "TimeoutError"
  /** The user canceled, or the browser found no passkey. */
  | "NotAllowedError"
  /** The authenticator already has a passkey of this account. */
  | "InvalidStateError"
  /** The page's domain is not the one of the user pool's passkeys. */
  | "SecurityError"
  /** The browser does not support passkeys, or the page has neither HTTPS nor `sessionStorage` for a provider. */
  | "NotSupportedError";

/** Known causes. Cognito may add exceptions: handle an unknown name by its status. */
export type ErrorType = ServiceErrorType | ClientErrorType | (string & {});

/** Fields of an {@link ApiError}. */
export interface ApiErrorFields {
  /** HTTP status. 0 if there was no response. */
  readonly status: number;
  /** Message for users. */
  readonly detail: string;
  /** Cause for programs. Absent in API Gateway's own errors. */
  readonly type?: ErrorType | undefined;
  /** Id of the request in the logs. */
  readonly requestId?: string | undefined;
  /** Seconds to wait before the next request to the same route, from the service. */
  readonly retryAfter?: number | undefined;
  /** Whether the same request may succeed later: throttling, server and network errors, and pages of proxies. */
  readonly isTransient?: boolean;
  /** Error of the platform, such as the one of `fetch`. */
  readonly cause?: unknown;
}

/** Error response of the API or of API Gateway, or missing response. */
export class ApiError extends Error {
  constructor(fields: ApiErrorFields) {
    super(fields.detail);
    Object.assign(this, fields, { name: "ApiError" });
  }
}
export interface ApiError extends ApiErrorFields {
  readonly name: "ApiError";
  readonly cause?: unknown;
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
export function invalidResponse(status: number, detail = "The response of the service is not valid"): ApiError {
  return new ApiError({ status, type: "InvalidResponse", detail, isTransient: true });
}

/** Error for a request without a response. */
export function noResponse(cause: unknown): ApiError {
  const name = (cause as Error | undefined)?.name;
  const type = name === "AbortError" || name === "TimeoutError" ? name : "NetworkError";
  const detail = type === "AbortError" ? "The request was canceled" : "The service could not be reached";
  return new ApiError({ status: 0, type, detail, cause, isTransient: type !== "AbortError" });
}
