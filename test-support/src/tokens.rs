//! Tokens signed by the pool or by another key.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

/// Key that signs tokens. Both keys exist for tests only.
#[derive(Debug)]
pub struct SigningKey(KeyPair);

impl SigningKey {
    /// The id of [`SigningKey::of_the_pool`] in the pool's key set.
    pub const ID: &str = "the-pools-key";

    /// The key of the pool of [`super::configuration`].
    pub fn of_the_pool() -> Self {
        Self(KeyPair::from_pkcs8(include_bytes!("pool-key.der")).expect("a PKCS #8 key"))
    }

    /// A key that is not the pool's.
    pub fn of_another_pool() -> Self {
        Self(KeyPair::from_pkcs8(include_bytes!("other-key.der")).expect("a PKCS #8 key"))
    }

    /// The key set that holds this key's public half, as Cognito publishes it.
    pub fn key_set(&self) -> Value {
        let (modulus, exponent) = self.public_components();
        json!({
            "keys": [{
                "alg": "RS256", "e": exponent, "kid": Self::ID, "kty": "RSA", "n": modulus, "use": "sig"
            }]
        })
    }

    /// The public modulus and exponent, as a key set holds them.
    pub fn public_components(&self) -> (String, String) {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.0.public());
        (BASE64_URL_SAFE_NO_PAD.encode(n), BASE64_URL_SAFE_NO_PAD.encode(e))
    }

    /// A token with `claims` that names the pool's key and is signed by this one.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": "RS256", "kid": Self::ID }), claims)
    }

    /// A token with any header, signed by this key.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let content = content(header, claims);
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content.as_bytes(), &mut signature)
            .expect("a signature as long as the key");
        format!("{content}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Signing input of a token: header and claims.
pub fn content(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

/// Token with an invalid signature. Functions do not verify ID tokens, which come from Cognito directly.
pub fn unsigned_token(claims: &Value) -> String {
    format!("{}.c2lnbmF0dXJl", content(&json!({ "alg": "RS256", "kid": "key" }), claims))
}

/// Claims of an access token of a user in the group `admin`, valid for another hour.
pub fn access_token_claims() -> Value {
    let now = now();
    json!({
        "sub": "b7d8f6e4-0001",
        "cognito:groups": ["admin"],
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
        "client_id": "1example23456789",
        "origin_jti": "c5d0c2f6-0001",
        "event_id": "1f0f1c0e-0001",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": now,
        "exp": now + 3600,
        "iat": now,
        "jti": "0f6f6bd1-0001",
        "username": "b7d8f6e4-0001"
    })
}

/// An access token of a user who has just signed in.
pub fn access_token() -> String {
    SigningKey::of_the_pool().sign(&access_token_claims())
}

/// Valid access tokens: one of a user who signed in 16 minutes ago, and one without `auth_time`.
pub fn stale_access_tokens() -> [String; 2] {
    let mut claims = access_token_claims();
    claims["auth_time"] = (now() - 16 * 60).into();
    let stale = SigningKey::of_the_pool().sign(&claims);
    claims.as_object_mut().expect("an object").remove("auth_time");
    [stale, SigningKey::of_the_pool().sign(&claims)]
}

/// The time, in seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs()
}
