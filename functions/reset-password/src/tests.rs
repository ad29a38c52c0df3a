use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, configuration, contract_errors, event,
};

use super::{RESET_PASSWORD, reset_password};

test_support::route_contract!(public(&RESET_PASSWORD, reset_password, [request()]));

fn request() -> Value {
    json!({ "username": "user%40igad.int ", "code": "654321", "new_password": " N3w-P%40ss " })
}

/// Cognito that sets the password and ends the sessions.
fn successful() -> ReplayedCognito {
    ReplayedCognito::new([
        CognitoResponse::documented("ConfirmForgotPassword", &json!({})),
        CognitoResponse::documented("AdminUserGlobalSignOut", &json!({})),
    ])
}

#[test]
fn reset_ends_all_sessions() {
    let cognito = successful();

    let response = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));

    let expected = json!({ "success": true, "message": "Password reset successfully" });
    assert_eq!((response.status(), response.body()), (200, expected));
    assert_eq!(
        cognito.requests(),
        [
            RecordedRequest {
                operation: "ConfirmForgotPassword".to_owned(),
                body: json!({
                    "ClientId": "1example23456789",
                    "Username": "user@igad.int",
                    "ConfirmationCode": "654321",
                    "Password": " N3w-P%40ss ",
                    "UserContextData": { "IpAddress": "203.0.113.7" }
                }),
                signed: false,
            },
            RecordedRequest {
                operation: "AdminUserGlobalSignOut".to_owned(),
                body: json!({ "UserPoolId": "eu-west-1_AbCdEfGhI", "Username": "user@igad.int" }),
                signed: true,
            }
        ]
    );
    assert_eq!(response.audit_line()["outcome"], "Succeeded");
}

#[test]
fn session_end_failure_is_only_logged() {
    let error = |name| CognitoResponse::documented_error("AdminUserGlobalSignOut", name);
    let cases = [
        // The permission is missing, for example in an outdated permissions boundary.
        (error("AccessDeniedException"), "AccessDeniedException", "Failures"),
        (error("InternalErrorException"), "InternalErrorException", "UpstreamFailures"),
        (error("TooManyRequestsException"), "TooManyRequestsException", "UpstreamFailures"),
        (error("UserNotFoundException"), "UserNotFoundException", "UpstreamFailures"),
        (CognitoResponse::raw(503, "<html></html>"), "Unavailable", "UpstreamFailures"),
    ];
    for (cognito_response, reason, outcome) in cases {
        // Twice, because the call is retried.
        let password_set = CognitoResponse::documented("ConfirmForgotPassword", &json!({}));
        let cognito = ReplayedCognito::new([password_set, cognito_response.clone(), cognito_response]);
        let response = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));
        let expected = json!({ "success": true, "message": "Password reset successfully" });
        assert_eq!((response.status(), response.body()), (200, expected));
        let line = response.audit_line();
        assert_eq!((&line["outcome"], &line["reason"]), (&json!(outcome), &json!(reason)));
        let is_error = |line: &str| line.contains("suppressed") && line.contains("\"ERROR\"");
        assert!(response.log().lines().any(is_error), "{}", response.log());
    }
}

#[test]
fn code_is_normalized() {
    let cognito = successful();
    let mut body = request();
    body["code"] = json!(" 654-\u{200b}321\t\n");
    cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &body));
    assert_eq!(cognito.requests()[0].body["ConfirmationCode"], "654321");

    body["code"] = json!(" \t");
    let response = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &body));
    assert_eq!(response.error(), (422, "code: field required".to_owned(), "ValidationException"));
}

#[test]
fn client_secret_adds_secret_hash() {
    let cognito = successful();
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    assert_eq!(cognito.requests()[0].body["SecretHash"], "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=");
}

#[test]
fn exceptions_match_contract_without_retry() {
    let too_many = "Too many requests. Please try again later";
    let invalid_password = "Password does not meet requirements";
    let mappings = [
        ("CodeMismatchException", 400, "Invalid verification code"),
        ("ExpiredCodeException", 400, "Verification code has expired"),
        ("InvalidPasswordException", 400, invalid_password),
        ("PasswordHistoryPolicyViolationException", 400, invalid_password),
        // Hidden as `CodeMismatchException`: see below.
        ("UserNotFoundException", 0, ""),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
        ("TooManyFailedAttemptsException", 429, too_many),
    ];
    for expected in contract_errors(
        "ConfirmForgotPassword",
        ["Reset password error", "Failed to reset password"],
        &mappings,
    ) {
        if expected.exception == "UserNotFoundException" {
            continue;
        }
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_field_returns_422() {
    for field in ["username", "code", "new_password"] {
        let mut body = request();
        body[field] = json!("");
        let response =
            ReplayedCognito::new([]).call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &body));
        assert_eq!(response.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn unknown_user_looks_like_wrong_code() {
    let call = |name, legacy| {
        let cognito =
            ReplayedCognito::new([CognitoResponse::documented_error("ConfirmForgotPassword", name)]);
        let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", legacy)]);
        cognito.call_with(configuration, &RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()))
    };
    let wrong_code = call("CodeMismatchException", "ENABLED");
    assert_eq!(
        call("UserNotFoundException", "ENABLED").as_sent(),
        wrong_code.as_sent(),
        "identical responses"
    );
    let revealed = call("UserNotFoundException", "LEGACY");
    assert_eq!(revealed.error(), (404, "User not found".to_owned(), "UserNotFoundException"));
}

#[test]
fn password_constraint_returns_400() {
    let cognito = ReplayedCognito::new([CognitoResponse::constraint_violation("password")]);
    let response = cognito.call(&RESET_PASSWORD, reset_password, event(&RESET_PASSWORD, &request()));
    let weak = "Password does not meet requirements".to_owned();
    assert_eq!(response.error(), (400, weak, "InvalidParameterException"));
}
