//! Errors of a verification.

use crate::fetch::BoxError;

/// Reason why a token was not accepted.
///
/// The messages are for logs. They contain nothing of the token, but those of the sources may quote a claim. Tell a client
/// only whether the token has expired, is invalid, or could not be verified for now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token is longer than 16 KiB, and so than any token of Cognito.
    #[error("the token is too long")]
    TooLong,
    /// The token does not have three parts, or a part is not canonical base64url, or the header is not readable JSON.
    #[error("the token is malformed")]
    Malformed(#[source] Option<BoxError>),
    /// The algorithm (`alg`) is not RS256, the only one that Cognito uses.
    #[error("the token is not signed with RS256")]
    WrongAlgorithm,
    /// The token requires an extension (`crit`), and none is supported: RFC 7515, section 4.1.11.
    #[error("the token demands an extension")]
    CriticalExtension,
    /// The key set has no key with the token's key ID (`kid`).
    #[error("the token names no key of the pool")]
    UnknownKey,
    /// The signature is not one of the key that the token names.
    #[error("the signature of the token is invalid")]
    WrongSignature,
    /// A claim is missing, appears twice, or has the wrong type.
    #[error("the claims of the token are not readable")]
    WrongClaims(#[source] BoxError),
    /// The token has expired (`exp`).
    #[error("the token has expired")]
    Expired,
    /// The token is not valid yet (`nbf`).
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token is not one of the pool (`iss`).
    #[error("the token was issued by another user pool")]
    OtherIssuer,
    /// The token is an ID token, or of another kind (`token_use`).
    #[error("the token is not an access token")]
    NotAnAccessToken,
    /// The token was issued to an app client that is not listed (`client_id`).
    #[error("the token was issued to another app client")]
    OtherClient,
    /// The user is in none of the required groups (`cognito:groups`).
    #[error("the user is in none of the required groups")]
    MissingGroup,
    /// The token has none of the required scopes (`scope`).
    #[error("the token has none of the required scopes")]
    MissingScope,
    /// The keys are not cached and could not be fetched. The token may be valid: respond with status 503.
    #[error("the keys of the pool could not be fetched")]
    KeysUnavailable(#[source] BoxError),
}
