//! Caller of a bearer route, and errors of access tokens.

use std::error::Error as StdError;

use cognito_token_verifier::VerifyError;
use secrecy::SecretString;

use super::username::Username;

/// User whose access token has been verified.
#[derive(Debug)]
pub struct Caller {
    /// User's unique ID in the pool.
    pub sub: String,
    /// Username in the pool.
    pub username: Username,
    /// Access token, for calls to Cognito that it authorizes.
    pub access_token: SecretString,
    /// User's groups when the token was issued.
    pub groups: Vec<String>,
    /// Time of the sign-in in seconds since 1970. A refresh does not change it.
    pub auth_time: u64,
}

/// Reason why a bearer token was rejected. `Display` is for the log.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token does not verify.
    #[error(transparent)]
    NotVerified(VerifyError),
    /// Neither `username` nor `sub` of the token is a username.
    #[error("the token names no user")]
    NoUsername,
    /// Cognito rejected the token: it was revoked, or its user was deleted or disabled.
    #[error("Cognito does not accept the token any more")]
    NotAccepted(#[source] Box<dyn StdError + Send + Sync>),
}

impl TokenError {
    /// Whether the token has expired, and is valid otherwise as far as it was checked.
    pub(crate) fn is_expired(&self) -> bool {
        matches!(self, Self::NotVerified(VerifyError::Expired))
    }

    /// Reason in one word, for the audit line. It distinguishes expired and revoked tokens from forged ones.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::NotVerified(VerifyError::Expired) => "ExpiredToken",
            Self::NotVerified(VerifyError::NotAnAccessToken) | Self::NoUsername => "NotAnAccessToken",
            Self::NotVerified(VerifyError::OtherClient) => "TokenOfAnotherClient",
            Self::NotVerified(_) => "ForgedToken",
            Self::NotAccepted(_) => "RevokedToken",
        }
    }
}
