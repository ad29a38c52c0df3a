use serde_json::{Value, json};
use shared::testing::{Asked, Recorded, ReplayedCognito, call_without_cognito, event, laws};

use super::{RESEND_CODE as ROUTE, resend_code};

fn request() -> Value {
    json!({ "username": "user@igad.int" })
}

fn sent() -> Recorded {
    Recorded::success(&json!({
        "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u****@i****" }
    }))
}

#[test]
fn another_code_is_sent_by_one_call() {
    let cognito = ReplayedCognito::answering([sent()]);
    let answer = cognito.call(&ROUTE, resend_code, event(&ROUTE, &request()));
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
        json!({
            "success": true,
            "message": "Confirmation code sent. Please check your inbox.",
            "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
        })
    );
    assert_eq!(
        cognito.asked(),
        [Asked {
            operation: "ResendConfirmationCode".to_owned(),
            body: json!({
                "ClientId": "1example23456789",
                "Username": "user@igad.int",
                "UserContextData": { "IpAddress": "203.0.113.7" }
            }),
            signed: false,
        }]
    );
}

#[test]
fn nobody_can_tell_an_account_that_is_confirmed_from_one_that_waits() {
    let confirmed = Recorded::exception("InvalidParameterException", "User is already confirmed.");
    let confirmed =
        ReplayedCognito::answering([confirmed]).call(&ROUTE, resend_code, event(&ROUTE, &request()));
    let waits = ReplayedCognito::answering([sent()]).call(&ROUTE, resend_code, event(&ROUTE, &request()));
    assert_eq!(confirmed.as_sent(), waits.as_sent(), "byte for byte");
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract_and_is_not_tried_again() {
    let too_many = "Too many requests. Please try again later";
    let rows = [
        ("UserNotFoundException", 404, "User not found"),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
        ("NotAuthorizedException", 401, "Sign-up error: NotAuthorizedException"),
        ("CodeDeliveryFailureException", 500, "Sign-up error: CodeDeliveryFailureException"),
        ("ForbiddenException", 500, "Sign-up error: ForbiddenException"),
        ("InternalErrorException", 500, "Sign-up error: InternalErrorException"),
        ("ResourceNotFoundException", 500, "Sign-up error: ResourceNotFoundException"),
    ];
    for (exception, status, detail) in rows {
        let cognito = ReplayedCognito::answering([Recorded::exception(exception, "as recorded")]);
        let answer = cognito.call(&ROUTE, resend_code, event(&ROUTE, &request()));
        assert_eq!(answer.error(), (status, detail.to_owned(), exception));
        assert_eq!(cognito.asked().len(), 1, "{exception} must not be tried again");
    }
}

#[test]
fn a_name_is_required() {
    let answer = ReplayedCognito::answering([]).call(&ROUTE, resend_code, event(&ROUTE, &json!({})));
    assert_eq!(answer.error(), (422, "username: field required".to_owned(), "ValidationException"));
}

#[test]
fn a_cognito_that_refuses_connections_is_unavailable() {
    let answer = call_without_cognito(&ROUTE, resend_code, event(&ROUTE, &request()));
    let unavailable = "Sign-up failed: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&ROUTE, resend_code, &[], &request(), "no-token");
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&ROUTE, resend_code);
}
