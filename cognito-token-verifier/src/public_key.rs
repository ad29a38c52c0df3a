//! RSA keys of a key set (JWKS, RFC 7517).

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::Value;

/// Keys by key ID.
pub(crate) type Keys = HashMap<String, Arc<PublicKey>>;

/// RSA key that verifies RS256 signatures.
#[derive(Debug)]
pub(crate) struct PublicKey(RsaPublicKeyComponents<Vec<u8>>);

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// Members of a key that Cognito publishes.
#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: String,
    e: String,
}

impl PublicKey {
    /// Whether `signature` is the RS256 signature (RFC 7518, section 3.3) of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }

    fn from_jwk(jwk: &Value) -> Option<(String, Arc<Self>)> {
        let jwk = Jwk::deserialize(jwk).ok()?;
        let is_for_rs256 = jwk.kty == "RSA"
            && jwk.alg.is_none_or(|algorithm| algorithm == "RS256")
            && jwk.purpose.is_none_or(|purpose| purpose == "sig");
        let components = RsaPublicKeyComponents {
            n: BASE64_URL_SAFE_NO_PAD.decode(jwk.n).ok()?,
            e: BASE64_URL_SAFE_NO_PAD.decode(jwk.e).ok()?,
        };
        is_for_rs256.then(|| (jwk.kid, Arc::new(Self(components))))
    }
}

/// Reads a key set. Keys that cannot be read are skipped, since they may be for another use.
pub(crate) fn read_key_set(json: &[u8]) -> Result<Keys, serde_json::Error> {
    let set: KeySet = serde_json::from_slice(json)?;
    Ok(set.keys.iter().filter_map(PublicKey::from_jwk).collect())
}
