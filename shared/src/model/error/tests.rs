use cognito_token_verifier::VerifyError;
use proptest::prelude::*;

use super::{CognitoName, Error};
use crate::model::caller::TokenError;

fn exception(code: &str, message: &'static str) -> Error {
    Error::from_exception(CognitoName::parse(code).unwrap(), message, message.into())
}

#[test]
fn rejected_access_token_is_no_credential_rejection() {
    let counts = |error: &Error| error.is_credential_rejection();
    for code in [
        "NotAuthorizedException",
        "UserNotFoundException",
        "CodeMismatchException",
        "ExpiredCodeException",
        "EnableSoftwareTokenMFAException",
        "RefreshTokenReuseException",
    ] {
        assert!(counts(&exception(code, "message")), "{code}");
    }
    for code in ["InvalidPasswordException", "TooManyRequestsException", "UserNotConfirmedException"] {
        assert!(!counts(&exception(code, "message")), "{code}");
    }
    let revoked = TokenError::NotAccepted(exception("NotAuthorizedException", "revoked").into());
    for error in [Error::Unauthenticated(None), VerifyError::Expired.into(), revoked.into()] {
        assert!(!counts(&error), "{error:?}");
    }
}

proptest! {
    #[test]
    fn parsed_name_has_no_other_characters(text in r"\PC{0,80}") {
        if let Some(code) = CognitoName::parse(&text) {
            prop_assert!(code.as_str().len() <= 64);
            prop_assert!(code.as_str().chars().all(|character| character.is_ascii_alphanumeric() || character == '_'));
        }
    }
}
