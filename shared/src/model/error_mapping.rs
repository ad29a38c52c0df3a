//! Mapping of Cognito's exceptions to responses and outcomes.
//!
//! The first mapping that matches applies, in this order: misconfiguration and rejections by the pool's triggers
//! ([`FIRST`]), the route's own mappings, the mappings that all routes share ([`COMMON`]), and a failure of Cognito
//! for all other exceptions. A wrong client secret is recognized by its message before
//! ([`Error::ClientSecretRejected`]).
//!
//! [`Error::ClientSecretRejected`]: super::error::Error::ClientSecretRejected

use std::borrow::Cow;

use http::StatusCode;

use super::{
    error::CognitoName,
    exception::{INVALID_PARAMETER, NOT_AUTHORIZED, Subject, TRIGGER_REJECTION, USER_NOT_FOUND},
    outcome::Outcome,
    route::Route,
};

/// Response to one or more exceptions of Cognito.
#[derive(Debug, Clone, Copy)]
pub struct ErrorMapping {
    exceptions: &'static [&'static str],
    subject: Option<Subject>,
    users_are_revealed: Option<bool>,
    status: StatusCode,
    detail: Option<&'static str>,
    error_type: Option<&'static str>,
    outcome: Outcome,
    logs_cause: bool,
}

/// Response to an exception on a route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MappedException {
    /// Status.
    pub(crate) status: StatusCode,
    /// Message for the client.
    pub(crate) detail: Cow<'static, str>,
    /// Name of the exception for the client.
    pub(crate) error_type: Cow<'static, str>,
    /// Outcome of the request.
    pub(crate) outcome: Outcome,
    /// Whether the cause is logged at WARN: only the operator can act on it.
    pub(crate) logs_cause: bool,
}

/// Mappings that no route overrides.
const FIRST: [ErrorMapping; 2] = [
    ErrorMapping::prefixed(&[TRIGGER_REJECTION], StatusCode::FORBIDDEN).counts_as(Outcome::UpstreamRefusals),
    // The function's credentials or its clock:
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
    ErrorMapping::prefixed(
        &[
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "MissingAuthenticationTokenException",
            "UnrecognizedClientException",
        ],
        StatusCode::INTERNAL_SERVER_ERROR,
    )
    .counts_as(Outcome::Failures),
];

/// Mappings that apply unless the route has its own.
const COMMON: [ErrorMapping; 7] = [
    ErrorMapping::prefixed(&[NOT_AUTHORIZED, USER_NOT_FOUND], StatusCode::UNAUTHORIZED),
    ErrorMapping::prefixed(
        &["PasswordResetRequiredException", "UserNotConfirmedException"],
        StatusCode::FORBIDDEN,
    ),
    ErrorMapping::prefixed(&[INVALID_PARAMETER, "AliasExistsException"], StatusCode::BAD_REQUEST),
    ErrorMapping::prefixed(
        &[
            "ConcurrentModificationException",
            "LimitExceededException",
            "ThrottlingException",
            "TooManyFailedAttemptsException",
            "TooManyRequestsException",
        ],
        StatusCode::TOO_MANY_REQUESTS,
    ),
    ErrorMapping::prefixed(&["ForbiddenException"], StatusCode::FORBIDDEN)
        .counts_as(Outcome::UpstreamRefusals),
    ErrorMapping::new(
        &["CodeDeliveryFailureException"],
        StatusCode::SERVICE_UNAVAILABLE,
        "Verification code could not be sent",
    )
    .counts_as(Outcome::UpstreamFailures),
    ErrorMapping::prefixed(&["ResourceNotFoundException"], StatusCode::INTERNAL_SERVER_ERROR)
        .counts_as(Outcome::Failures),
];

/// Mapping for all other exceptions.
const FAILURE: ErrorMapping =
    ErrorMapping::prefixed(&[], StatusCode::INTERNAL_SERVER_ERROR).counts_as(Outcome::UpstreamFailures);

impl ErrorMapping {
    /// A new password that does not meet the pool's policy.
    pub const INVALID_PASSWORD: Self = Self::new(
        &["InvalidPasswordException", "PasswordHistoryPolicyViolationException"],
        StatusCode::BAD_REQUEST,
        "Password does not meet requirements",
    );

    /// A new password that violates a constraint of Cognito's API.
    pub const MALFORMED_PASSWORD: Self =
        Self { exceptions: &[INVALID_PARAMETER], ..Self::INVALID_PASSWORD }.about(Subject::Password);

    /// A wrong code of an authenticator app or a message.
    pub const WRONG_CODE: Self = Self::new(
        &["CodeMismatchException", "EnableSoftwareTokenMFAException"],
        StatusCode::BAD_REQUEST,
        "Invalid verification code",
    );

    /// A one-time code that has expired or was used before.
    pub const EXPIRED_CODE: Self = Self::new(
        &["ExpiredCodeException"],
        StatusCode::BAD_REQUEST,
        "Verification code has expired or was already used",
    );

    /// A pool without authenticator apps.
    pub const TOTP_NOT_ENABLED: Self = Self::new(
        &["SoftwareTokenMFANotFoundException"],
        StatusCode::CONFLICT,
        "Authenticator apps are not enabled",
    );

    /// A pool without passkeys.
    pub const PASSKEYS_NOT_ENABLED: Self = Self::new(
        &["WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException"],
        StatusCode::CONFLICT,
        "Passkeys are not enabled",
    );

    /// The limit of twenty passkeys for a user, which is not a rate.
    pub const TOO_MANY_PASSKEYS: Self =
        Self::new(&["LimitExceededException"], StatusCode::BAD_REQUEST, "Too many passkeys");

    /// A rate limit, with the message of the routes for password resets and sign-up.
    pub const TOO_MANY_REQUESTS: Self = Self::new(
        &["LimitExceededException", "TooManyFailedAttemptsException", "TooManyRequestsException"],
        StatusCode::TOO_MANY_REQUESTS,
        "Too many requests. Please try again later",
    );

    /// Response `status` and `detail` to each of `exceptions`.
    pub const fn new(exceptions: &'static [&'static str], status: StatusCode, detail: &'static str) -> Self {
        Self { detail: Some(detail), ..Self::prefixed(exceptions, status) }
    }

    /// Response `status` and `<error prefix>: <exception>` to each of `exceptions`.
    pub const fn prefixed(exceptions: &'static [&'static str], status: StatusCode) -> Self {
        Self {
            exceptions,
            subject: None,
            users_are_revealed: None,
            status,
            detail: None,
            error_type: None,
            outcome: Outcome::Refused,
            logs_cause: false,
        }
    }

    /// Restricts the mapping to exceptions whose message is about `subject`.
    #[must_use]
    pub const fn about(self, subject: Subject) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Restricts the mapping to deployments that reveal which users exist.
    #[must_use]
    pub const fn if_users_are_revealed(self) -> Self {
        Self { users_are_revealed: Some(true), ..self }
    }

    /// Restricts the mapping to deployments that hide which users exist. `x-amzn-errortype` is `exception`.
    #[must_use]
    pub const fn hidden_as(self, exception: &'static str) -> Self {
        Self { users_are_revealed: Some(false), error_type: Some(exception), ..self }
    }

    /// Sets `x-amzn-errortype` to another exception.
    #[must_use]
    pub const fn with_error_type(self, exception: &'static str) -> Self {
        Self { error_type: Some(exception), ..self }
    }

    /// Counts requests with this response as `outcome`.
    #[must_use]
    pub const fn counts_as(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Logs the cause at WARN, since only the operator can act on it.
    #[must_use]
    pub const fn logging_cause(self) -> Self {
        Self { logs_cause: true, ..self }
    }

    fn matches(&self, exception: &str, subject: Subject, users_are_revealed: bool) -> bool {
        self.exceptions.contains(&exception)
            && self.subject.is_none_or(|expected| expected == subject)
            && self.users_are_revealed.is_none_or(|expected| expected == users_are_revealed)
    }
}

impl Route {
    /// Response to `exception`, whose message is about `subject`.
    ///
    /// Unless the deployment reveals which users exist, a user who does not exist gets the response of the exception
    /// that hides it: `NotAuthorizedException`, if the route has no mapping of its own.
    pub(crate) fn map(
        &self,
        exception: &CognitoName,
        subject: Subject,
        users_are_revealed: bool,
    ) -> MappedException {
        let name = exception.as_str();
        let find = |mappings: &'static [ErrorMapping]| {
            mappings.iter().find(|mapping| mapping.matches(name, subject, users_are_revealed))
        };
        let own = find(&FIRST).or_else(|| find(self.error_mappings));
        if own.is_none() && name == USER_NOT_FOUND && !users_are_revealed {
            return self.map(&CognitoName::NOT_AUTHORIZED, Subject::Other, users_are_revealed);
        }
        let mapping = own.or_else(|| find(&COMMON)).unwrap_or(&FAILURE);
        let error_type =
            mapping.error_type.map_or_else(|| exception.as_str().to_owned().into(), Cow::Borrowed);
        MappedException {
            status: mapping.status,
            detail: match mapping.detail {
                Some(detail) => detail.into(),
                None => format!("{}: {error_type}", self.error_prefix).into(),
            },
            error_type,
            outcome: mapping.outcome,
            logs_cause: mapping.logs_cause,
        }
    }

    /// Mappings of this route without the common ones, one for each exception; for tests.
    pub fn own_mappings(&self) -> impl Iterator<Item = OwnMapping> + '_ {
        self.error_mappings.iter().flat_map(|mapping| {
            mapping.exceptions.iter().map(|exception| OwnMapping {
                error_type: mapping.error_type.unwrap_or(exception),
                status: mapping.status,
                detail: mapping.detail,
            })
        })
    }
}

/// Mapping of one exception on one route; for tests.
#[derive(Debug)]
pub struct OwnMapping {
    /// Name of the exception for the client.
    pub error_type: &'static str,
    /// Status.
    pub status: StatusCode,
    /// Message, if not the common one.
    pub detail: Option<&'static str>,
}

#[cfg(test)]
mod tests;
