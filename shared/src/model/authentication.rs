//! What Cognito says to somebody who signs in.

use secrecy::SecretString;

use super::{
    challenge::{Challenge, ChallengeKind, CodeSource},
    delivery::Delivery,
    user::IdTokenClaims,
    username::Username,
};

/// What Cognito answers to somebody who wants to sign in.
#[derive(Debug)]
pub enum Authentication {
    /// The person is who they say.
    Tokens(IssuedTokens),
    /// Cognito wants another step.
    Challenge(Challenge),
}

impl Authentication {
    /// Replaces the delivery of a code with one that is computed from `username`: for a user who has not proven a factor
    /// yet, and may not exist.
    #[must_use]
    pub fn with_masked_delivery(mut self, username: &Username) -> Self {
        if let Self::Challenge(Challenge { kind: ChallengeKind::Code { source, delivery }, .. }) = &mut self {
            *delivery = match source {
                CodeSource::EmailOtp => Some(Delivery::masked_email(username)),
                CodeSource::SmsMfa | CodeSource::SmsOtp => Some(Delivery::masked_sms()),
                CodeSource::SoftwareToken => None,
            };
        }
        self
    }
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
