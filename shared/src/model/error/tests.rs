use proptest::prelude::*;

use super::{CognitoName, Error};

fn refused(code: &str, message: &'static str) -> Error {
    Error::Refused { code: CognitoName::parse(code).unwrap(), source: message.into() }
}

#[test]
fn a_lock_out_is_told_from_a_wrong_password_in_the_log_alone() {
    let locked = refused("NotAuthorizedException", "Password attempts exceeded");
    let wrong = refused("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!((locked.reason(), wrong.reason()), ("PasswordAttemptsExceeded", "NotAuthorizedException"));
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
