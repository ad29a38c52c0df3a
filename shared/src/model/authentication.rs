//! Results of authentication by Cognito.

use secrecy::SecretString;

use super::{
    challenge::{Challenge, ChallengeKind, CodeSource},
    delivery::Delivery,
    user::IdTokenClaims,
    username::Username,
};

/// Cognito's response during a sign-in.
#[derive(Debug)]
pub enum Authentication {
    /// The user is authenticated.
    Tokens(IssuedTokens),
    /// Cognito requires a challenge.
    Challenge(Challenge),
}

impl Authentication {
    /// Replaces the delivery of a code with one that is computed from `username`, for a user who has not proven a
    /// factor and may not exist.
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

/// Tokens that Cognito issued.
#[derive(Debug)]
pub struct IssuedTokens {
    /// Access token.
    pub access_token: SecretString,
    /// Refresh token. `None` after a refresh without token rotation.
    pub refresh_token: Option<SecretString>,
    /// Claims of the ID token.
    pub claims: IdTokenClaims,
    /// Lifetime of the access token in seconds.
    pub expires_in: i32,
}
