//! Strict verification of Amazon Cognito access tokens.
//!
//! A [`Verifier`] checks a token offline, with the public keys of the user pool, which it fetches and caches:
//!
//! ```no_run
//! use cognito_token_verifier::Verifier;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let verifier = Verifier::builder(&"eu-west-1_AbCdEfGhI".parse()?, ["1example23456789"]).build()?;
//! let token = verifier.verify("eyJraWQiOi...").await?;
//! println!("user {} in the groups {:?}", token.sub, token.groups);
//! # Ok(())
//! # }
//! ```
//!
//! # Rules
//!
//! | part | rule |
//! |---|---|
//! | form | three parts in canonical base64url, at most 16 KiB, no claim that is read appears twice |
//! | `alg` | RS256 |
//! | `crit` | absent |
//! | `kid` | a key of the pool; never one that the token brings or names by an address |
//! | signature | valid for that key |
//! | `exp`, `nbf` | not expired, and valid already; no leeway unless [configured](VerifierBuilder::leeway) |
//! | `iss` | the pool's original or [updated](UserPoolId::updated_issuer) issuer |
//! | `token_use` | `access`. ID tokens are for the application that signed the user in |
//! | `client_id` | one of the listed app clients |
//! | `cognito:groups`, `scope` | as [required](VerifierBuilder::any_group), if so |
//!
//! # Keys
//!
//! The first token causes a fetch of the keys, unless [`Verifier::prepare`] has fetched them. A token with an unknown key
//! ID causes another one, at most once a minute, or after five seconds if a fetch failed. Concurrent tokens share a fetch. If
//! a fetch fails, the keys that are cached stay in use.
//!
//! A server that drops the future of a request whose client disconnects also cancels its fetch, which counts as failed. A
//! client that does this every five seconds can delay a new key of the pool. Call [`Verifier::prepare`] every few minutes if
//! that matters.
//!
//! The time limit of a fetch needs a Tokio runtime with time enabled, whatever the HTTP client.
//!
//! # What it cannot know
//!
//! A token that was revoked, or whose user was disabled or deleted, verifies until it expires. Ask Cognito (`GetUser`)
//! where that matters.
//!
//! # With axum
//!
//! With the feature `axum`, [`AccessToken`] is an extractor, for routers whose state has a [`Verifier`]:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, http::StatusCode, routing::get};
//! use cognito_token_verifier::{AccessToken, Verifier};
//!
//! async fn reports(token: AccessToken) -> Result<String, StatusCode> {
//!     if token.has_group("analysts") { Ok(format!("reports of {}", token.sub)) } else { Err(StatusCode::FORBIDDEN) }
//! }
//!
//! fn app(verifier: Verifier) -> Router {
//!     Router::new().route("/reports", get(reports)).with_state(verifier)
//! }
//! # }
//! ```
//!
//! # With tower
//!
//! With the feature `tower`, [`VerifierLayer`] protects any service, and the routes that a router has
//! before the layer is added. Put a CORS layer outside of it, because preflight requests have no token:
//!
//! ```
//! # #[cfg(feature = "tower")] {
//! use axum::{Extension, Router, routing::get};
//! use cognito_token_verifier::{AccessToken, Verifier, VerifierLayer};
//!
//! fn app(verifier: Verifier) -> Router {
//!     let hello = |Extension(token): Extension<AccessToken>| async move { format!("Hello {}", token.sub) };
//!     Router::new().route("/", get(hello)).layer(VerifierLayer::new(verifier))
//! }
//! # }
//! ```
//!
//! # In tests
//!
//! A [`FetchKeySet`] of your own gives the verifier any keys. The project's `test-vectors/tokens.json` has keys, valid
//! tokens that expire in 2100, and hostile ones:
//!
//! ```
//! use cognito_token_verifier::{FetchFuture, FetchKeySet, Verifier, VerifyError};
//! use serde_json::Value;
//!
//! #[derive(Debug)]
//! struct TestKeys(String);
//!
//! impl FetchKeySet for TestKeys {
//!     fn fetch<'a>(&'a self, _url: &'a str) -> FetchFuture<'a> {
//!         Box::pin(async { Ok(self.0.clone().into_bytes()) })
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let vectors: Value = serde_json::from_str(include_str!("../../test-vectors/tokens.json"))?;
//! let pool = vectors["user_pool_id"].as_str().unwrap_or_default().parse()?;
//! let client_id = vectors["client_id"].as_str().unwrap_or_default();
//! let verifier = Verifier::builder(&pool, [client_id]).build_with(TestKeys(vectors["jwks"].to_string()));
//!
//! for vector in vectors["tokens"].as_array().into_iter().flatten() {
//!     let token = vector["token"].as_str().unwrap_or_default();
//!     assert_eq!(verifier.verify(token).await.is_ok(), vector["verdict"] == "valid");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Versions
//!
//! The README describes which changes are breaking ones.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod access_token;
#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "axum", feature = "tower"))]
mod bearer;
mod error;
mod fetch;
#[cfg(feature = "http-client")]
mod http_client;
mod key_set;
mod public_key;
#[cfg(test)]
mod test_endpoint;
#[cfg(feature = "tower")]
mod tower;
mod user_pool_id;
mod verifier;

pub use access_token::AccessToken;
#[cfg(any(feature = "axum", feature = "tower"))]
pub use bearer::Rejection;
pub use error::VerifyError;
pub use fetch::{BoxError, FetchFuture, FetchKeySet};
#[cfg(feature = "http-client")]
pub use http_client::HttpClient;
#[cfg(feature = "tower")]
pub use tower::{VerifierLayer, VerifierService};
pub use user_pool_id::{InvalidUserPoolId, UserPoolId};
pub use verifier::{Verifier, VerifierBuilder};
