use serde_json::{Value, json};
use shared::testing::{
    Asked, Refused, ReplayedCognito, Reply, call_without_cognito, configuration, event, laws, refused,
};

use super::{RESET_PASSWORD, reset_password};

fn request() -> Value {
    json!({ "username": "user%40igad.int ", "code": "654321", "new_password": " N3w-P%40ss " })
}

#[test]
fn a_code_and_a_new_password_are_sent_once() {
    let cognito = ReplayedCognito::answering([Reply::documented("ConfirmForgotPassword", &json!({}))]);

    let answer = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));

    let expected = json!({ "success": true, "message": "Password reset successfully" });
    assert_eq!((answer.status(), answer.body()), (200, expected));
    assert_eq!(
        cognito.asked(),
        [Asked {
            operation: "ConfirmForgotPassword".to_owned(),
            body: json!({
                "ClientId": "1example23456789",
                "Username": "user@igad.int",
                "ConfirmationCode": "654321",
                "Password": " N3w-P%40ss ",
                "UserContextData": { "IpAddress": "203.0.113.7" }
            }),
            signed: false,
        }]
    );
}

#[test]
fn a_code_may_be_pasted_with_white_space_around_it() {
    let cognito = ReplayedCognito::answering([Reply::documented("ConfirmForgotPassword", &json!({}))]);
    let mut body = request();
    body["code"] = json!(" 654321\t\n");
    cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &body));
    assert_eq!(cognito.asked()[0].body["ConfirmationCode"], "654321");

    body["code"] = json!(" \t");
    let answer = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &body));
    assert_eq!(answer.error(), (422, "code: field required".to_owned(), "ValidationException"));
}

#[test]
fn with_a_client_secret_the_secret_hash_is_sent() {
    let cognito = ReplayedCognito::answering([Reply::documented("ConfirmForgotPassword", &json!({}))]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    assert_eq!(cognito.asked()[0].body["SecretHash"], "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=");
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract_and_is_not_tried_again() {
    let too_many = "Too many requests. Please try again later";
    let invalid_password = "Password does not meet requirements";
    let rows = [
        ("CodeMismatchException", 400, "Invalid verification code"),
        ("ExpiredCodeException", 400, "Verification code has expired"),
        ("InvalidPasswordException", 400, invalid_password),
        ("PasswordHistoryPolicyViolationException", 400, invalid_password),
        ("UserNotFoundException", 404, "User not found"),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
        ("TooManyFailedAttemptsException", 429, too_many),
    ];
    for Refused { reply, exception, status, detail } in
        refused("ConfirmForgotPassword", "Reset password error", &rows)
    {
        let cognito = ReplayedCognito::answering([reply]);
        let answer = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));
        assert_eq!(answer.error(), (status, detail, exception.as_str()));
        assert_eq!(cognito.asked().len(), 1, "{exception} must not be tried again");
    }
}

#[test]
fn a_cognito_that_refuses_connections_is_unavailable() {
    let answer = call_without_cognito(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));
    let unavailable = "Failed to reset password: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn each_field_is_required() {
    for field in ["username", "code", "new_password"] {
        let mut body = request();
        body[field] = json!("");
        let answer = ReplayedCognito::answering([]).call(
            &RESET_PASSWORD,
            reset_password,
            event(&RESET_PASSWORD, &body),
        );
        assert_eq!(answer.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&RESET_PASSWORD, reset_password, &[], &request(), "no-token");
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&RESET_PASSWORD, reset_password);
}
