//! Conversion of results and errors to responses.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};

use super::event::PayloadFormat;
use crate::model::{
    error::Error, error_mapping::MappedException, outcome::Outcome, responses::ResponseBody, route::Route,
};

/// `Retry-After` in seconds for a throttled request, or if Cognito is unavailable.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// `Retry-After` in seconds for a limit that counts a user's attempts per hour:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>.
const RETRY_AFTER_HOURLY_LIMIT: HeaderValue = HeaderValue::from_static("900");

/// Exceptions for a limit that counts a user's attempts per hour.
const HOURLY_LIMITS: [&str; 2] = ["LimitExceededException", "TooManyFailedAttemptsException"];

/// Maximum number of headers of a response.
const MAX_HEADERS: usize = 8;

const ERROR_TYPE: &str = "x-amzn-errortype";
const REQUEST_ID: &str = "x-request-id";

const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;

/// Response to an error, and the outcome of the request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorResponse {
    pub(crate) status: StatusCode,
    detail: Cow<'static, str>,
    error_type: Cow<'static, str>,
    www_authenticate: Option<&'static str>,
    pub(crate) outcome: Outcome,
    /// Whether the response deletes the refresh token's cookie.
    pub(crate) clears_cookie: bool,
    /// Whether the cause is logged at WARN although the outcome is no failure.
    pub(crate) logs_cause: bool,
}

impl ErrorResponse {
    /// Response of `route` to `error`.
    pub(crate) fn new(route: &Route, error: &Error, users_are_revealed: bool) -> Self {
        match error {
            Error::BodyTooLarge => Self::rejection(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Request body too large",
                "RequestEntityTooLargeException",
            ),
            Error::UnsupportedMediaType => Self::rejection(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type must be application/json",
                "UnsupportedMediaTypeException",
            ),
            Error::InvalidField { field, problem } => Self::rejection(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("{field}: {problem}"),
                "ValidationException",
            ),
            Error::Unauthenticated(cause) => {
                let (detail, www_authenticate) = match cause {
                    None => ("Not authenticated", "Bearer"),
                    Some(error) if error.is_expired() => ("Token has expired", INVALID_TOKEN),
                    Some(_) => ("Invalid token", INVALID_TOKEN),
                };
                let response = Self::rejection(StatusCode::UNAUTHORIZED, detail, "NotAuthorizedException");
                Self { www_authenticate: Some(www_authenticate), ..response }
            }
            Error::ReauthenticationRequired => Self::rejection(
                StatusCode::FORBIDDEN,
                "Please sign in again to do this",
                "ReauthenticationRequired",
            ),
            Error::OriginNotAllowed => {
                Self::rejection(StatusCode::FORBIDDEN, "Origin not allowed", "OriginNotAllowed")
            }
            // The reuse of a rotated token does not delete the cookie: another tab has replaced it by then.
            Error::CookieNotAccepted(error) => {
                let response = Self::new(route, error, users_are_revealed);
                let clears_cookie =
                    response.status == StatusCode::UNAUTHORIZED && !error.is("RefreshTokenReuseException");
                Self { clears_cookie, ..response }
            }
            // Not 401: a client that refreshes on 401 would discard the session.
            Error::PublicAddressRequired => Self::rejection(
                StatusCode::FORBIDDEN,
                "Please use the public address of this service",
                "PublicAddressRequired",
            ),
            Error::SignUpNotEnabled | Error::AdministratorAddress => {
                Self::rejection(StatusCode::FORBIDDEN, "Sign-up is not enabled", "NotAuthorizedException")
            }
            Error::EmailChangeNotEnabled => Self::rejection(
                StatusCode::FORBIDDEN,
                "Email change is not enabled",
                "NotAuthorizedException",
            ),
            Error::ConfirmationMismatch => Self::rejection(
                StatusCode::BAD_REQUEST,
                "Confirmation does not match",
                "ConfirmationMismatch",
            ),
            Error::Cognito { exception, subject, .. } => {
                route.map(exception, *subject, users_are_revealed).into()
            }
            // An attacker may hold one of the sessions, so that even a throttled call counts as a failure.
            Error::SessionsNotEnded(error) => {
                let response = Self::new(route, error, users_are_revealed);
                Self { outcome: response.outcome.max(Outcome::UpstreamFailures), ..response }
            }
            Error::FactorNotSetUp(_) => Self::rejection(
                StatusCode::BAD_REQUEST,
                "Set this method up first",
                "InvalidParameterException",
            ),
            Error::Unavailable(_) => Self {
                outcome: Outcome::UpstreamFailures,
                ..Self::rejection(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("{}: identity provider unavailable", route.failure_prefix),
                    "ServiceUnavailableException",
                )
            },
            Error::UnsupportedChallenge(challenge) => Self::rejection(
                StatusCode::FORBIDDEN,
                format!("{}: challenge {challenge} is not supported", route.error_prefix),
                "UnsupportedChallengeException",
            ),
            Error::ClientSecretRejected(_) | Error::Panicked | Error::Internal(_) => Self {
                outcome: Outcome::Failures,
                ..Self::rejection(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    format!("{}: internal error", route.failure_prefix),
                    "InternalErrorException",
                )
            },
        }
    }

    fn rejection(
        status: StatusCode,
        detail: impl Into<Cow<'static, str>>,
        error_type: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            detail: detail.into(),
            error_type: error_type.into(),
            www_authenticate: None,
            outcome: Outcome::Refused,
            clears_cookie: false,
            logs_cause: false,
        }
    }

    fn retry_after(&self) -> Option<HeaderValue> {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS if HOURLY_LIMITS.contains(&&*self.error_type) => {
                Some(RETRY_AFTER_HOURLY_LIMIT)
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER),
            _ => None,
        }
    }
}

impl From<MappedException> for ErrorResponse {
    fn from(exception: MappedException) -> Self {
        let MappedException { status, detail, error_type, outcome, logs_cause } = exception;
        Self { outcome, logs_cause, ..Self::rejection(status, detail, error_type) }
    }
}

/// Response for API Gateway. `cookies` is a member of format 2.0 only, and a REST API returns 502 for it:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Status.
    #[serde(serialize_with = "number")]
    pub status_code: StatusCode,
    /// Headers, each with one value.
    #[serde(serialize_with = "names_and_values")]
    pub headers: HeaderMap,
    /// Values of `Set-Cookie`, in format 2.0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
    /// JSON.
    pub body: String,
    /// Always `false`, since all bodies are text.
    is_base64_encoded: bool,
}

impl Response {
    /// Adds a cookie, as the payload format of the event requires.
    pub(crate) fn set_cookie(&mut self, cookie: String, format: PayloadFormat) {
        match format {
            PayloadFormat::V2 => self.cookies.push(cookie),
            PayloadFormat::V1 => {
                if let Ok(cookie) = HeaderValue::try_from(cookie) {
                    self.headers.insert(header::SET_COOKIE, cookie);
                }
            }
        }
    }
}

/// Response with status 200 and a body.
pub(crate) fn success(body: &dyn ResponseBody, route: &Route, request_id: Option<&str>) -> Response {
    match body.to_json() {
        Ok(json) => {
            let mut response = with_common_headers(with_json(StatusCode::OK, json), request_id);
            if body.is_public() {
                let headers = &mut response.headers;
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
                headers.insert(header::VARY, HeaderValue::from_static("Origin"));
            }
            response
        }
        Err(error) => failure(ErrorResponse::new(route, &Error::internal(error), false), request_id),
    }
}

/// Response to an error.
pub(crate) fn failure(error: ErrorResponse, request_id: Option<&str>) -> Response {
    let retry_after = error.retry_after();
    let mut response = with_json(error.status, serde_json::json!({ "detail": error.detail }).to_string());
    let headers = &mut response.headers;
    if let Ok(error_type) = HeaderValue::from_str(&error.error_type) {
        headers.insert(ERROR_TYPE, error_type);
    }
    if let Some(challenge) = error.www_authenticate {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, seconds);
    }
    with_common_headers(response, request_id)
}

/// Response to an event that is not a request.
pub(crate) fn no_content(request_id: Option<&str>) -> Response {
    let headers = HeaderMap::with_capacity(MAX_HEADERS);
    let response = Response {
        status_code: StatusCode::NO_CONTENT,
        headers,
        cookies: Vec::new(),
        body: String::new(),
        is_base64_encoded: false,
    };
    with_common_headers(response, request_id)
}

fn with_common_headers(mut response: Response, request_id: Option<&str>) -> Response {
    let headers = &mut response.headers;
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000; includeSubDomains"),
    );
    if let Some(request_id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(REQUEST_ID, request_id);
    }
    response
}

fn with_json(status_code: StatusCode, body: String) -> Response {
    let mut headers = HeaderMap::with_capacity(MAX_HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    Response { status_code, headers, cookies: Vec::new(), body, is_base64_encoded: false }
}

fn number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

fn names_and_values<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    // All values of this service are text.
    let text = |(name, value): (&header::HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    serializer.collect_map(headers.iter().filter_map(text))
}

#[cfg(test)]
mod tests;
