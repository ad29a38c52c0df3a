//! Test vectors, and a verifier with their keys.

use std::fs;

use cognito_token_verifier::{FetchFuture, FetchKeySet, Verifier, VerifierBuilder};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub struct Vectors {
    pub user_pool_id: String,
    pub client_id: String,
    pub jwks: Value,
    pub tokens: Vec<Vector>,
}

#[derive(Deserialize)]
pub struct Vector {
    pub name: String,
    pub verdict: String,
    pub reason: Option<String>,
    pub token: String,
}

/// Endpoint of a key set; `None` if it does not respond.
#[derive(Debug)]
struct Keys(Option<String>);

impl FetchKeySet for Keys {
    fn fetch<'a>(&'a self, _: &'a str) -> FetchFuture<'a> {
        Box::pin(async { Ok(self.0.clone().ok_or("no connection")?.into_bytes()) })
    }
}

pub fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/tokens.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Token with this name.
pub fn token(name: &str) -> String {
    vectors().tokens.into_iter().find(|vector| vector.name == name).unwrap().token
}

/// Verifier for the vectors.
pub fn verifier() -> Verifier {
    builder().build_with(Keys(Some(vectors().jwks.to_string())))
}

/// Verifier that requires the group `admin`.
pub fn admin_verifier() -> Verifier {
    builder().any_group(["admin"]).build_with(Keys(Some(vectors().jwks.to_string())))
}

/// Verifier whose endpoint does not respond.
pub fn verifier_without_keys() -> Verifier {
    builder().build_with(Keys(None))
}

pub fn builder() -> VerifierBuilder {
    let vectors = vectors();
    Verifier::builder(&vectors.user_pool_id.parse().unwrap(), [vectors.client_id])
}
