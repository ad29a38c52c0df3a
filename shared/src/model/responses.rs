//! What clients are given.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::{
    authentication::{Authentication, Challenge, IssuedTokens},
    error::Error,
    user::{Profile, User, UserPolicy},
    username::Username,
};

const TOKEN_TYPE: &str = "bearer";

/// A body that a client is given.
pub trait ResponseBody: Serialize {
    /// True where it asks for another step instead of giving what was asked for: for the audit line.
    fn is_challenge(&self) -> bool {
        false
    }

    /// The id of the person who has signed in by it, or who was signed out: for the audit line.
    fn subject(&self) -> Option<&str> {
        None
    }

    /// What was asked for and could not be done, though the client is not to know: for the log.
    fn undone(&self) -> &[Error] {
        &[]
    }
}

impl ResponseBody for SignIn {
    fn is_challenge(&self) -> bool {
        matches!(self, Self::PasswordChangeRequired(_))
    }

    fn subject(&self) -> Option<&str> {
        match self {
            Self::Tokens(tokens) => tokens.subject(),
            Self::PasswordChangeRequired(_) => None,
        }
    }
}

impl ResponseBody for Tokens {
    fn subject(&self) -> Option<&str> {
        Some(&self.user.user_id)
    }
}

impl ResponseBody for CodeSent {
    fn undone(&self) -> &[Error] {
        &self.undone
    }
}

impl ResponseBody for LoggedOut {
    fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    fn undone(&self) -> &[Error] {
        &self.undone
    }
}

impl ResponseBody for Done {}
impl ResponseBody for Profile {}

/// What an attempt to sign in leads to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum SignIn {
    /// The person is signed in.
    Tokens(Tokens),
    /// The person must choose a new password first.
    PasswordChangeRequired(PasswordChangeRequired),
}

/// The tokens of a person who is signed in.
#[derive(Debug, Serialize)]
pub struct Tokens {
    #[serde(serialize_with = "hand_over")]
    access_token: SecretString,
    #[serde(serialize_with = "hand_over_where_there", skip_serializing_if = "Option::is_none")]
    refresh_token: Option<SecretString>,
    token_type: &'static str,
    user: User,
    expires_in: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

/// What a person must send to `complete-password-change`, next to a new password.
#[derive(Debug, Serialize)]
pub struct PasswordChangeRequired {
    access_token: &'static str,
    token_type: &'static str,
    user: User,
    expires_in: i32,
    requires_password_change: bool,
    #[serde(serialize_with = "hand_over")]
    session: SecretString,
    username: String,
    message: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required_attributes: Vec<String>,
}

impl SignIn {
    /// The answer to `username`, for whom Cognito gave `authentication`.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedChallenge`] where Cognito wants a step that no route here can take.
    pub fn new(
        authentication: Authentication,
        username: &Username,
        user_policy: &UserPolicy,
    ) -> Result<Self, Error> {
        match authentication {
            Authentication::Tokens(tokens) => {
                Ok(Self::Tokens(Tokens::new(tokens, Some(username), user_policy)))
            }
            Authentication::Challenge(Challenge::NewPasswordRequired {
                session,
                username_for_answer,
                required_attributes,
            }) => Ok(Self::PasswordChangeRequired(PasswordChangeRequired {
                access_token: "",
                token_type: TOKEN_TYPE,
                user: user_policy.unknown_user(username),
                expires_in: 0,
                requires_password_change: true,
                session,
                username: username_for_answer.unwrap_or_else(|| username.as_str().to_owned()),
                message: "Password change required",
                required_attributes,
            })),
            Authentication::Challenge(Challenge::Other(name)) => Err(Error::UnsupportedChallenge(name)),
        }
    }

    /// Adds a sentence for the person, where they are signed in. A challenge has its own.
    #[must_use]
    pub fn with_message(mut self, message: &'static str) -> Self {
        if let Self::Tokens(tokens) = &mut self {
            tokens.message = Some(message);
        }
        self
    }
}

impl Tokens {
    /// The answer to a person for whom Cognito issued `tokens`. `username` is what they signed in
    /// with, where that is known.
    pub fn new(tokens: IssuedTokens, username: Option<&Username>, user_policy: &UserPolicy) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: TOKEN_TYPE,
            user: user_policy.user(tokens.claims, username),
            expires_in: tokens.expires_in,
            message: None,
        }
    }
}

/// What was done, where there is nothing else to say.
#[derive(Debug, Serialize)]
pub struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    message: &'static str,
}

impl Done {
    /// Says `message`.
    pub fn new(message: &'static str) -> Self {
        Self { success: None, message }
    }

    /// Says `message`, and `success: true`, on which clients of this route rely.
    pub fn with_success(message: &'static str) -> Self {
        Self { success: Some(true), message }
    }
}

/// That a person is signed out here, whatever became of their tokens.
#[derive(Debug, Serialize)]
pub struct LoggedOut {
    message: &'static str,
    #[serde(skip)]
    subject: Option<String>,
    #[serde(skip)]
    undone: Vec<Error>,
}

impl LoggedOut {
    /// Signs out `subject`, where that is known, in spite of `undone`, of which the log alone is told.
    pub fn despite(undone: Vec<Error>, subject: Option<String>) -> Self {
        Self { message: "Logged out successfully", subject, undone }
    }
}

/// Where the code for a new password went.
#[derive(Debug, Serialize)]
pub struct CodeSent {
    #[serde(flatten)]
    done: Done,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
    #[serde(skip)]
    undone: Vec<Error>,
}

impl CodeSent {
    /// Says `message`, and where Cognito sent the code.
    pub fn new(message: &'static str, delivery: Option<Delivery>) -> Self {
        Self { done: Done::with_success(message), delivery, undone: Vec::new() }
    }

    /// Says `message` as to anybody, though no code went to `username`: who has an account is nobody's business.
    pub fn pretended(message: &'static str, username: &Username, undone: Error) -> Self {
        let delivery = Some(Delivery::supposed(username));
        Self { done: Done::with_success(message), delivery, undone: vec![undone] }
    }
}

/// Where Cognito sent a code, as far as it says so: the destination comes masked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivery {
    /// The masked address, such as `u***@i***`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// `EMAIL` or `SMS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_medium: Option<String>,
    /// The attribute that holds the address, such as `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_name: Option<String>,
}

impl Delivery {
    /// What Cognito would say of a code that went to the address `username`, in its masked form (`u***@i***`):
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CodeDeliveryDetailsType.html>.
    fn supposed(username: &Username) -> Self {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let (mailbox, domain) = username.as_str().rsplit_once('@').unwrap_or((username.as_str(), ""));
        Self {
            destination: Some(format!("{}***@{}***", first(mailbox), first(domain))),
            delivery_medium: Some("EMAIL".to_owned()),
            attribute_name: Some("email".to_owned()),
        }
    }
}

/// Writes a secret into an answer: the one place where a client is handed one.
fn hand_over<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn hand_over_where_there<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => hand_over(secret, serializer),
        None => serializer.serialize_none(),
    }
}
