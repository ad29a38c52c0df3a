use proptest::prelude::*;

use super::{Error, ErrorCode};
use crate::{Refusal, Route, StatusCode};

const ROUTE: Route = Route {
    name: "test",
    refused: "Refused",
    failed: "Failed",
    refusals: &[Refusal {
        codes: &["OneException", "OtherException"],
        status: StatusCode::NOT_FOUND,
        detail: "Gone",
    }],
};

fn refused(code: &str, message: &'static str) -> Error {
    Error::Refused { code: ErrorCode::parse(code).unwrap(), source: message.into() }
}

#[test]
fn a_routes_own_row_goes_before_the_usual_one() {
    for code in ["OneException", "OtherException"] {
        let reply = refused(code, "message").reply(&ROUTE);
        assert_eq!((reply.status, &*reply.detail, &*reply.error_type), (StatusCode::NOT_FOUND, "Gone", code));
    }
    let reply = refused("TooManyRequestsException", "message").reply(&ROUTE);
    assert_eq!(
        (reply.status, &*reply.detail),
        (StatusCode::TOO_MANY_REQUESTS, "Refused: TooManyRequestsException")
    );
}

#[test]
fn a_lock_out_is_told_from_a_wrong_password_in_the_log_alone() {
    let locked = refused("NotAuthorizedException", "Password attempts exceeded");
    let wrong = refused("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!((locked.reason(), wrong.reason()), ("PasswordAttemptsExceeded", "NotAuthorizedException"));
    assert_eq!(locked.reply(&ROUTE), wrong.reply(&ROUTE));
}

#[test]
fn a_panic_and_an_internal_error_look_alike() {
    assert_eq!(Error::Panicked.reply(&ROUTE), Error::internal("cause").reply(&ROUTE));
}

proptest! {
    #[test]
    fn nothing_but_a_name_passes_for_a_code(text in r"\PC{0,80}") {
        if let Some(code) = ErrorCode::parse(&text) {
            prop_assert!(code.as_str().len() <= 64);
            prop_assert!(code.as_str().chars().all(|character| character.is_ascii_alphanumeric() || character == '_'));
        }
    }
}
