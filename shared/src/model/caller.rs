//! Who holds a bearer token, or why nobody does.

use std::error::Error as StdError;

use secrecy::SecretString;

use super::username::Username;

/// A person whose access token has been verified.
#[derive(Debug)]
pub struct Caller {
    /// The person's unique id in the pool.
    pub sub: String,
    /// The person's name in the pool.
    pub username: Username,
    /// The token, for the calls to Cognito that it authorises.
    pub access_token: SecretString,
    /// The groups that the person was in when the token was issued.
    pub groups: Vec<String>,
    /// When the person signed in, in seconds since 1970. A refresh does not change it.
    pub auth_time: u64,
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
    NotVerified(#[source] Box<dyn StdError + Send + Sync>),
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
    NotAccepted(#[source] Box<dyn StdError + Send + Sync>),
}

impl TokenError {
    /// The cause in one word, for the log: one that was good once is told from one that never was.
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
