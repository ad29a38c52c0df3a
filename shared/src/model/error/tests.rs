use proptest::prelude::*;

use super::{CognitoName, Error};
use crate::model::caller::TokenError;

fn refused(code: &str, message: &'static str) -> Error {
    Error::from_exception(CognitoName::parse(code).unwrap(), message, message.into())
}

#[test]
fn a_refused_password_code_session_or_refresh_token_counts_and_an_access_token_does_not() {
    let counts = |error: &Error| error.is_refusal_of_credentials();
    for code in [
        "NotAuthorizedException",
        "UserNotFoundException",
        "CodeMismatchException",
        "ExpiredCodeException",
        "EnableSoftwareTokenMFAException",
        "RefreshTokenReuseException",
    ] {
        assert!(counts(&refused(code, "as recorded")), "{code}");
    }
    for code in ["InvalidPasswordException", "TooManyRequestsException", "UserNotConfirmedException"] {
        assert!(!counts(&refused(code, "as recorded")), "{code}");
    }
    let revoked = TokenError::NotAccepted(refused("NotAuthorizedException", "revoked").into());
    for error in [Error::Unauthenticated(None), TokenError::Expired.into(), revoked.into()] {
        assert!(!counts(&error), "{error:?}");
    }
}

proptest! {
    #[test]
    fn nothing_but_a_name_passes_for_a_code(text in r"\PC{0,80}") {
        if let Some(code) = CognitoName::parse(&text) {
            prop_assert!(code.as_str().len() <= 64);
            prop_assert!(code.as_str().chars().all(|character| character.is_ascii_alphanumeric() || character == '_'));
        }
    }
}
