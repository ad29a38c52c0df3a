//! Error type of this crate.

use std::{borrow::Cow, error::Error as StdError, fmt, iter};

use cognito_token_verifier::VerifyError;

use super::{
    caller::TokenError,
    exception::{INVALID_PARAMETER, NOT_AUTHORIZED, Subject, TRIGGER_REJECTION},
};

/// Cause of an error, for the log.
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

/// Reason why a request failed.
///
/// `Display` is for the log. `lambda::response` has the messages for clients.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body exceeds the limit.
    #[error("request body too large")]
    BodyTooLarge,
    /// The body is not declared as JSON.
    #[error("request body not declared as JSON")]
    UnsupportedMediaType,
    /// The body, or a field of the body, is invalid.
    #[error("{field}: {problem}")]
    InvalidField {
        /// Name of the field, or `body`.
        field: &'static str,
        /// Problem of the field.
        problem: Problem,
    },
    /// The request has no bearer token (`None`), or an invalid one.
    #[error("not authenticated")]
    Unauthenticated(#[source] Option<TokenError>),
    /// The caller's last sign-in is too long ago for this route.
    #[error("the last sign-in is too long ago")]
    ReauthenticationRequired,
    /// A page of another origin may not use the refresh token's cookie.
    #[error("the origin may not use the cookie")]
    OriginNotAllowed,
    /// A refresh with the token of the cookie failed.
    #[error("the refresh token of the cookie was not accepted")]
    CookieNotAccepted(#[source] Box<Error>),
    /// The request bypassed the CloudFront distribution in front of the API.
    #[error("the request bypassed CloudFront")]
    PublicAddressRequired,
    /// Self-service sign-up is disabled.
    #[error("sign-up is not enabled")]
    SignUpNotEnabled,
    /// The sign-up is for an address of `ADMIN_EMAILS`: only the operator creates these accounts.
    #[error("the address belongs to an administrator")]
    AdministratorAddress,
    /// Changing the email address is disabled.
    #[error("changing the email address is not enabled")]
    EmailChangeNotEnabled,
    /// The confirmation of a deletion does not name the account.
    #[error("the confirmation does not match")]
    ConfirmationMismatch,
    /// Cognito raised an exception.
    #[error("Cognito raised an exception")]
    Cognito {
        /// Name of the exception.
        exception: CognitoName,
        /// Subject of the exception's message.
        subject: Subject,
        /// Error of the SDK.
        #[source]
        source: Cause,
    },
    /// The user's sessions were not ended after a password reset.
    #[error("the user's sessions were not ended")]
    SessionsNotEnded(#[source] Box<Error>),
    /// Cognito rejected the app client's secret, or requires one. Only the operator can correct that.
    #[error("Cognito rejected the app client's secret")]
    ClientSecretRejected(#[source] Cause),
    /// Cognito rejected a second factor as preferred, because the user has not set it up.
    #[error("the second factor is not set up")]
    FactorNotSetUp(#[source] Cause),
    /// Cognito gave no usable response: no connection, a timeout, or a response that is not Cognito's.
    #[error("no usable response from Cognito")]
    Unavailable(#[source] Cause),
    /// Cognito requires a challenge that this service does not support.
    #[error("Cognito requires the challenge {0}, which is not supported")]
    UnsupportedChallenge(CognitoName),
    /// The route's function panicked.
    #[error("the function panicked")]
    Panicked,
    /// Any other internal error.
    #[error("internal error")]
    Internal(#[source] Cause),
}

/// Problem of a field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Missing, null or empty.
    #[error("field required")]
    Required,
    /// Not a string.
    #[error("must be a string")]
    NotAString,
    /// Not a boolean.
    #[error("must be true or false")]
    NotABoolean,
    /// Not allowed in this deployment.
    #[error("not enabled")]
    NotEnabled,
    /// Not one of the deployment's, by name.
    #[error("not available")]
    NotAvailable,
    /// Not one of the deployment's, for security.
    #[error("not allowed")]
    NotAllowed,
    /// Not of the form that the message describes.
    #[error("{0}")]
    Malformed(&'static str),
    /// Attributes that the user may not edit.
    #[error("contains an attribute that cannot be changed")]
    NotEditable,
    /// Not a map from attributes to strings.
    #[error("must give each attribute a text")]
    NotAttributeTexts,
    /// Not a JSON object.
    #[error("must be a JSON object")]
    NotAJsonObject,
    /// Not a supported challenge.
    #[error("must be a challenge that can be answered here")]
    NotAChallenge,
    /// Not one of the choices.
    #[error("must be one of the choices")]
    NotAChoice,
    /// Not a one-time code.
    #[error("must be 6 to 8 digits")]
    NotACode,
    /// Not a field of this challenge.
    #[error("does not answer this challenge")]
    UnexpectedField,
    /// Not a map from standard attributes to non-empty strings.
    #[error("must give each standard attribute a text")]
    NotAttributes,
}

/// Name of an exception or a challenge of Cognito. Letters, digits and underscores alone, so that no other content of a
/// response reaches a client or forges a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CognitoName(Cow<'static, str>);

impl CognitoName {
    /// Exception for a request that is not authorized.
    pub(crate) const NOT_AUTHORIZED: Self = Self(Cow::Borrowed(NOT_AUTHORIZED));

    /// Exception for a value that violates a constraint of the API.
    pub(crate) const INVALID_PARAMETER: Self = Self(Cow::Borrowed(INVALID_PARAMETER));

    /// Exception for a password that violates the pool's policy.
    pub(crate) const INVALID_PASSWORD: Self = Self(Cow::Borrowed("InvalidPasswordException"));

    /// Exception for a request that a trigger of the pool rejected.
    pub(crate) const TRIGGER_REJECTION: Self = Self(Cow::Borrowed(TRIGGER_REJECTION));

    /// Exception for a rate limit of Cognito.
    pub(crate) const TOO_MANY_REQUESTS: Self = Self(Cow::Borrowed("TooManyRequestsException"));

    /// Exception for a request that a web ACL of the pool blocked.
    pub(crate) const FORBIDDEN: Self = Self(Cow::Borrowed("ForbiddenException"));

    /// Exception for a wrong code during the setup of an authenticator app.
    pub(crate) const ENABLE_SOFTWARE_TOKEN_MFA: Self = Self(Cow::Borrowed("EnableSoftwareTokenMFAException"));

    /// Longer than any name that Cognito documents.
    const MAX_LENGTH: usize = 64;

    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        let is_name = (1..=Self::MAX_LENGTH).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| Self(name.to_owned().into()))
    }

    /// Name as a string.
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
    /// Reason in the log if Cognito has temporarily locked a user out.
    pub(crate) const PASSWORD_ATTEMPTS_EXCEEDED: &str = "PasswordAttemptsExceeded";

    /// Reason in one word, for the log and the audit line.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::BodyTooLarge => "BodyTooLarge",
            Self::UnsupportedMediaType => "NotDeclaredAsJson",
            Self::InvalidField { .. } => "InvalidField",
            Self::Unauthenticated(None) => "NoToken",
            Self::Unauthenticated(Some(error)) => error.reason(),
            Self::ReauthenticationRequired => "ReauthenticationRequired",
            Self::OriginNotAllowed => "OriginNotAllowed",
            Self::PublicAddressRequired => "PublicAddressRequired",
            Self::SignUpNotEnabled => "SignUpNotEnabled",
            Self::EmailChangeNotEnabled => "EmailChangeNotEnabled",
            Self::ConfirmationMismatch => "ConfirmationMismatch",
            Self::AdministratorAddress => "AdministratorAddress",
            Self::Cognito { subject: Subject::LockedOut, .. } => Self::PASSWORD_ATTEMPTS_EXCEEDED,
            Self::Cognito { subject: Subject::ExpiredTemporaryPassword, .. } => "TemporaryPasswordExpired",
            Self::Cognito { exception, .. } => exception.as_str(),
            Self::ClientSecretRejected(_) => "ClientSecretRejected",
            Self::SessionsNotEnded(error) | Self::CookieNotAccepted(error) => error.reason(),
            Self::FactorNotSetUp(_) => "FactorNotSetUp",
            Self::Unavailable(_) => "Unavailable",
            Self::UnsupportedChallenge(_) => "UnsupportedChallenge",
            Self::Panicked => "Panicked",
            Self::Internal(_) => "Internal",
        }
    }

    /// Whether Cognito raised the exception with this name.
    pub fn is(&self, exception: &str) -> bool {
        matches!(self, Self::Cognito { exception: raised, .. } if raised.as_str() == exception)
    }

    /// Whether Cognito rejected a credential that an attacker may guess or steal: a password, a code, a session or a
    /// refresh token. Access tokens do not count: every client sends an expired one at times, and signatures cannot be
    /// guessed.
    pub(crate) fn is_credential_rejection(&self) -> bool {
        let (exception, subject) = match self {
            Self::CookieNotAccepted(error) => return error.is_credential_rejection(),
            Self::Cognito { exception, subject, .. } => (exception, subject),
            _ => return false,
        };
        !matches!(subject, Subject::SignUpNotPermitted | Subject::UnwritableAttribute)
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

    /// Error for a field with attributes that the user may not edit.
    pub fn not_editable(field: &'static str) -> Self {
        Self::InvalidField { field, problem: Problem::NotEditable }
    }

    /// Internal error with a cause for the log.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::KeysUnavailable(source) => Self::Unavailable(source),
            error => TokenError::NotVerified(error).into(),
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Unauthenticated(Some(error))
    }
}

/// Iterator over an error and its sources.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| (**error).source())
}

#[cfg(test)]
mod tests;
