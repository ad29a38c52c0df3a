//! What Cognito says to somebody who signs in.

use secrecy::SecretString;

use super::{challenge::Challenge, user::IdTokenClaims};

/// What Cognito answers to somebody who wants to sign in.
#[derive(Debug)]
pub enum Authentication {
    /// The person is who they say.
    Tokens(IssuedTokens),
    /// Cognito wants another step.
    Challenge(Challenge),
}

/// The tokens that Cognito issued.
#[derive(Debug)]
pub struct IssuedTokens {
    /// Opens the bearer routes.
    pub access_token: SecretString,
    /// Gets new tokens; there is none after a refresh that did not rotate it.
    pub refresh_token: Option<SecretString>,
    /// Who the person is, by the ID token.
    pub claims: IdTokenClaims,
    /// How long the access token lives, in seconds.
    pub expires_in: i32,
}
