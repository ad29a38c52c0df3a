//! The one place where events become requests, and results become responses.

use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use secrecy::SecretString;
use serde::Serialize;

use crate::{
    error::Error,
    origin::Origin,
    requests::{Fields, Request, RequestBody, SignedIn},
    route::Route,
    serve::Service,
    verifier::Caller,
};

/// Larger than any request of ours: tokens are the largest fields, and Cognito's stay below 8 KiB.
const LARGEST_BODY: usize = 16 * 1024;

/// Seconds after which a client that was throttled, or that found Cognito away, may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

const ERROR_TYPE: &str = "x-amzn-errortype";
const REQUEST_ID: &str = "x-request-id";

/// What a route's function takes, read from an event of API Gateway.
pub trait FromEvent: Sized + Send {
    /// Reads `event`.
    fn from_event(
        event: lambda_http::Request,
        service: &Service,
    ) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// For a route that is open to anybody.
impl<B: RequestBody + Send> FromEvent for Request<B> {
    /// # Errors
    ///
    /// In this order: [`Error::BodyTooLarge`], [`Error::NotDeclaredAsJson`], [`Error::InvalidField`].
    async fn from_event(event: lambda_http::Request, _: &Service) -> Result<Self, Error> {
        let body: &[u8] = event.body();
        if body.len() > LARGEST_BODY {
            return Err(Error::BodyTooLarge);
        }
        let fields = if body.is_empty() && B::MAY_BE_ABSENT {
            Fields::default()
        } else if is_declared_as_json(event.headers()) {
            Fields::parse(body)?
        } else {
            return Err(Error::NotDeclaredAsJson);
        };
        Ok(Self {
            body: B::from_fields(&fields)?,
            bearer_token: bearer_token(event.headers()),
            origin: Origin::of(&event),
        })
    }
}

/// For a route that needs to know who asks, and nothing else.
impl FromEvent for Caller {
    /// # Errors
    ///
    /// [`Error::Unauthenticated`], or [`Error::Unavailable`] where the pool's keys cannot be had.
    async fn from_event(event: lambda_http::Request, service: &Service) -> Result<Self, Error> {
        let token = bearer_token(event.headers()).ok_or(Error::Unauthenticated(None))?;
        service.verifier.verify(token).await
    }
}

/// For a route that needs to know who asks before it looks at what they ask for.
impl<B: RequestBody + Send> FromEvent for SignedIn<B> {
    /// # Errors
    ///
    /// Those of [`Caller`], then those of [`Request`].
    async fn from_event(event: lambda_http::Request, service: &Service) -> Result<Self, Error> {
        let token = bearer_token(event.headers()).ok_or(Error::Unauthenticated(None))?;
        let caller = service.verifier.verify(token).await?;
        let Request { body, .. } = Request::from_event(event, service).await?;
        Ok(Self { caller, body })
    }
}

/// The token of an `Authorization` header with the scheme `Bearer`, whose name has no case: RFC 9110, section 11.1.
fn bearer_token(headers: &HeaderMap) -> Option<SecretString> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| SecretString::from(token))
}

/// True for `application/json` in any case, with any parameters: JSON has but one encoding (RFC 8259, section 8.1).
fn is_declared_as_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

/// Writes the answer of `route`.
pub(crate) fn write<T: Serialize>(
    route: &Route,
    result: &Result<T, Error>,
    request_id: Option<&str>,
) -> Response<Body> {
    let mut response = match result {
        Ok(answer) => match serde_json::to_string(answer) {
            Ok(json) => with_json(StatusCode::OK, json),
            Err(error) => write_error(route, &Error::internal(error)),
        },
        Err(error) => write_error(route, error),
    };
    let headers = response.headers_mut();
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

fn write_error(route: &Route, error: &Error) -> Response<Body> {
    let reply = error.reply(route);
    let mut response = with_json(reply.status, serde_json::json!({ "detail": reply.detail }).to_string());
    let headers = response.headers_mut();
    if let Ok(error_type) = HeaderValue::from_str(&reply.error_type) {
        headers.insert(ERROR_TYPE, error_type);
    }
    if let Some(challenge) = reply.www_authenticate {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

fn with_json(status: StatusCode, json: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(json));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
