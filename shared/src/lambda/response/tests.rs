use super::ErrorResponse;
use crate::{
    ErrorMapping, Route, StatusCode,
    model::{
        error::{CognitoName, Error},
        outcome::Outcome,
    },
};

const ROUTE: Route = Route {
    name: "test",
    error_prefix: "Refused",
    failure_prefix: "Failed",
    error_mappings: &[ErrorMapping::new(&["OneException"], StatusCode::NOT_FOUND, "Gone")],
};

fn exception(name: &str, message: &'static str) -> Error {
    Error::from_exception(CognitoName::parse(name).unwrap(), message, message.into())
}

fn response(error: &Error) -> ErrorResponse {
    ErrorResponse::new(&ROUTE, error, false)
}

#[test]
fn lockout_looks_like_a_wrong_password() {
    let locked = exception("NotAuthorizedException", "Password attempts exceeded");
    let wrong = exception("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!(response(&locked), response(&wrong));
}

#[test]
fn failures_of_this_service_look_alike() {
    let secret =
        exception("NotAuthorizedException", "Unable to verify secret hash for client 1example23456789");
    for error in [Error::Panicked, secret] {
        assert_eq!(response(&error), response(&Error::internal("cause")));
    }
}

#[test]
fn errors_have_the_outcome_of_their_cause() {
    let rows = [
        (Error::Unavailable("cause".into()), Outcome::UpstreamFailures),
        (Error::internal("cause"), Outcome::Failures),
        (Error::Unauthenticated(None), Outcome::Refused),
        (exception("OneException", ""), Outcome::Refused),
        (exception("InternalErrorException", ""), Outcome::UpstreamFailures),
        (exception("AccessDeniedException", ""), Outcome::Failures),
    ];
    for (error, outcome) in rows {
        assert_eq!(response(&error).outcome, outcome, "{error:?}");
    }
}

#[test]
fn hourly_limits_have_a_long_retry_after() {
    let seconds = |name| {
        let retry_after = response(&exception(name, "")).retry_after();
        retry_after.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(seconds("LimitExceededException").as_deref(), Some("900"));
    assert_eq!(seconds("TooManyFailedAttemptsException").as_deref(), Some("900"));
    assert_eq!(seconds("TooManyRequestsException").as_deref(), Some("5"));
    assert_eq!(seconds("ServiceUnavailableException").as_deref(), Some("5"));
    assert_eq!(seconds("OneException"), None);
}
