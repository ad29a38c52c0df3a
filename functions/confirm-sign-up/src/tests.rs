use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, configuration, contract_errors, event,
};

use super::{CONFIRM_SIGN_UP as ROUTE, confirm_sign_up};

test_support::route_contract!(public(&ROUTE, confirm_sign_up, [request()]));

fn request() -> Value {
    json!({ "username": "user@igad.int", "code": " 123456 " })
}

/// Configuration of a deployment with self-service sign-up.
const SELF_SIGN_UP: [(&str, &str); 1] = [("SELF_SIGN_UP", "true")];

fn call(cognito: &ReplayedCognito, body: &Value) -> TestResponse {
    cognito.call_with(configuration(&SELF_SIGN_UP), &ROUTE, confirm_sign_up, event(&ROUTE, body))
}

#[test]
fn confirmation_makes_one_call() {
    let cognito = ReplayedCognito::new([CognitoResponse::documented("ConfirmSignUp", &json!({}))]);
    let response = call(&cognito, &request());
    let expected = json!({ "success": true, "message": "Account confirmed successfully" });
    assert_eq!((response.status(), response.body()), (200, expected));
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
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
fn exceptions_match_contract_without_retry() {
    let too_many = "Too many requests. Please try again later";
    let hidden = "Invalid or expired verification code";
    let mappings = [
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
        ("TooManyFailedAttemptsException", 429, too_many),
        ("CodeMismatchException", 400, hidden),
        // Hidden as `CodeMismatchException`: see below.
        ("ExpiredCodeException", 0, ""),
        ("NotAuthorizedException", 0, ""),
        ("AliasExistsException", 0, ""),
        ("UserNotFoundException", 0, ""),
    ];
    for expected in contract_errors("ConfirmSignUp", ["Sign-up error", "Sign-up failed"], &mappings) {
        if mappings.contains(&(expected.exception.as_str(), 0, "")) {
            continue;
        }
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = call(&cognito, &request());
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_field_returns_422() {
    for field in ["username", "code"] {
        let mut body = request();
        body[field] = " ".into();
        let response = call(&ReplayedCognito::new([]), &body);
        assert_eq!(response.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn unreadable_response_returns_503() {
    let response = call(&ReplayedCognito::new([CognitoResponse::raw(503, "")]), &request());
    let unavailable = "Sign-up failed: identity provider unavailable".to_owned();
    assert_eq!(response.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn disabled_sign_up_returns_403() {
    let cognito = ReplayedCognito::new([]);
    let response = cognito.call(&ROUTE, confirm_sign_up, event(&ROUTE, &request()));
    assert_eq!(response.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
    assert!(cognito.requests().is_empty());
}

#[test]
fn wrong_code_does_not_reveal_users() {
    let error = |name| ReplayedCognito::new([CognitoResponse::documented_error("ConfirmSignUp", name)]);
    let expected = call(&error("CodeMismatchException"), &request());
    let detail = "Invalid or expired verification code".to_owned();
    assert_eq!(expected.error(), (400, detail, "CodeMismatchException"));
    for name in
        ["ExpiredCodeException", "NotAuthorizedException", "AliasExistsException", "UserNotFoundException"]
    {
        let response = call(&error(name), &request());
        assert_eq!(response.as_sent(), expected.as_sent(), "{name}: identical responses");
        assert_eq!(response.audit_line()["reason"], name);
    }
}

#[test]
fn legacy_deployment_reveals_users() {
    let cases = [
        ("CodeMismatchException", 400, "Invalid verification code"),
        ("ExpiredCodeException", 400, "Verification code has expired"),
        ("NotAuthorizedException", 400, "Account cannot be confirmed"),
        ("AliasExistsException", 400, "Account cannot be confirmed"),
        ("UserNotFoundException", 404, "User not found"),
    ];
    for (name, status, detail) in cases {
        let variables = [SELF_SIGN_UP[0], ("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")];
        let cognito = ReplayedCognito::new([CognitoResponse::documented_error("ConfirmSignUp", name)]);
        let response =
            cognito.call_with(configuration(&variables), &ROUTE, confirm_sign_up, event(&ROUTE, &request()));
        assert_eq!(response.error(), (status, detail.to_owned(), name));
    }
}

#[test]
fn code_is_normalized() {
    for sent in
        ["123 456", "123-456", "\u{200b}123\u{a0}456 ", "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}"]
    {
        let cognito = ReplayedCognito::new([CognitoResponse::documented("ConfirmSignUp", &json!({}))]);
        let mut body = request();
        body["code"] = sent.into();
        call(&cognito, &body);
        assert_eq!(cognito.requests()[0].body["ConfirmationCode"], "123456");
    }
}
