//! Verification of the signature and the claims of an access token.
//!
//! Strict, as AWS recommends:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::{
    access_token::{AccessToken, Claims},
    error::VerifyError,
    fetch::FetchKeySet,
    key_set::KeySet,
    user_pool_id::UserPoolId,
};

/// Longer than any access token of Cognito, and than any header that API Gateway accepts.
const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// Verifier of the access tokens of one user pool. Clones share the cached keys.
#[derive(Debug, Clone)]
pub struct Verifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: KeySet,
    rules: Rules,
}

/// Rules for the claims.
#[derive(Debug)]
struct Rules {
    issuers: [String; 2],
    client_ids: Vec<String>,
    groups: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    leeway: Duration,
}

/// Settings of a [`Verifier`]. Made by [`Verifier::builder`].
#[derive(Debug)]
#[must_use]
pub struct VerifierBuilder {
    key_set_url: String,
    rules: Rules,
}

/// Members of the header (RFC 7515, section 4.1) that the verification reads. It never uses a key that the token brings
/// or names by an address (`jwk`, `jku`, `x5c`, `x5u`).
#[derive(Deserialize)]
struct Header {
    alg: Option<String>,
    kid: Option<String>,
    /// Whether the member is present, even if it is null.
    #[serde(default, deserialize_with = "is_present")]
    crit: bool,
    /// With this field, a JSON array is not a header.
    #[serde(flatten)]
    _other: IgnoredAny,
}

impl Verifier {
    /// Builder of a verifier of the access tokens of `user_pool` that were issued to one of `client_ids`.
    pub fn builder<I>(user_pool: &UserPoolId, client_ids: I) -> VerifierBuilder
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        VerifierBuilder {
            key_set_url: user_pool.key_set_url(),
            rules: Rules {
                issuers: [user_pool.issuer(), user_pool.updated_issuer()],
                client_ids: client_ids.into_iter().map(Into::into).collect(),
                groups: None,
                scopes: None,
                leeway: Duration::ZERO,
            },
        }
    }

    /// Fetches the keys in advance, so that the first token does not wait for them.
    ///
    /// # Errors
    ///
    /// [`VerifyError::KeysUnavailable`]. A service may ignore it: the first token then causes a fetch of its own.
    pub async fn prepare(&self) -> Result<(), VerifyError> {
        self.0.keys.prepare(SystemTime::now()).await
    }

    /// Verifies an access token: `token` is the part of the `Authorization` header after `Bearer`.
    ///
    /// # Errors
    ///
    /// [`VerifyError::KeysUnavailable`] if the keys could not be fetched. Every other error means that the token is not
    /// acceptable.
    pub async fn verify(&self, token: &str) -> Result<AccessToken, VerifyError> {
        self.verify_at(token, SystemTime::now()).await
    }

    async fn verify_at(&self, token: &str, now: SystemTime) -> Result<AccessToken, VerifyError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(VerifyError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed(None))?;
        let (header, payload) = signed.split_once('.').ok_or(VerifyError::Malformed(None))?;
        let [header, payload, signature] = [decode(header)?, decode(payload)?, decode(signature)?];
        let header: Header =
            serde_json::from_slice(&header).map_err(|error| VerifyError::Malformed(Some(error.into())))?;
        if header.alg.is_none_or(|algorithm| algorithm != "RS256") {
            return Err(VerifyError::WrongAlgorithm);
        }
        if header.crit {
            return Err(VerifyError::CriticalExtension);
        }
        let key_id = header.kid.ok_or(VerifyError::UnknownKey)?;
        let key = self.0.keys.find(&key_id, now).await?;
        if !key.verifies(signed.as_bytes(), &signature) {
            return Err(VerifyError::WrongSignature);
        }
        let claims =
            serde_json::from_slice(&payload).map_err(|error| VerifyError::WrongClaims(error.into()))?;
        self.0.rules.check(&claims, now)?;
        let token = AccessToken::from(claims);
        self.0.rules.check_permissions(&token)?;
        Ok(token)
    }
}

impl Rules {
    fn check(&self, claims: &Claims, now: SystemTime) -> Result<(), VerifyError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let leeway = self.leeway.as_secs_f64();
        // A token expires at `exp`, and not one second after: RFC 7519, section 4.1.4.
        if claims.exp + leeway <= now {
            return Err(VerifyError::Expired);
        }
        if claims.nbf.is_some_and(|start| start > now + leeway) {
            return Err(VerifyError::NotYetValid);
        }
        if !self.issuers.contains(&claims.iss) {
            return Err(VerifyError::OtherIssuer);
        }
        if claims.token_use != "access" {
            return Err(VerifyError::NotAnAccessToken);
        }
        // Cognito's access tokens have `client_id` instead of `aud`.
        if !self.client_ids.contains(&claims.client_id) {
            return Err(VerifyError::OtherClient);
        }
        Ok(())
    }

    fn check_permissions(&self, token: &AccessToken) -> Result<(), VerifyError> {
        if !has_any(self.groups.as_deref(), &token.groups) {
            return Err(VerifyError::MissingGroup);
        }
        if !has_any(self.scopes.as_deref(), &token.scopes) {
            return Err(VerifyError::MissingScope);
        }
        Ok(())
    }
}

impl VerifierBuilder {
    /// URL of the key set, if not [`UserPoolId::key_set_url`]: an emulator, a proxy, or the updated issuer's.
    pub fn key_set_url(mut self, url: impl Into<String>) -> Self {
        self.key_set_url = url.into();
        self
    }

    /// Requires that the user is in at least one of `groups`. An empty list rejects every token.
    ///
    /// A service whose routes need different groups calls [`AccessToken::has_group`] instead.
    pub fn any_group<I>(mut self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.rules.groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }

    /// Requires that the token has at least one of `scopes`. An empty list rejects every token.
    pub fn any_scope<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.rules.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Tolerance for `exp` and `nbf`, for a machine whose clock is not exact. The default is zero. Clocks on AWS need none.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway;
        self
    }

    /// Verifier that fetches the keys over HTTPS, with the system's root certificates.
    ///
    /// # Errors
    ///
    /// The system has no readable root certificates.
    #[cfg(feature = "http-client")]
    pub fn build(self) -> Result<Verifier, crate::BoxError> {
        Ok(self.build_with(crate::HttpClient::new()?))
    }

    /// Verifier that fetches the keys with `fetcher`.
    pub fn build_with(self, fetcher: impl FetchKeySet + 'static) -> Verifier {
        let keys = KeySet::new(Box::new(fetcher), self.key_set_url);
        Verifier(Arc::new(Inner { keys, rules: self.rules }))
    }
}

/// Whether one of the names in `required` is in `names`. `None` requires none.
fn has_any(required: Option<&[String]>, names: &[String]) -> bool {
    required.is_none_or(|required| required.iter().any(|name| names.contains(name)))
}

fn is_present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// Decodes base64url without padding (RFC 7515, section 2). Trailing bits must be zero, so that no two texts are the same
/// token.
fn decode(part: &str) -> Result<Vec<u8>, VerifyError> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|error| VerifyError::Malformed(Some(error.into())))
}

#[cfg(test)]
mod tests;
