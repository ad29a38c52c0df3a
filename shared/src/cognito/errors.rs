//! Conversion of the SDK's errors to [`Error`].

use std::{error::Error as StdError, fmt};

use aws_sdk_cognitoidentityprovider::error::{BuildError, ProvideErrorMetadata, SdkError};

use crate::model::{
    caller::TokenError,
    error::{CognitoName, Error, SafeMessage},
    exception::{NOT_AUTHORIZED, Subject, USER_NOT_FOUND},
};

impl<E, R> From<SdkError<E, R>> for Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        match (&error, error.code().and_then(CognitoName::parse)) {
            (SdkError::ConstructionFailure(_), _) => Self::internal(error),
            (SdkError::ServiceError(_), Some(name)) => {
                let message = error.message().unwrap_or_default().to_owned();
                Self::from_exception(name, &message, error.into())
            }
            // A response without an exception's name is not Cognito's: a proxy's page, or an incomplete response.
            _ => Self::Unavailable(error.into()),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::internal(error)
    }
}

/// Converts to [`Error::Unauthenticated`] if Cognito rejected the access token or its user does not exist.
///
/// For calls that an access token authorizes: the two exceptions are then about the token, and the user whom it names.
pub(super) fn as_token_error(error: Error) -> Error {
    if error.is(NOT_AUTHORIZED) || error.is(USER_NOT_FOUND) {
        TokenError::NotAccepted(Box::new(error)).into()
    } else {
        error
    }
}

/// Whether `error` is about an access token or the user whom it names, for a call that also takes a password.
pub(super) fn is_token_error(error: &Error) -> bool {
    matches!(error, Error::Cognito { subject: Subject::AccessToken, .. }) || error.is(USER_NOT_FOUND)
}

/// Converts to `NotAuthorizedException` if the pool's migration trigger rejected the user. For a client, a user unknown
/// to the trigger is a user unknown to the pool.
pub(super) fn as_unknown_user(error: Error) -> Error {
    match error {
        Error::Cognito { subject: Subject::UserMigration, source, .. } => {
            Error::Cognito { exception: CognitoName::NOT_AUTHORIZED, subject: Subject::UserMigration, source }
        }
        _ => error,
    }
}

/// Exception for a status of `VerifySoftwareToken` other than `SUCCESS`, which means a wrong code.
pub(super) fn wrong_totp_code() -> Error {
    Error::Cognito {
        exception: CognitoName::ENABLE_SOFTWARE_TOKEN_MFA,
        subject: Subject::Other,
        source: SafeMessage::from("VerifySoftwareToken did not return SUCCESS").into(),
    }
}
