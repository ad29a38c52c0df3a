//! The one place where results become answers, errors among them.

use std::borrow::Cow;

use lambda_http::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};

use crate::model::{
    caller::TokenError,
    error::Error,
    responses::ResponseBody,
    route::{self, Route},
};

/// Seconds after which a client that was throttled, or that found Cognito away, may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// How many headers an answer has at the most.
const MOST_HEADERS: usize = 8;

const ERROR_TYPE: &str = "x-amzn-errortype";
const REQUEST_ID: &str = "x-request-id";

const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;

/// What a client is told of an error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The status.
    pub(super) status: StatusCode,
    /// One sentence for a person.
    pub(super) detail: Cow<'static, str>,
    /// The cause's name for programs, sent as `x-amzn-errortype`.
    pub(super) error_type: Cow<'static, str>,
    /// What to send as `WWW-Authenticate` (RFC 6750, section 3), where a bearer token is wanted.
    pub(super) www_authenticate: Option<&'static str>,
}

impl Reply {
    /// What the client of `route` is told of `error`.
    pub(super) fn to(route: &Route, error: &Error) -> Self {
        match error {
            Error::BodyTooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Request body too large",
                "RequestEntityTooLargeException",
            ),
            Error::NotDeclaredAsJson => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type must be application/json",
                "UnsupportedMediaTypeException",
            ),
            Error::InvalidField { field, problem } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("{field}: {problem}"),
                "ValidationException",
            ),
            Error::Unauthenticated(cause) => {
                let (detail, www_authenticate) = match cause {
                    None => ("Not authenticated", "Bearer"),
                    Some(TokenError::Expired) => ("Token has expired", INVALID_TOKEN),
                    Some(_) => ("Invalid token", INVALID_TOKEN),
                };
                let reply = Self::new(StatusCode::UNAUTHORIZED, detail, "NotAuthorizedException");
                Self { www_authenticate: Some(www_authenticate), ..reply }
            }
            Error::ReauthenticationRequired => Self::new(
                StatusCode::FORBIDDEN,
                "Please sign in again to do this",
                "ReauthenticationRequired",
            ),
            // Not 401: it says nothing of the person, and a client that refreshes would take them for signed out.
            Error::PublicAddressRequired => Self::new(
                StatusCode::FORBIDDEN,
                "Please use the public address of this service",
                "PublicAddressRequired",
            ),
            Error::SignUpNotEnabled => {
                Self::new(StatusCode::FORBIDDEN, "Sign-up is not enabled", "NotAuthorizedException")
            }
            Error::Refused { code, .. } => match route.refusal(code) {
                Some(refusal) => Self::new(refusal.status, refusal.detail, code.as_str().to_owned()),
                None => Self::new(
                    route::usual_status(code),
                    format!("{}: {code}", route.refused),
                    code.as_str().to_owned(),
                ),
            },
            // A route that answers this as it answers anybody does not let it come here.
            Error::CannotBeReset(_) => Self::new(
                StatusCode::BAD_REQUEST,
                format!("{}: InvalidParameterException", route.refused),
                "InvalidParameterException",
            ),
            Error::FactorNotSetUp(_) => {
                Self::new(StatusCode::BAD_REQUEST, "Set this method up first", "InvalidParameterException")
            }
            Error::Unavailable(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{}: identity provider unavailable", route.failed),
                "ServiceUnavailableException",
            ),
            Error::UnsupportedChallenge(challenge) => Self::new(
                StatusCode::FORBIDDEN,
                format!("{}: challenge {challenge} is not supported", route.refused),
                "UnsupportedChallengeException",
            ),
            Error::Panicked | Error::Internal(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("{}: internal error", route.failed),
                "InternalErrorException",
            ),
        }
    }

    fn new(
        status: StatusCode,
        detail: impl Into<Cow<'static, str>>,
        error_type: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, detail: detail.into(), error_type: error_type.into(), www_authenticate: None }
    }
}

/// An answer as API Gateway takes it: the members that both payload formats know, and no other. A REST API
/// (format 1.0) answers 502 in place of a function that says `cookies`, which only format 2.0 has:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// The status.
    #[serde(serialize_with = "number")]
    pub(crate) status_code: StatusCode,
    /// The headers, each of which stands there once.
    #[serde(serialize_with = "names_and_values")]
    pub(crate) headers: HeaderMap,
    /// JSON.
    pub(crate) body: String,
    /// Never.
    is_base64_encoded: bool,
}

/// With which status `route` answers `error`, or would if the client were told of it.
pub(crate) fn status(route: &Route, error: &Error) -> StatusCode {
    Reply::to(route, error).status
}

/// Writes the answer of `route`.
pub(crate) fn write(
    route: &Route,
    result: &Result<Box<dyn ResponseBody>, Error>,
    request_id: Option<&str>,
) -> Answer {
    let mut answer = match result.as_ref().map(|body| body.to_json()) {
        Ok(Ok(json)) => with_json(StatusCode::OK, json),
        Ok(Err(error)) => write_error(route, &Error::internal(error)),
        Err(error) => write_error(route, error),
    };
    let headers = &mut answer.headers;
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000; includeSubDomains"),
    );
    if let Some(request_id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(REQUEST_ID, request_id);
    }
    answer
}

fn write_error(route: &Route, error: &Error) -> Answer {
    let reply = Reply::to(route, error);
    let mut answer = with_json(reply.status, serde_json::json!({ "detail": reply.detail }).to_string());
    let headers = &mut answer.headers;
    if let Ok(error_type) = HeaderValue::from_str(&reply.error_type) {
        headers.insert(ERROR_TYPE, error_type);
    }
    if let Some(challenge) = reply.www_authenticate {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    answer
}

fn with_json(status_code: StatusCode, body: String) -> Answer {
    let mut headers = HeaderMap::with_capacity(MOST_HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    Answer { status_code, headers, body, is_base64_encoded: false }
}

fn number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

fn names_and_values<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    // All our values are text.
    let text = |(name, value): (&header::HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    serializer.collect_map(headers.iter().filter_map(text))
}

#[cfg(test)]
mod tests;
