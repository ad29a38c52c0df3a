//! Who holds a bearer token: the token's signature and claims, checked before Cognito is asked.
//!
//! Strict by default, as AWS asks of those who verify Cognito's tokens:
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

/// Longer than any access token of Cognito, and than any header that API Gateway lets through.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Verifies the access tokens of one app client in one user pool.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    validation: Validation,
    client_id: String,
}

/// What an access token says.
#[derive(Deserialize)]
struct AccessTokenClaims {
    sub: String,
    /// The name in the pool; the id is a name too.
    username: Option<String>,
    /// Checked by `Validation`, which would also take a list that holds ours. A string it must be: RFC 7519, section
    /// 4.1.1.
    #[serde(rename = "iss")]
    _issuer: String,
    token_use: String,
    client_id: String,
    /// Without one nobody knows when it was, and it counts as long ago.
    #[serde(default)]
    auth_time: u64,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
}

impl Verifier {
    /// A verifier for `user_pool`, whose public keys are `keys`.
    pub(crate) fn new(user_pool: &UserPool, keys: KeySet) -> Self {
        key_set::install_cryptography();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[user_pool.issuer()]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        // "On or after" its `exp` a token is no token: RFC 7519, section 4.1.4.
        validation.reject_tokens_expiring_in_less_than = 1;
        // An access token of Cognito has no audience; its `client_id` says whom it is for.
        validation.validate_aud = false;
        Self { keys, validation, client_id: user_pool.client_id.clone() }
    }

    /// Fetches the pool's keys now, so that the first token need not wait for them.
    pub(crate) async fn prepare(&self) {
        self.keys.prepare(SystemTime::now()).await;
    }

    /// Checks a token that a client sent.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where it does not verify, [`Error::Unavailable`] where the
    /// pool's keys cannot be had.
    pub async fn verify(&self, token: SecretString) -> Result<Caller, Error> {
        let text = token.expose_secret();
        if text.len() > LONGEST_TOKEN {
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
