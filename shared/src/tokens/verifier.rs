//! Verification of the signature and the claims of an access token.
//!
//! Strict, as AWS recommends:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>.

use std::time::SystemTime;

use jsonwebtoken::{Algorithm, Validation, decode_header, errors::ErrorKind};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::key_set::{self, KeySet};
use crate::model::{
    caller::{Caller, TokenError},
    error::Error,
    user_pool::UserPool,
    username::Username,
};

/// Longer than any access token of Cognito, and than any header that API Gateway accepts.
const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// Verifier of access tokens of one app client in one user pool.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    validation: Validation,
    client_id: String,
}

/// Claims of an access token.
#[derive(Deserialize)]
struct AccessTokenClaims {
    sub: String,
    /// Username in the pool. `sub` is used if it is missing, since Cognito accepts it as a username.
    username: Option<String>,
    /// Verified by `Validation`, which also accepts a list that contains the issuer. This field rejects lists: RFC
    /// 7519, section 4.1.1, requires a string.
    #[serde(rename = "iss")]
    _issuer: String,
    token_use: String,
    client_id: String,
    /// Time of the sign-in. A missing one counts as long ago.
    #[serde(default)]
    auth_time: u64,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
}

impl Verifier {
    /// Verifier for `user_pool` with its key set.
    pub(crate) fn new(user_pool: &UserPool, keys: KeySet) -> Self {
        key_set::install_crypto_provider();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[user_pool.issuer()]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        // A token expires at `exp`, and not one second after: RFC 7519, section 4.1.4.
        validation.reject_tokens_expiring_in_less_than = 1;
        // Cognito's access tokens have `client_id` instead of `aud`.
        validation.validate_aud = false;
        Self { keys, validation, client_id: user_pool.client_id.clone() }
    }

    /// Fetches the key set in advance, so that the first token does not wait for it.
    pub(crate) async fn prepare(&self) {
        self.keys.prepare(SystemTime::now()).await;
    }

    /// Verifies an access token.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if the token is invalid, [`Error::Unavailable`] if the key set cannot be fetched.
    pub async fn verify(&self, token: SecretString) -> Result<Caller, Error> {
        let text = token.expose_secret();
        if text.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::TooLong.into());
        }
        let header = decode_header(text).map_err(TokenError::from)?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenError::WrongAlgorithm.into());
        }
        if header.crit.is_some() {
            return Err(TokenError::CriticalExtension.into());
        }
        let key_id = header.kid.ok_or(TokenError::UnknownKey)?;
        let key = self.keys.find(&key_id, SystemTime::now()).await?.ok_or(TokenError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<AccessTokenClaims>(text, &key, &self.validation)
            .map_err(TokenError::from)?
            .claims;
        if claims.token_use != "access" {
            return Err(TokenError::NotAnAccessToken.into());
        }
        if claims.client_id != self.client_id {
            return Err(TokenError::OtherClient.into());
        }
        let username = claims.username.as_deref().and_then(Username::parse);
        let username =
            username.or_else(|| Username::parse(&claims.sub)).ok_or(TokenError::NotAnAccessToken)?;
        Ok(Caller {
            sub: claims.sub,
            username,
            access_token: token,
            groups: claims.groups,
            auth_time: claims.auth_time,
        })
    }
}

impl From<jsonwebtoken::errors::Error> for TokenError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        match error.kind() {
            ErrorKind::ExpiredSignature => Self::Expired,
            _ => Self::NotVerified(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests;
