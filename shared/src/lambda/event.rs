//! Events of API Gateway.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::model::{
    error::{Error, Problem},
    refresh_cookie,
};

/// Header in which CloudFront sends the edge secret (`deploy/edge.yaml`).
const EDGE_SECRET: &str = "x-edge-secret";

/// Header in which CloudFront sends the viewer's address. Any client can send it, so it is trusted only with the
/// secret.
const VIEWER_ADDRESS: &str = "x-viewer-address";

/// Maximum length in the audit line, longer than the header of any browser.
const MAX_USER_AGENT_LENGTH: usize = 256;

/// HTTP request from API Gateway: from an HTTP API in payload format 2.0, or from a REST or HTTP API in format 1.0.
///
/// Not an `http::Request`, which cannot represent every host and path that a client may send.
#[derive(Debug)]
pub struct Event {
    /// Payload format.
    pub(crate) format: PayloadFormat,
    /// Headers.
    pub(crate) headers: Arc<HeaderMap>,
    /// Cookies of format 2.0. In format 1.0 they are in the headers.
    cookies: Vec<String>,
    /// Decoded body, or `None` if its base64 is invalid.
    pub(crate) body: Option<Vec<u8>>,
    /// Path as the client sent it.
    pub(crate) path: Option<String>,
    /// Host name of the API.
    pub(crate) domain_name: Option<String>,
    /// Client's address as API Gateway or the CloudFront distribution saw it, which the client cannot forge.
    source_ip: Option<String>,
    /// API Gateway's request ID, if it is valid in a header.
    pub(crate) request_id: Option<String>,
}

/// Format of an event and of its response:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadFormat {
    /// 1.0, of REST APIs and HTTP APIs.
    V1,
    /// 2.0, of HTTP APIs.
    V2,
}

impl Event {
    /// Parses an event. `None` if it has neither format, and so is not from API Gateway.
    pub fn parse(json: &str) -> Option<Self> {
        Self::parse_strictly(json).or_else(|| Self::parse_strictly(&without_invalid_headers(json)?))
    }

    fn parse_strictly(json: &str) -> Option<Self> {
        let http_api = serde_json::from_str::<ApiGatewayV2httpRequest>(json).map(Self::from);
        http_api.or_else(|_| serde_json::from_str::<ApiGatewayProxyRequest>(json).map(Self::from)).ok()
    }

    /// If there are `secrets`, rejects requests that bypassed CloudFront, takes the viewer's address from CloudFront's
    /// header, and removes both headers. Two secrets are valid during a rotation.
    ///
    /// # Errors
    ///
    /// [`Error::PublicAddressRequired`] if the secret in the request is missing or wrong.
    pub(crate) fn admit(&mut self, secrets: &[SecretString]) -> Result<(), Error> {
        if secrets.is_empty() {
            return Ok(());
        }
        let headers = Arc::make_mut(&mut self.headers);
        let sent = headers.remove(EDGE_SECRET);
        let viewer_address = headers.remove(VIEWER_ADDRESS);
        if !sent.is_some_and(|sent| secrets.iter().any(|secret| is_equal(sent.as_bytes(), secret))) {
            return Err(Error::PublicAddressRequired);
        }
        self.source_ip = viewer_address.and_then(|address| address.to_str().ok().map(str::to_owned));
        Ok(())
    }

    /// Client's address.
    pub(crate) fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip.as_deref()?.parse().ok()
    }

    /// `User-Agent`, truncated, if it is visible ASCII.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        let user_agent = self.headers.get(header::USER_AGENT)?.to_str().ok()?;
        // `to_str` returns ASCII alone, so that truncation does not split a character.
        user_agent.get(..user_agent.len().min(MAX_USER_AGENT_LENGTH))
    }

    /// Refresh token in a cookie.
    pub(crate) fn refresh_cookie(&self) -> Option<SecretString> {
        let headers = self.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        refresh_cookie::find(self.cookies.iter().map(String::as_str).chain(headers))
    }

    /// Origin of the page that sent the request.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.headers.get(header::ORIGIN)?.to_str().ok()
    }

    /// Decoded body.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if its base64 is invalid.
    pub fn body(&self) -> Result<&[u8], Error> {
        self.body.as_deref().ok_or(Error::InvalidField { field: "body", problem: Problem::NotAJsonObject })
    }
}

impl From<ApiGatewayV2httpRequest> for Event {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let context = event.request_context;
        Self {
            format: PayloadFormat::V2,
            headers: Arc::new(event.headers),
            cookies: event.cookies.unwrap_or_default(),
            body: decode(event.body, event.is_base64_encoded),
            path: event.raw_path,
            domain_name: context.domain_name,
            source_ip: context.http.source_ip,
            request_id: context.request_id.filter(|id| is_request_id(id)),
        }
    }
}

impl From<ApiGatewayProxyRequest> for Event {
    fn from(event: ApiGatewayProxyRequest) -> Self {
        let context = event.request_context;
        Self {
            format: PayloadFormat::V1,
            headers: Arc::new(event.headers),
            cookies: Vec::new(),
            body: decode(event.body, event.is_base64_encoded),
            path: event.path,
            domain_name: context.domain_name,
            source_ip: context.identity.source_ip,
            request_id: context.request_id.filter(|id| is_request_id(id)),
        }
    }
}

/// Whether an event is a JSON object but not a request: a warm-up ping, a scheduled event, or a test in Lambda's
/// console.
pub(crate) fn is_no_request(json: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(json).is_ok_and(|event| !event.contains_key("requestContext"))
}

/// Removes headers that are invalid in HTTP, such as ones with control characters, so that they do not fail the
/// request. API Gateway may pass them on.
fn without_invalid_headers(json: &str) -> Option<String> {
    let mut event: Map<String, Value> = serde_json::from_str(json).ok()?;
    for member in ["headers", "multiValueHeaders"] {
        if let Some(Value::Object(headers)) = event.get_mut(member) {
            headers.retain(|name, value| {
                HeaderName::from_bytes(name.as_bytes()).is_ok() && is_header_value(value)
            });
        }
    }
    serde_json::to_string(&event).ok()
}

fn is_header_value(value: &Value) -> bool {
    match value {
        Value::String(text) => HeaderValue::from_str(text).is_ok(),
        Value::Array(values) => values.iter().all(is_header_value),
        _ => false,
    }
}

/// Whether `sent` equals `secret`. Takes constant time, since ring compares the MACs of both in constant time.
fn is_equal(sent: &[u8], secret: &SecretString) -> bool {
    let secret = secret.expose_secret().as_bytes();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, secret, hmac::sign(&key, sent).as_ref()).is_ok()
}

/// Whether `id` is valid in a header.
fn is_request_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn decode(body: Option<String>, is_base64: bool) -> Option<Vec<u8>> {
    let body = body.unwrap_or_default();
    if is_base64 { BASE64_STANDARD.decode(body).ok() } else { Some(body.into_bytes()) }
}
