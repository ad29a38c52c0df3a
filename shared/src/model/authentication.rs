//! What Cognito says to somebody who signs in.

use secrecy::SecretString;

use super::{error::CognitoName, user::IdTokenClaims};

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

/// A step that Cognito wants before it issues tokens.
#[derive(Debug)]
pub enum Challenge {
    /// The person must choose a new password: a first sign-in, or an administrator's reset.
    NewPasswordRequired {
        /// Goes back to Cognito with the answer.
        session: SecretString,
        /// The name to answer with (`USER_ID_FOR_SRP`), where Cognito said so: a person who
        /// signs in by an alias, such as an e-mail address, must answer by their real name.
        username_for_answer: Option<String>,
        /// The attributes that the person must fill in, such as `name`.
        required_attributes: Vec<String>,
    },
    /// A step that no route here can take.
    Other(CognitoName),
}
