//! Default HTTP client.

use http::{Request, Uri, header::USER_AGENT};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::crypto::ring;

use crate::fetch::{BoxError, FetchFuture, FetchKeySet};

/// Cognito publishes two keys, in about 1 KB.
const MAX_RESPONSE_SIZE: usize = 64 * 1024;

/// HTTP client that fetches key sets over HTTPS, with the system's root certificates.
///
/// Plain HTTP works too, for emulators. Redirects are errors, and proxy settings of the environment are not read.
#[derive(Debug)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl HttpClient {
    /// Client with the system's root certificates.
    ///
    /// # Errors
    ///
    /// The system has no readable root certificates.
    pub fn new() -> Result<Self, BoxError> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, BoxError> {
        // AWS's common rules for web ACLs block requests without this header (`NoUserAgent_HEADER`).
        let user_agent = concat!("cognito-token-verifier/", env!("CARGO_PKG_VERSION"));
        let request = Request::get(url.parse::<Uri>()?).header(USER_AGENT, user_agent).body(Empty::new())?;
        let response = self.0.request(request).await?;
        if response.status() != http::StatusCode::OK {
            return Err(format!(
                "the request for the key set returned status {}",
                response.status().as_u16()
            )
            .into());
        }
        Ok(Limited::new(response.into_body(), MAX_RESPONSE_SIZE).collect().await?.to_bytes().to_vec())
    }
}

impl FetchKeySet for HttpClient {
    fn fetch<'a>(&'a self, url: &'a str) -> FetchFuture<'a> {
        Box::pin(self.get(url))
    }
}
