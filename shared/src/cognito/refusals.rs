//! Cognito's errors, as ours.

use std::{error::Error as StdError, fmt};

use aws_sdk_cognitoidentityprovider::error::{BuildError, ProvideErrorMetadata, SdkError};

use crate::model::{
    caller::TokenError,
    error::{CognitoName, Error, OwnWords},
};

impl<E, R> From<SdkError<E, R>> for Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        match (&error, error.code().and_then(CognitoName::parse)) {
            (SdkError::ConstructionFailure(_), _) => Self::internal(error),
            (SdkError::ServiceError(_), Some(code)) => Self::Refused { code, source: error.into() },
            // A reply without an exception's name is not Cognito's: a proxy's page, or half an answer.
            _ => Self::Unavailable(error.into()),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::internal(error)
    }
}

/// The same error, or, where Cognito does not accept an access token any more, that.
///
/// For calls that an access token authorises: the exceptions then speak of the token, and of
/// the user whom it names.
pub(super) fn of_token(error: Error) -> Error {
    match &error {
        Error::Refused { code, .. }
            if matches!(code.as_str(), "NotAuthorizedException" | "UserNotFoundException") =>
        {
            TokenError::NotAccepted(Box::new(error)).into()
        }
        _ => error,
    }
}

/// `VerifySoftwareToken` says so with a status, where it might have raised this exception.
pub(super) fn wrong_totp_code() -> Error {
    Error::Refused {
        code: CognitoName::ENABLE_SOFTWARE_TOKEN_MFA,
        source: OwnWords::from("VerifySoftwareToken did not say SUCCESS").into(),
    }
}
