//! The one place where events become requests, and results become responses.

use lambda_http::{
    Body,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use secrecy::SecretString;
use serde::Serialize;

use crate::{
    error::{Cause, Error},
    event::Event,
    origin::Origin,
    requests::{Fields, Request, RequestBody, SignedIn},
    route::Route,
    serve::Service,
    username::Username,
    verifier::Caller,
};

/// Larger than any request of ours: tokens are the largest fields, and Cognito's stay below 8 KiB.
const LARGEST_BODY: usize = 16 * 1024;

/// Room for three tokens: an answer that begins small is copied each time that it outgrows its room.
const USUAL_ANSWER: usize = 4 * 1024;

/// Seconds after which a client that was throttled, or that found Cognito away, may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

const ERROR_TYPE: &str = "x-amzn-errortype";
const REQUEST_ID: &str = "x-request-id";

/// What a route's function takes, read from an event of API Gateway.
pub trait FromEvent: Sized + Send {
    /// Reads `event`.
    fn from_event(event: &Event, service: &Service) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Whose account it is about, where the request says so: for the audit line.
    fn username(&self) -> Option<&Username> {
        None
    }
}

/// For a route that is open to anybody.
impl<B: RequestBody + Send> FromEvent for Request<B> {
    /// # Errors
    ///
    /// In this order: [`Error::BodyTooLarge`], [`Error::NotDeclaredAsJson`], [`Error::InvalidField`].
    async fn from_event(event: &Event, _: &Service) -> Result<Self, Error> {
        Ok(Self {
            body: read_body(event)?,
            bearer_token: bearer_token(&event.headers),
            origin: Origin::of(event),
        })
    }

    fn username(&self) -> Option<&Username> {
        self.body.username()
    }
}

/// For a route that needs to know who asks, and nothing else.
impl FromEvent for Caller {
    /// # Errors
    ///
    /// [`Error::Unauthenticated`], or [`Error::Unavailable`] where the pool's keys cannot be had.
    async fn from_event(event: &Event, service: &Service) -> Result<Self, Error> {
        let token = bearer_token(&event.headers).ok_or(Error::Unauthenticated(None))?;
        service.verifier.verify(token).await
    }
}

/// For a route that needs to know who asks before it looks at what they ask for.
impl<B: RequestBody + Send> FromEvent for SignedIn<B> {
    /// # Errors
    ///
    /// Those of [`Caller`], then those of [`Request`].
    async fn from_event(event: &Event, service: &Service) -> Result<Self, Error> {
        Ok(Self { caller: Caller::from_event(event, service).await?, body: read_body(event)? })
    }
}

fn read_body<B: RequestBody>(event: &Event) -> Result<B, Error> {
    let body = event.body()?;
    if body.len() > LARGEST_BODY {
        return Err(Error::BodyTooLarge);
    }
    let fields = if body.is_empty() && B::MAY_BE_ABSENT {
        Fields::default()
    } else if is_declared_as_json(&event.headers) {
        Fields::parse(body)?
    } else {
        return Err(Error::NotDeclaredAsJson);
    };
    B::from_fields(&fields)
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

/// Writes the answer of `route`, in the form that both payload formats of API Gateway share.
pub(crate) fn write<T: Serialize>(
    route: &Route,
    result: &Result<T, Error>,
    request_id: Option<&str>,
) -> (ApiGatewayV2httpResponse, StatusCode) {
    let (mut response, status) = match result.as_ref().map(to_json) {
        Ok(Ok(json)) => (with_json(StatusCode::OK, json), StatusCode::OK),
        Ok(Err(error)) => write_error(route, &Error::internal(error)),
        Err(error) => write_error(route, error),
    };
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
    (response, status)
}

fn to_json(body: &impl Serialize) -> Result<String, Cause> {
    let mut json = Vec::with_capacity(USUAL_ANSWER);
    serde_json::to_writer(&mut json, body)?;
    Ok(String::from_utf8(json)?)
}

fn write_error(route: &Route, error: &Error) -> (ApiGatewayV2httpResponse, StatusCode) {
    let reply = error.reply(route);
    let mut response = with_json(reply.status, serde_json::json!({ "detail": reply.detail }).to_string());
    let headers = &mut response.headers;
    if let Ok(error_type) = HeaderValue::from_str(&reply.error_type) {
        headers.insert(ERROR_TYPE, error_type);
    }
    if let Some(challenge) = reply.www_authenticate {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    (response, reply.status)
}

fn with_json(status: StatusCode, json: String) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status.as_u16().into();
    response.body = Some(Body::Text(json));
    response
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
