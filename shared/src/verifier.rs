//! Who holds a bearer token: the token's signature and claims, checked before Cognito is asked.
//!
//! Strict by default, as AWS asks of those who verify Cognito's tokens:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>.

use jsonwebtoken::{Algorithm, Validation, decode_header, errors::ErrorKind};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    configuration::UserPool,
    error::Error,
    key_set::{self, KeySet},
};

/// Longer than any access token of Cognito, and than any header that API Gateway lets through.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A person whose access token has been verified.
#[derive(Debug)]
pub struct Caller {
    /// The token, for the calls to Cognito that it authorises.
    pub access_token: SecretString,
    /// The groups that the person was in when the token was issued.
    pub groups: Vec<String>,
}

/// Why a bearer token was not accepted. The words are for the log.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It is longer than a token can be.
    #[error("the token is too long")]
    TooLong,
    /// It is no token, or what signs it or stands in it is not what it must be.
    #[error("the token does not verify")]
    NotVerified(#[source] jsonwebtoken::errors::Error),
    /// It is not signed with RS256, the only algorithm that Cognito uses.
    #[error("the token is not signed with RS256")]
    WrongAlgorithm,
    /// It demands an extension (`crit`), and we understand none: RFC 7515, section 4.1.11.
    #[error("the token demands an extension")]
    CriticalExtension,
    /// No key of the pool has the id that it names.
    #[error("the token names no key of the pool")]
    UnknownKey,
    /// It is an ID token, or something else.
    #[error("the token is not an access token")]
    NotAnAccessToken,
    /// It was issued to another app client.
    #[error("the token was issued to another app client")]
    OtherClient,
    /// Cognito does not accept it any more: revoked, or its user is gone or disabled.
    #[error("Cognito does not accept the token any more")]
    NotAccepted(#[source] Box<Error>),
}

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
    token_use: String,
    client_id: String,
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
        // An access token of Cognito has no audience; its `client_id` says whom it is for.
        validation.validate_aud = false;
        Self { keys, validation, client_id: user_pool.client_id.clone() }
    }

    /// Fetches the pool's keys now, so that the first token need not wait for them.
    pub(crate) async fn prepare(&self) {
        self.keys.prepare().await;
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
        let key = self.keys.find(&key_id).await?.ok_or(TokenError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<AccessTokenClaims>(text, &key, &self.validation)
            .map_err(TokenError::from)?
            .claims;
        if claims.token_use != "access" {
            return Err(TokenError::NotAnAccessToken.into());
        }
        if claims.client_id != self.client_id {
            return Err(TokenError::OtherClient.into());
        }
        Ok(Caller { access_token: token, groups: claims.groups })
    }
}

impl From<jsonwebtoken::errors::Error> for TokenError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        match error.kind() {
            ErrorKind::ExpiredSignature => Self::Expired,
            _ => Self::NotVerified(error),
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Unauthenticated(Some(error))
    }
}

#[cfg(test)]
mod tests;
