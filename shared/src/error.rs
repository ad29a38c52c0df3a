//! The one error type: a cause kept for the log, and a sentence for the client.

use std::{borrow::Cow, error::Error as StdError, fmt, iter};

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use lambda_http::http::StatusCode;

use crate::{
    logging,
    route::{self, Route},
    verifier::TokenError,
};

const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;

/// Any cause, kept for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Why a request was not answered with success.
///
/// Its `Display` is for the log. What the client reads is [`Error::reply`]'s.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is larger than a request of ours can be.
    #[error("request body too large")]
    BodyTooLarge,
    /// The body is not declared to be JSON.
    #[error("request body not declared as JSON")]
    NotDeclaredAsJson,
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
    /// Cognito answered with an exception.
    #[error("Cognito refused")]
    Refused {
        /// The exception's name.
        code: ErrorCode,
        /// What Cognito said.
        #[source]
        source: Cause,
    },
    /// Cognito gave no usable answer: no connection, no answer in time, or no JSON.
    #[error("no usable answer from Cognito")]
    Unavailable(#[source] Cause),
    /// Cognito asks for a step that no route here can take.
    #[error("Cognito asks for the challenge {0}, which no route here can answer")]
    UnsupportedChallenge(ErrorCode),
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
    /// The body is no JSON object.
    #[error("must be a JSON object")]
    NotAJsonObject,
}

/// The name of a Cognito exception or challenge: letters, digits and underscores, so that
/// nothing else which a reply may hold can reach a client or forge a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorCode(String);

impl ErrorCode {
    /// Longer than any name that Cognito documents.
    const LONGEST: usize = 64;

    /// The name, where `name` is one.
    pub fn parse(name: &str) -> Option<Self> {
        let is_name = (1..=Self::LONGEST).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a client is told of an error.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// One sentence for a person.
    pub detail: Cow<'static, str>,
    /// The cause's name for programs, sent as `x-amzn-errortype`.
    pub error_type: Cow<'static, str>,
    /// What to send as `WWW-Authenticate` (RFC 6750, section 3), where a bearer token is wanted.
    pub www_authenticate: Option<&'static str>,
}

impl Reply {
    fn new(
        status: StatusCode,
        detail: impl Into<Cow<'static, str>>,
        error_type: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, detail: detail.into(), error_type: error_type.into(), www_authenticate: None }
    }
}

impl Error {
    /// What the client of `route` is told.
    pub fn reply(&self, route: &Route) -> Reply {
        match self {
            Self::BodyTooLarge => Reply::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Request body too large",
                "RequestEntityTooLargeException",
            ),
            Self::NotDeclaredAsJson => Reply::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type must be application/json",
                "UnsupportedMediaTypeException",
            ),
            Self::InvalidField { field, problem } => Reply::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("{field}: {problem}"),
                "ValidationException",
            ),
            Self::Unauthenticated(cause) => {
                let (detail, www_authenticate) = match cause {
                    None => ("Not authenticated", "Bearer"),
                    Some(TokenError::Expired) => ("Token has expired", INVALID_TOKEN),
                    Some(_) => ("Invalid token", INVALID_TOKEN),
                };
                let reply = Reply::new(StatusCode::UNAUTHORIZED, detail, "NotAuthorizedException");
                Reply { www_authenticate: Some(www_authenticate), ..reply }
            }
            Self::Refused { code, .. } => match route.refusal(code) {
                Some(refusal) => Reply::new(refusal.status, refusal.detail, code.as_str().to_owned()),
                None => Reply::new(
                    route::usual_status(code),
                    format!("{}: {code}", route.refused),
                    code.as_str().to_owned(),
                ),
            },
            Self::Unavailable(_) => Reply::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{}: identity provider unavailable", route.failed),
                "ServiceUnavailableException",
            ),
            Self::UnsupportedChallenge(challenge) => Reply::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("{}: challenge {challenge} is not supported", route.refused),
                "UnsupportedChallengeException",
            ),
            Self::Panicked | Self::Internal(_) => Reply::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("{}: internal error", route.failed),
                "InternalErrorException",
            ),
        }
    }

    /// The same error, or, where Cognito does not accept an access token any more, that.
    ///
    /// For calls that an access token authorises: the exceptions then speak of the token, and of
    /// the user whom it names.
    pub(crate) fn of_token(self) -> Self {
        match &self {
            Self::Refused { code, .. }
                if matches!(code.as_str(), "NotAuthorizedException" | "UserNotFoundException") =>
            {
                TokenError::NotAccepted(Box::new(self)).into()
            }
            _ => self,
        }
    }

    /// Writes the error to the log, for a function whose client is not told of it.
    pub fn note(&self) {
        logging::note(self);
    }

    /// The reason that stands in the log where Cognito has locked a user out for a while.
    pub(crate) const PASSWORD_ATTEMPTS_EXCEEDED: &str = "PasswordAttemptsExceeded";

    /// The cause in one word, for the log.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::BodyTooLarge => "BodyTooLarge",
            Self::NotDeclaredAsJson => "NotDeclaredAsJson",
            Self::InvalidField { .. } => "InvalidField",
            Self::Unauthenticated(_) => "Unauthenticated",
            Self::Refused { source, .. } if is_lock_out(source.as_ref()) => Self::PASSWORD_ATTEMPTS_EXCEEDED,
            Self::Refused { code, .. } => code.as_str(),
            Self::Unavailable(_) => "Unavailable",
            Self::UnsupportedChallenge(_) => "UnsupportedChallenge",
            Self::Panicked => "Panicked",
            Self::Internal(_) => "Internal",
        }
    }

    /// An error that should not be, with a cause for the log.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

impl<E, R> From<SdkError<E, R>> for Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        match (&error, error.code().and_then(ErrorCode::parse)) {
            (SdkError::ConstructionFailure(_), _) => Self::internal(error),
            (SdkError::ServiceError(_), Some(code)) => Self::Refused { code, source: error.into() },
            // A reply without an exception's name is not Cognito's: a proxy's page, or half an answer.
            _ => Self::Unavailable(error.into()),
        }
    }
}

/// Cognito gives a lock-out no exception of its own, only a sentence:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-lockout-behavior>.
fn is_lock_out(refusal: &(dyn StdError + 'static)) -> bool {
    causes(refusal).any(|error| error.to_string().contains("Password attempts exceeded"))
}

/// An error, and what is behind it.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| (**error).source())
}

#[cfg(test)]
mod tests;
