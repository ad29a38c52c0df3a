//! What API Gateway hands to a function.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::model::error::{Error, Problem};

/// The header in which CloudFront proves that it is ours (`deploy/edge.yaml`).
const EDGE_SECRET: &str = "x-edge-secret";

/// The header in which it tells who asked it. Anybody can send one, so it counts beside the secret alone.
const VIEWER_ADDRESS: &str = "x-viewer-address";

/// Longer than any browser's, short enough for a log.
const LONGEST_USER_AGENT: usize = 256;

/// An HTTP request, as an API of API Gateway hands it over: an HTTP API in payload format 2.0, or
/// a REST API (or an HTTP API that is set so) in format 1.0.
///
/// Read straight from the two formats and not by way of an `http::Request`, which cannot hold
/// every host and path that a stranger may send.
#[derive(Debug)]
pub struct Event {
    /// The headers.
    pub(crate) headers: Arc<HeaderMap>,
    /// The body, as far as API Gateway could read it: `None` where its base64 is broken.
    pub(crate) body: Option<Vec<u8>>,
    /// The path that was asked for, as the client wrote it.
    pub(crate) path: Option<String>,
    /// The host name of the API.
    pub(crate) domain_name: Option<String>,
    /// The address that API Gateway saw, or that the CloudFront in front of it did, which nobody else can forge.
    source_ip: Option<String>,
    /// API Gateway's id of the request, where it is one.
    pub(crate) request_id: Option<String>,
}

impl Event {
    /// Reads an event. `None` if it has neither format, and so does not come from API Gateway.
    pub fn parse(json: &str) -> Option<Self> {
        Self::parse_exactly(json).or_else(|| Self::parse_exactly(&without_invalid_headers(json)?))
    }

    fn parse_exactly(json: &str) -> Option<Self> {
        let http_api = serde_json::from_str::<ApiGatewayV2httpRequest>(json).map(Self::from);
        http_api.or_else(|_| serde_json::from_str::<ApiGatewayProxyRequest>(json).map(Self::from)).ok()
    }

    /// Where `secret` says that CloudFront is in front of the API: refuses what did not come through it, and takes
    /// the viewer's address from it. What the two said to each other is in no header afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::PublicAddressRequired`] where the secret is missing or another.
    pub(crate) fn admit(&mut self, secret: Option<&SecretString>) -> Result<(), Error> {
        let Some(secret) = secret else { return Ok(()) };
        let headers = Arc::make_mut(&mut self.headers);
        let said = headers.remove(EDGE_SECRET);
        let viewer_address = headers.remove(VIEWER_ADDRESS);
        if !said.is_some_and(|said| is_same(said.as_bytes(), secret)) {
            return Err(Error::PublicAddressRequired);
        }
        self.source_ip = viewer_address.and_then(|address| address.to_str().ok().map(str::to_owned));
        Ok(())
    }

    /// The address that asked: the one that API Gateway saw, or the CloudFront in front of it.
    pub(crate) fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip.as_deref()?.parse().ok()
    }

    /// What the client says it is, as far as that is text.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        let user_agent = self.headers.get(header::USER_AGENT)?.to_str().ok()?;
        // `to_str` gives visible ASCII alone, so any byte is the end of a character.
        user_agent.get(..user_agent.len().min(LONGEST_USER_AGENT))
    }

    /// The body's bytes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where they cannot be read.
    pub fn body(&self) -> Result<&[u8], Error> {
        self.body.as_deref().ok_or(Error::InvalidField { field: "body", problem: Problem::NotAJsonObject })
    }
}

impl From<ApiGatewayV2httpRequest> for Event {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let context = event.request_context;
        Self {
            headers: Arc::new(event.headers),
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
            headers: Arc::new(event.headers),
            body: decode(event.body, event.is_base64_encoded),
            path: event.path,
            domain_name: context.domain_name,
            source_ip: context.identity.source_ip,
            request_id: context.request_id.filter(|id| is_request_id(id)),
        }
    }
}

/// Whether an event is a JSON object without a request in it: a warm-up ping, a scheduled event, or a test in Lambda's
/// console.
pub(crate) fn is_no_request(json: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(json).is_ok_and(|event| !event.contains_key("requestContext"))
}

/// The same event without the headers that HTTP does not allow. API Gateway may pass on what a client sent, such as a
/// control character, and that is no reason to reject the request.
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

/// Whether `said` is `secret`, in a time that does not tell how much of it is right: ring compares the two messages'
/// authentication codes so.
fn is_same(said: &[u8], secret: &SecretString) -> bool {
    let secret = secret.expose_secret().as_bytes();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, secret, hmac::sign(&key, said).as_ref()).is_ok()
}

/// Whether `id` can be sent back in a header.
fn is_request_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn decode(body: Option<String>, is_base64: bool) -> Option<Vec<u8>> {
    let body = body.unwrap_or_default();
    if is_base64 { BASE64_STANDARD.decode(body).ok() } else { Some(body.into_bytes()) }
}
