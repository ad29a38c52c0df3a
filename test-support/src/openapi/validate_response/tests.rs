use std::sync::Arc;

use serde_json::{Value, json};

use super::validate_response;
use crate::{ReplayedCognito, TestResponse, event};
use shared::{
    Done, Error, ErrorMapping, Request, ResetPasswordRequest, Route, Service, StatusCode,
    testing::{CognitoName, Problem},
};

/// The response of a `reset-password` with `error_mappings` whose function returns `result`.
fn call(
    error_mappings: &'static [ErrorMapping],
    body: &Value,
    result: fn() -> Result<Done, Error>,
) -> TestResponse {
    let route: &'static Route = Box::leak(Box::new(Route {
        name: "reset-password",
        error_prefix: "Reset password error",
        failure_prefix: "Failed to reset password",
        error_mappings,
    }));
    let function = move |_: Arc<Service>, _: Request<ResetPasswordRequest>| async move { result() };
    ReplayedCognito::new([]).call(route, function, event(route, body))
}

fn request() -> Value {
    json!({ "username": "user@igad.int", "code": "123456", "new_password": "BrandNewP@ss1" })
}

fn error(code: &str) -> Result<Done, Error> {
    Err(Error::from_exception(CognitoName::parse(code).unwrap(), "a message", "a message".into()))
}

#[test]
fn documented_response_passes() {
    assert_eq!(call(&[], &request(), || Ok(Done::with_success("done"))).status(), 200);
    assert_eq!(call(&[], &request(), || error("UserNotConfirmedException")).status(), 403);
    assert_eq!(call(&[], &request(), || error("WhateverException")).status(), 500);
    assert_eq!(
        call(&[], &json!({ "username": " %20 ", "code": "1", "new_password": "BrandNewP@ss1" }), || Ok(
            Done::new("")
        ))
        .status(),
        422
    );
}

#[test]
#[should_panic(expected = "the status 409 is not documented")]
fn undocumented_status_fails() {
    const MAPPINGS: &[ErrorMapping] =
        &[ErrorMapping::new(&["AliasExistsException"], StatusCode::CONFLICT, "Gone")];
    call(MAPPINGS, &request(), || error("AliasExistsException"));
}

#[test]
#[should_panic(
    expected = "no example of 400 has the type CodeMismatchException and the detail \"Wrong code\""
)]
fn undocumented_detail_fails() {
    const MAPPINGS: &[ErrorMapping] =
        &[ErrorMapping::new(&["CodeMismatchException"], StatusCode::BAD_REQUEST, "Wrong code")];
    call(MAPPINGS, &request(), || error("CodeMismatchException"));
}

#[test]
#[should_panic(expected = "no example of 500 has the type ExpiredCodeException")]
fn error_with_own_example_is_not_any_other() {
    call(&[], &request(), || error("ExpiredCodeException"));
}

#[test]
#[should_panic(expected = "the body of 200 is not what is documented")]
fn missing_field_fails() {
    call(&[], &request(), || Ok(Done::new("without success")));
}

#[test]
#[should_panic(expected = "rejected, although the OpenAPI document allows it")]
fn rejected_valid_request_fails() {
    let error: fn() -> Result<Done, Error> =
        || Err(Error::InvalidField { field: "code", problem: Problem::Required });
    call(&[], &request(), error);
}

#[test]
#[should_panic(expected = "accepted, although the OpenAPI document forbids it")]
fn accepted_invalid_request_fails() {
    let response = call(&[], &request(), || Ok(Done::with_success("done")));
    let route = Route { name: "reset-password", error_prefix: "", failure_prefix: "", error_mappings: &[] };
    validate_response(&route, &response, &event(&route, &json!({ "username": "user@igad.int" })));
}

#[test]
#[should_panic(expected = "the header retry-after is not documented for 200")]
fn undocumented_header_fails() {
    let response = call(&[], &request(), || Ok(Done::with_success("done"))).with_header("retry-after", "5");
    let route = Route { name: "reset-password", error_prefix: "", failure_prefix: "", error_mappings: &[] };
    validate_response(&route, &response, &event(&route, &request()));
}
