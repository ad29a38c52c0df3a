//! Meaning of Cognito's exceptions where only the message tells it.
//!
//! Cognito uses one exception for several causes. This module is the only one that reads the messages. It matches
//! stable parts, ignores case, and ignores quoted text, which may repeat what the client sent.

use super::error::{Cause, CognitoName, Error, OwnWords};

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
    /// The app client does not allow the authentication flow.
    AuthFlow,
    /// The pool does not allow self-service sign-up.
    SignUpNotPermitted,
    /// Cognito locked the user out for some time.
    LockedOut,
    /// The password is right, but it is a temporary password that has expired.
    ExpiredTemporaryPassword,
    /// The access token, or the user whom it names.
    AccessToken,
    /// The pool's user migration trigger rejected the user.
    UserMigration,
    /// Anything else.
    Other,
}

pub(crate) const NOT_AUTHORIZED: &str = "NotAuthorizedException";
pub(crate) const INVALID_PARAMETER: &str = "InvalidParameterException";
pub(crate) const USER_NOT_FOUND: &str = "UserNotFoundException";

/// The exception's name where the pool's trigger rejected a request, whatever name Cognito used.
pub(crate) const TRIGGER_REFUSAL: &str = "UserLambdaValidationException";

/// What the message of a trigger's refusal starts with, after the trigger's name. The trigger's own text follows.
const TRIGGER_FAILED: &str = " failed with error";

impl Error {
    /// The error for an exception that Cognito raised with `name` and `message`.
    pub(crate) fn from_exception(name: CognitoName, message: &str, source: Cause) -> Self {
        let is = |names: &[&str]| names.contains(&name.as_str());
        if is(&["ServiceUnavailableException", "ServiceUnavailable"]) {
            return Self::Unavailable(source);
        }
        // Before the client secret: a trigger's own text may speak of anything.
        if let Some(trigger) = refusing_trigger(message).filter(|_| is(&[NOT_AUTHORIZED, TRIGGER_REFUSAL])) {
            let is_migration = trigger.eq_ignore_ascii_case("UserMigration");
            let subject = if is_migration { Subject::UserMigration } else { Subject::Other };
            return Self::Cognito { exception: CognitoName::TRIGGER_REFUSAL, subject, source };
        }
        if is(&[NOT_AUTHORIZED, INVALID_PARAMETER, "UnauthorizedException"])
            && is_about_client_secret(message)
        {
            return Self::ClientSecretRejected(source);
        }
        let subject = match name.as_str() {
            NOT_AUTHORIZED => Subject::of_not_authorized(message),
            INVALID_PARAMETER => Subject::of_invalid_parameter(message),
            _ => Subject::Other,
        };
        Self::Cognito { exception: name, subject, source }
    }
}

impl Error {
    /// The exception that Cognito raises for a password against the pool's policy, where Cognito is not called.
    pub fn invalid_password() -> Self {
        let exception = CognitoName::INVALID_PASSWORD;
        let source = OwnWords::from("the password does not meet the configured policy").into();
        Self::Cognito { exception, subject: Subject::Other, source }
    }

    /// Whether the response to a request for a code must hide this error: it depends on whether the user has an account,
    /// and on the state of that account. `NotAuthorizedException` needs no exception here: the request proves nothing
    /// that could be wrong, and a wrong client secret is another error.
    pub fn reveals_account(&self, users_are_revealed: bool) -> bool {
        let Self::Cognito { exception, subject, .. } = self else { return false };
        match exception.as_str() {
            "CodeDeliveryFailureException"
            | NOT_AUTHORIZED
            | TRIGGER_REFUSAL
            | "UserNotConfirmedException" => true,
            INVALID_PARAMETER => *subject != Subject::Username,
            USER_NOT_FOUND => !users_are_revealed,
            _ => false,
        }
    }
}

impl Subject {
    fn of_not_authorized(message: &str) -> Self {
        let subjects = [
            ("password attempts exceeded", Self::LockedOut),
            ("temporary password has expired", Self::ExpiredTemporaryPassword),
            ("signup is not permitted", Self::SignUpNotPermitted),
            ("access token", Self::AccessToken),
            ("user is disabled", Self::AccessToken),
        ];
        let message = message.to_ascii_lowercase();
        let found = subjects.into_iter().find(|(words, _)| message.contains(words));
        found.map_or(Self::Other, |(_, subject)| subject)
    }

    fn of_invalid_parameter(message: &str) -> Self {
        let member = violated_member(message).map(str::to_ascii_lowercase);
        match member.as_deref() {
            Some("username") => return Self::Username,
            Some("previouspassword") => return Self::PreviousPassword,
            Some(member) if member.contains("password") => return Self::Password,
            Some(_) => return Self::Other,
            None => {}
        }
        let message = unquoted(message).to_ascii_lowercase();
        if message.contains("invalid email address format") || message.contains("username should be an email")
        {
            Self::EmailFormat
        } else if message.contains("flow not enabled for this client") {
            Self::AuthFlow
        } else if message.split(|character: char| !is_word(character)).any(|word| word == "password") {
            Self::Password
        } else {
            Self::Other
        }
    }
}

/// The name of the trigger that rejected a request: `PreSignUp failed with error <text of the trigger>`.
pub(crate) fn refusing_trigger(message: &str) -> Option<&str> {
    let trigger = message.split_once(TRIGGER_FAILED)?.0.trim();
    (!trigger.is_empty() && trigger.chars().all(|character| character.is_ascii_alphanumeric()))
        .then_some(trigger)
}

/// The member that violates a constraint: `Value at 'password' failed to satisfy constraint: ...`. The last one, since
/// older messages quote the value before it.
fn violated_member(message: &str) -> Option<&str> {
    let (before, _) = message.rsplit_once("' failed to satisfy constraint")?;
    Some(before.rsplit_once("at '")?.1)
}

/// Whether a message is about the app client's secret, which no client of this service sends.
fn is_about_client_secret(message: &str) -> bool {
    let message = unquoted(message).to_ascii_lowercase();
    ["secret hash", "secret_hash", "secrethash", "client secret"].iter().any(|words| message.contains(words))
}

/// `message` without what stands between its first and its last quotation mark.
fn unquoted(message: &str) -> String {
    let quotes = ['\'', '"', '`'];
    match (message.find(quotes), message.rfind(quotes)) {
        (Some(first), Some(last)) => [&message[..first], &message[last + 1..]].concat(),
        _ => message.to_owned(),
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests;
