//! The one error type: why a request was not answered with success, and what is behind it.

use std::{borrow::Cow, error::Error as StdError, fmt, iter};

use super::{
    caller::TokenError,
    exception::{INVALID_PARAMETER, NOT_AUTHORIZED, Subject, TRIGGER_REJECTION},
};

/// Any cause, kept for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Error message of this service, which is logged unredacted. Messages of other crates and of Cognito may quote input.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct SafeMessage(Cow<'static, str>);

impl<T: Into<Cow<'static, str>>> From<T> for SafeMessage {
    fn from(message: T) -> Self {
        Self(message.into())
    }
}

/// Why a request was not answered with success.
///
/// Its `Display` is for the log. What the client reads is written where answers are written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is larger than a request of ours can be.
    #[error("request body too large")]
    BodyTooLarge,
    /// The body is not declared to be JSON.
    #[error("request body not declared as JSON")]
    UnsupportedMediaType,
    /// The body, or a field in it, is not what the route asks for.
    #[error("{field}: {problem}")]
    InvalidField {
        /// The field's name, or `body`.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The caller must say who they are: there is no bearer token, or it is not accepted.
    #[error("not authenticated")]
    Unauthenticated(#[source] Option<TokenError>),
    /// The caller signed in too long ago for what they want to change.
    #[error("the last sign-in is too long ago")]
    ReauthenticationRequired,
    /// The request came past the CloudFront that stands in front of the API.
    #[error("the request came past CloudFront")]
    PublicAddressRequired,
    /// People may not make themselves an account.
    #[error("sign-up is not enabled")]
    SignUpNotEnabled,
    /// An address of `ADMIN_EMAILS` in a sign-up: only the operator creates these accounts.
    #[error("the address belongs to an administrator")]
    AdministratorAddress,
    /// An exception of Cognito.
    #[error("Cognito raised an exception")]
    Cognito {
        /// The exception's name.
        exception: CognitoName,
        /// What its message is about.
        subject: Subject,
        /// The exception as the SDK has it.
        #[source]
        source: Cause,
    },
    /// The sessions of a user whose password was reset have not been ended.
    #[error("the user's sessions were not ended")]
    SessionsNotEnded(#[source] Box<Error>),
    /// Cognito does not accept the app client's secret, or requires one. Only the operator can correct that.
    #[error("Cognito rejected the app client's secret")]
    ClientSecretRejected(#[source] Cause),
    /// Cognito takes a second factor that is to be switched on for one that the person has not set up.
    #[error("the second factor is not set up")]
    FactorNotSetUp(#[source] Cause),
    /// Cognito gave no usable answer: no connection, no answer in time, or no JSON.
    #[error("no usable answer from Cognito")]
    Unavailable(#[source] Cause),
    /// Cognito asks for a step that no route here can take.
    #[error("Cognito asks for the challenge {0}, which no route here can answer")]
    UnsupportedChallenge(CognitoName),
    /// A bug: the route's function panicked.
    #[error("the function panicked")]
    Panicked,
    /// Anything else that should not be.
    #[error("internal error")]
    Internal(#[source] Cause),
}

/// What is wrong with a field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is missing, null or empty.
    #[error("field required")]
    Required,
    /// It is there, but is no string.
    #[error("must be a string")]
    NotAString,
    /// It is there, but is neither true nor false.
    #[error("must be true or false")]
    NotABoolean,
    /// The body, or the field, is no JSON object.
    #[error("must be a JSON object")]
    NotAJsonObject,
    /// It names no challenge that can be answered here.
    #[error("must be a challenge that can be answered here")]
    NotAChallenge,
    /// It names nothing that can be chosen.
    #[error("must be one of the choices")]
    NotAChoice,
    /// It is no one-time code.
    #[error("must be 6 to 8 digits")]
    NotACode,
    /// It answers another challenge than the one that is named.
    #[error("does not answer this challenge")]
    UnexpectedField,
    /// It names something that is no attribute which a pool can require, or gives it no text.
    #[error("must give each standard attribute a text")]
    NotAttributes,
}

/// The name of an exception or a challenge of Cognito: letters, digits and underscores, so that
/// nothing else which a reply may hold can reach a client or forge a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CognitoName(Cow<'static, str>);

impl CognitoName {
    /// A request that is not authorized.
    pub(crate) const NOT_AUTHORIZED: Self = Self(Cow::Borrowed(NOT_AUTHORIZED));

    /// A value that violates a constraint of the API.
    pub(crate) const INVALID_PARAMETER: Self = Self(Cow::Borrowed(INVALID_PARAMETER));

    /// A password against the pool's policy.
    pub(crate) const INVALID_PASSWORD: Self = Self(Cow::Borrowed("InvalidPasswordException"));

    /// A request that the pool's trigger rejected.
    pub(crate) const TRIGGER_REJECTION: Self = Self(Cow::Borrowed(TRIGGER_REJECTION));

    /// That a code of an authenticator app that is being set up is wrong.
    pub(crate) const ENABLE_SOFTWARE_TOKEN_MFA: Self = Self(Cow::Borrowed("EnableSoftwareTokenMFAException"));

    /// Longer than any name that Cognito documents.
    const LONGEST: usize = 64;

    /// The name, where `name` is one.
    pub fn parse(name: &str) -> Option<Self> {
        let is_name = (1..=Self::LONGEST).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| Self(name.to_owned().into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CognitoName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error {
    /// The reason that stands in the log where Cognito has locked a user out for a while.
    pub(crate) const PASSWORD_ATTEMPTS_EXCEEDED: &str = "PasswordAttemptsExceeded";

    /// The cause in one word, for the log.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::BodyTooLarge => "BodyTooLarge",
            Self::UnsupportedMediaType => "NotDeclaredAsJson",
            Self::InvalidField { .. } => "InvalidField",
            Self::Unauthenticated(None) => "NoToken",
            Self::Unauthenticated(Some(error)) => error.reason(),
            Self::ReauthenticationRequired => "ReauthenticationRequired",
            Self::PublicAddressRequired => "PublicAddressRequired",
            Self::SignUpNotEnabled => "SignUpNotEnabled",
            Self::AdministratorAddress => "AdministratorAddress",
            Self::Cognito { subject: Subject::LockedOut, .. } => Self::PASSWORD_ATTEMPTS_EXCEEDED,
            Self::Cognito { subject: Subject::ExpiredTemporaryPassword, .. } => "TemporaryPasswordExpired",
            Self::Cognito { exception, .. } => exception.as_str(),
            Self::ClientSecretRejected(_) => "ClientSecretRejected",
            Self::SessionsNotEnded(error) => error.reason(),
            Self::FactorNotSetUp(_) => "FactorNotSetUp",
            Self::Unavailable(_) => "Unavailable",
            Self::UnsupportedChallenge(_) => "UnsupportedChallenge",
            Self::Panicked => "Panicked",
            Self::Internal(_) => "Internal",
        }
    }

    /// True where Cognito raised the exception of this name.
    pub fn is(&self, exception: &str) -> bool {
        matches!(self, Self::Cognito { exception: raised, .. } if raised.as_str() == exception)
    }

    /// True where Cognito refused what somebody may guess or have found: a password, a code, the session of a sign-in
    /// or a refresh token. An access token is none of these: one that has expired is sent by everybody now and then,
    /// which would drown the rest, and one that was made up guesses nothing, since a signature cannot be guessed.
    pub(crate) fn is_refusal_of_credentials(&self) -> bool {
        let Self::Cognito { exception, subject, .. } = self else {
            return false;
        };
        *subject != Subject::SignUpNotPermitted
            && matches!(
                exception.as_str(),
                "NotAuthorizedException"
                    | "UserNotFoundException"
                    | "CodeMismatchException"
                    | "ExpiredCodeException"
                    | "EnableSoftwareTokenMFAException"
                    | "RefreshTokenReuseException"
            )
    }

    /// An error that should not be, with a cause for the log.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Unauthenticated(Some(error))
    }
}

/// An error, and what is behind it.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| (**error).source())
}

#[cfg(test)]
mod tests;
