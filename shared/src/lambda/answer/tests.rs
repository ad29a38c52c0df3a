use super::Reply;
use crate::{
    Refusal, Route, StatusCode,
    model::error::{CognitoName, Error},
};

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
    Error::Refused { code: CognitoName::parse(code).unwrap(), source: message.into() }
}

#[test]
fn a_routes_own_row_goes_before_the_usual_one() {
    for code in ["OneException", "OtherException"] {
        let reply = Reply::to(&ROUTE, &refused(code, "message"));
        assert_eq!((reply.status, &*reply.detail, &*reply.error_type), (StatusCode::NOT_FOUND, "Gone", code));
    }
    let reply = Reply::to(&ROUTE, &refused("TooManyRequestsException", "message"));
    assert_eq!(
        (reply.status, &*reply.detail),
        (StatusCode::TOO_MANY_REQUESTS, "Refused: TooManyRequestsException")
    );
}

#[test]
fn a_lock_out_is_answered_as_a_wrong_password_is() {
    let locked = refused("NotAuthorizedException", "Password attempts exceeded");
    let wrong = refused("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!(Reply::to(&ROUTE, &locked), Reply::to(&ROUTE, &wrong));
}

#[test]
fn a_panic_and_an_internal_error_look_alike() {
    assert_eq!(Reply::to(&ROUTE, &Error::Panicked), Reply::to(&ROUTE, &Error::internal("cause")));
}
