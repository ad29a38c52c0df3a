use serde_json::{Value, json};
use shared::testing::{Answer, Asked, Refused, ReplayedCognito, Reply, configuration, event, laws, refused};

use super::{CONFIRM_SIGN_UP as ROUTE, confirm_sign_up};

fn request() -> Value {
    json!({ "username": "user@igad.int", "code": " 123456 " })
}

/// What a deployment says in which people may make themselves an account.
const OPEN: [(&str, &str); 1] = [("SELF_SIGN_UP", "true")];

fn call(cognito: &ReplayedCognito, body: &Value) -> Answer {
    cognito.call_with(configuration(&OPEN), &ROUTE, confirm_sign_up, event(&ROUTE, body))
}

#[test]
fn an_account_is_confirmed_by_one_call() {
    let cognito = ReplayedCognito::answering([Reply::documented("ConfirmSignUp", &json!({}))]);
    let answer = call(&cognito, &request());
    let expected = json!({ "success": true, "message": "Account confirmed successfully" });
    assert_eq!((answer.status(), answer.body()), (200, expected));
    assert_eq!(
        cognito.asked(),
        [Asked {
            operation: "ConfirmSignUp".to_owned(),
            body: json!({
                "ClientId": "1example23456789",
                "Username": "user@igad.int",
                "ConfirmationCode": "123456",
                "UserContextData": { "IpAddress": "203.0.113.7" }
            }),
            signed: false,
        }]
    );
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract_and_is_not_tried_again() {
    let too_many = "Too many requests. Please try again later";
    let rows = [
        ("CodeMismatchException", 400, "Invalid verification code"),
        ("ExpiredCodeException", 400, "Verification code has expired"),
        ("NotAuthorizedException", 400, "Account cannot be confirmed"),
        ("AliasExistsException", 400, "Account cannot be confirmed"),
        ("UserNotFoundException", 404, "User not found"),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
        ("TooManyFailedAttemptsException", 429, too_many),
    ];
    for Refused { reply, exception, status, detail } in refused("ConfirmSignUp", "Sign-up error", &rows) {
        let cognito = ReplayedCognito::answering([reply]);
        let answer = call(&cognito, &request());
        assert_eq!(answer.error(), (status, detail, exception.as_str()));
        assert_eq!(cognito.asked().len(), 1, "{exception} must not be tried again");
    }
}

#[test]
fn a_name_and_a_code_are_required() {
    for field in ["username", "code"] {
        let mut body = request();
        body[field] = " ".into();
        let answer = call(&ReplayedCognito::answering([]), &body);
        assert_eq!(answer.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn a_reply_that_is_none_of_cognitos_is_unavailable() {
    let answer = call(&ReplayedCognito::answering([Reply::raw(503, "")]), &request());
    let unavailable = "Sign-up failed: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn where_people_may_not_make_an_account_cognito_is_not_asked() {
    let cognito = ReplayedCognito::answering([]);
    let answer = cognito.call(&ROUTE, confirm_sign_up, event(&ROUTE, &request()));
    assert_eq!(answer.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
    assert!(cognito.asked().is_empty());
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&ROUTE, confirm_sign_up, &[], &request(), "no-token");
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&ROUTE, confirm_sign_up);
}
