//! Caller of a bearer route, and errors of access tokens.

use std::error::Error as StdError;

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
    /// The token has expired.
    #[error("the token has expired")]
    Expired,
    /// The token is longer than any access token of Cognito.
    #[error("the token is too long")]
    TooLong,
    /// The token is malformed, or its signature or a claim is invalid.
    #[error("the token does not verify")]
    NotVerified(#[source] Box<dyn StdError + Send + Sync>),
    /// The token is not signed with RS256, the only algorithm that Cognito uses.
    #[error("the token is not signed with RS256")]
    WrongAlgorithm,
    /// The token requires an extension (`crit`), and none is supported: RFC 7515, section 4.1.11.
    #[error("the token demands an extension")]
    CriticalExtension,
    /// The pool has no key with the token's key ID.
    #[error("the token names no key of the pool")]
    UnknownKey,
    /// The token is an ID token, or of another kind.
    #[error("the token is not an access token")]
    NotAnAccessToken,
    /// The token was issued to another app client.
    #[error("the token was issued to another app client")]
    OtherClient,
    /// Cognito rejected the token: it was revoked, or its user was deleted or disabled.
    #[error("Cognito does not accept the token any more")]
    NotAccepted(#[source] Box<dyn StdError + Send + Sync>),
}

impl TokenError {
    /// Reason in one word, for the audit line. It distinguishes expired and revoked tokens from forged ones.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Expired => "ExpiredToken",
            Self::TooLong
            | Self::NotVerified(_)
            | Self::WrongAlgorithm
            | Self::CriticalExtension
            | Self::UnknownKey => "ForgedToken",
            Self::NotAnAccessToken => "NotAnAccessToken",
            Self::OtherClient => "TokenOfAnotherClient",
            Self::NotAccepted(_) => "RevokedToken",
        }
    }
}
