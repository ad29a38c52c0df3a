//! Subjects of Cognito's exceptions, which only their messages reveal.
//!
//! Cognito uses one exception for several causes. This module is the only one that reads the messages. It matches
//! stable parts, ignores case, and ignores quoted text, which may repeat what the client sent.

use std::error::Error as StdError;

use super::error::{Cause, CognitoName, Error, SafeMessage, causes};

/// Subject of an exception's message, as far as a response or the log depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The member `username` violates a constraint of the API.
    Username,
    /// The username or the email address is not a valid email address.
    EmailFormat,
    /// A password that the user chose violates a constraint of the API, such as white space at an end.
    Password,
    /// The current password violates a constraint of the API, so it cannot be the right one.
    PreviousPassword,
    /// Another member violates a constraint of the API.
    OtherMember,
    /// The app client does not allow the authentication flow.
    AuthFlow,
    /// The pool does not allow self-service sign-up.
    SignUpNotPermitted,
    /// Cognito locked the user out for some time.
    LockedOut,
    /// The password is right, but it is a temporary password that has expired.
    ExpiredTemporaryPassword,
    /// The state of the user's account: without a verified address, invited, or confirmed already.
    AccountState,
    /// The access token, or the user whom it names.
    AccessToken,
    /// The refresh token.
    RefreshToken,
    /// The app client does not let users write an attribute.
    UnwritableAttribute,
    /// The pool's user migration trigger rejected the user.
    UserMigration,
    /// Anything else.
    Other,
}

pub(crate) const NOT_AUTHORIZED: &str = "NotAuthorizedException";
pub(crate) const INVALID_PARAMETER: &str = "InvalidParameterException";
pub(crate) const USER_NOT_FOUND: &str = "UserNotFoundException";

/// Name of the exception for all rejections by a trigger of the pool, whatever name Cognito used.
pub(crate) const TRIGGER_REJECTION: &str = "UserLambdaValidationException";

/// Text between the trigger's name and the trigger's own text in the message about a rejected request.
const TRIGGER_FAILED: &str = " failed with error";

/// Text in the message about a secret hash for another username.
const HASH_ALONE: &str = "secrethash";

impl Error {
    /// Error for an exception of Cognito with `name` and `message`.
    pub fn from_exception(name: CognitoName, message: &str, source: Cause) -> Self {
        let is = |names: &[&str]| names.contains(&name.as_str());
        if is(&["ServiceUnavailableException", "ServiceUnavailable"]) {
            return Self::Unavailable(source);
        }
        // Before the client secret: a trigger's own text may contain any words.
        if let Some(trigger) = rejecting_trigger(message).filter(|_| is(&[NOT_AUTHORIZED, TRIGGER_REJECTION]))
        {
            let is_migration = trigger.eq_ignore_ascii_case("UserMigration");
            let subject = if is_migration { Subject::UserMigration } else { Subject::Other };
            return Self::Cognito { exception: CognitoName::TRIGGER_REJECTION, subject, source };
        }
        let unquoted = unquoted(message).to_ascii_lowercase();
        if is(&[NOT_AUTHORIZED, INVALID_PARAMETER, "UnauthorizedException"])
            && is_about_client_secret(&unquoted)
        {
            return Self::ClientSecretRejected(source);
        }
        let subject = match name.as_str() {
            NOT_AUTHORIZED => Subject::of_not_authorized(&unquoted),
            INVALID_PARAMETER => {
                Subject::of_constraint(message).unwrap_or_else(|| Subject::of_invalid_parameter(&unquoted))
            }
            _ => Subject::Other,
        };
        Self::Cognito { exception: name, subject, source }
    }

    /// `InvalidPasswordException` without a call to Cognito, for a password that violates the pool's policy.
    pub fn invalid_password() -> Self {
        let exception = CognitoName::INVALID_PASSWORD;
        let source = SafeMessage::from("the password does not meet the configured policy").into();
        Self::Cognito { exception, subject: Subject::Other, source }
    }

    /// `InvalidParameterException` without a call to Cognito, for a member that violates a constraint of the API.
    pub fn invalid_parameter(subject: Subject) -> Self {
        let source = SafeMessage::from("a value violates a constraint of Cognito's API").into();
        Self::Cognito { exception: CognitoName::INVALID_PARAMETER, subject, source }
    }

    /// Whether the response to a request for a code must hide this error, because it depends on whether the user has an
    /// account, or on the account's state. Every `NotAuthorizedException` does: the request contains no credentials,
    /// and a wrong client secret is another error.
    pub fn reveals_account(&self, users_are_revealed: bool) -> bool {
        let Self::Cognito { exception, subject, .. } = self else { return false };
        match exception.as_str() {
            "CodeDeliveryFailureException"
            | NOT_AUTHORIZED
            | TRIGGER_REJECTION
            | "UserNotConfirmedException" => true,
            INVALID_PARAMETER => *subject != Subject::Username,
            USER_NOT_FOUND => !users_are_revealed,
            _ => false,
        }
    }

    /// Whether the operator should see this suppressed error: Cognito gave a reason that this service does not know,
    /// such as a missing configuration of the pool.
    pub(crate) fn has_unknown_message(&self) -> bool {
        (self.is(NOT_AUTHORIZED) || self.is(INVALID_PARAMETER))
            && matches!(self, Self::Cognito { subject: Subject::Other, .. })
    }

    /// Converts the error to `NotAuthorizedException` if Cognito rejected only the hash of the username that a client
    /// sent with a session: the username is not the session's. With a wrong secret, the sign-in would have failed
    /// before. (aws-sdk-net-extensions-cognito#94 and #122)
    pub(crate) fn or_wrong_username(self) -> Self {
        match self {
            Self::ClientSecretRejected(source) if is_about_hash_alone(source.as_ref()) => {
                Self::Cognito { exception: CognitoName::NOT_AUTHORIZED, subject: Subject::Username, source }
            }
            _ => self,
        }
    }
}

impl Subject {
    fn of_not_authorized(message: &str) -> Self {
        let subjects = [
            ("password attempts exceeded", Self::LockedOut),
            ("temporary password has expired", Self::ExpiredTemporaryPassword),
            ("signup is not permitted", Self::SignUpNotPermitted),
            ("in the current state", Self::AccountState),
            ("current status is", Self::AccountState),
            ("access token", Self::AccessToken),
            ("user is disabled", Self::AccessToken),
            ("refresh token", Self::RefreshToken),
            ("write unauthorized attribute", Self::UnwritableAttribute),
        ];
        let found = subjects.into_iter().find(|(words, _)| message.contains(words));
        found.map_or(Self::Other, |(_, subject)| subject)
    }

    fn of_invalid_parameter(message: &str) -> Self {
        let subjects = [
            ("invalid email address format", Self::EmailFormat),
            ("username should be an email", Self::EmailFormat),
            ("flow not enabled for this client", Self::AuthFlow),
            ("no registered/verified email", Self::AccountState),
            ("already confirmed", Self::AccountState),
        ];
        let found = subjects.into_iter().find(|(words, _)| message.contains(words));
        found.map_or(Self::Other, |(_, subject)| subject)
    }

    /// The subject of a message about a member that violates a constraint: `Value at 'password' failed to satisfy
    /// constraint: ...`. The last member counts, since older messages quote the value before it.
    fn of_constraint(message: &str) -> Option<Self> {
        let (before, _) = message.rsplit_once("' failed to satisfy constraint")?;
        let (_, member) = before.rsplit_once("at '")?;
        Some(match member.to_ascii_lowercase().as_str() {
            "username" => Self::Username,
            "previouspassword" => Self::PreviousPassword,
            member if member.contains("password") => Self::Password,
            _ => Self::OtherMember,
        })
    }
}

/// Name of the trigger that rejected a request: `PreSignUp failed with error <text of the trigger>`.
fn rejecting_trigger(message: &str) -> Option<&str> {
    let end = message.to_ascii_lowercase().find(TRIGGER_FAILED)?;
    let trigger = message.get(..end)?.trim();
    let is_name = !trigger.is_empty() && trigger.chars().all(|character| character.is_ascii_alphanumeric());
    is_name.then_some(trigger)
}

/// Whether a message is about the app client's secret, which this service sends, and not its clients.
fn is_about_client_secret(message: &str) -> bool {
    ["secret hash", "secret_hash", HASH_ALONE, "client secret"].iter().any(|words| message.contains(words))
}

/// Whether Cognito's message is about the hash alone, which is also wrong for another username.
fn is_about_hash_alone(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|error| error.to_string().to_ascii_lowercase().contains(HASH_ALONE))
}

/// Removes the text between the first and the last quotation mark.
fn unquoted(message: &str) -> String {
    let quotes = ['\'', '"', '`'];
    match (message.find(quotes), message.rfind(quotes)) {
        (Some(first), Some(last)) => [&message[..first], &message[last + 1..]].concat(),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
