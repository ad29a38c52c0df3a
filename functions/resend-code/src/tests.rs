use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, configuration, contract_errors, event,
};

use super::{RESEND_CODE as ROUTE, resend_code};

test_support::route_contract!(public(&ROUTE, resend_code, [request()]));

fn request() -> Value {
    json!({ "username": "user@igad.int" })
}

fn sent() -> CognitoResponse {
    CognitoResponse::documented(
        "ResendConfirmationCode",
        &json!({
            "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u****@i****" }
        }),
    )
}

/// Configuration of a deployment with self-service sign-up.
const SELF_SIGN_UP: [(&str, &str); 1] = [("SELF_SIGN_UP", "true")];

fn call(cognito: &ReplayedCognito, body: &Value) -> TestResponse {
    cognito.call_with(configuration(&SELF_SIGN_UP), &ROUTE, resend_code, event(&ROUTE, body))
}

#[test]
fn code_is_resent_in_one_call() {
    let cognito = ReplayedCognito::new([sent()]);
    let response = call(&cognito, &request());
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "success": true,
            "message": "Confirmation code sent. Please check your inbox.",
            "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
        })
    );
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
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
fn account_status_is_not_revealed() {
    let expected = call(&ReplayedCognito::new([sent()]), &request());
    let errors = [
        (
            CognitoResponse::observed(
                "https://github.com/furaiev/amazon-cognito-identity-dart-2/issues/103",
                "InvalidParameterException",
                "User is already confirmed.",
            ),
            "Refused",
        ),
        (CognitoResponse::synthetic_error("NotAuthorizedException", "User is disabled."), "Refused"),
        (CognitoResponse::documented_error("ResendConfirmationCode", "UserNotFoundException"), "Refused"),
        (
            CognitoResponse::documented_error("ResendConfirmationCode", "UserLambdaValidationException"),
            "UpstreamRefusals",
        ),
        (
            CognitoResponse::documented_error("ResendConfirmationCode", "CodeDeliveryFailureException"),
            "UpstreamFailures",
        ),
    ];
    for (cognito_response, outcome) in errors {
        let response = call(&ReplayedCognito::new([cognito_response]), &request());
        assert_eq!(response.as_sent(), expected.as_sent(), "identical responses");
        assert_eq!(response.audit_line()["outcome"], outcome);
    }
}

#[test]
fn malformed_username_returns_400() {
    let response =
        call(&ReplayedCognito::new([CognitoResponse::constraint_violation("username")]), &request());
    let detail = "Sign-up error: InvalidParameterException".to_owned();
    assert_eq!(response.error(), (400, detail, "InvalidParameterException"));
}

#[test]
fn legacy_deployment_reveals_users() {
    let variables = [SELF_SIGN_UP[0], ("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")];
    let call = |cognito_response| {
        let cognito = ReplayedCognito::new([cognito_response]);
        cognito.call_with(configuration(&variables), &ROUTE, resend_code, event(&ROUTE, &request()))
    };
    let unknown = call(CognitoResponse::documented_error("ResendConfirmationCode", "UserNotFoundException"));
    assert_eq!(unknown.error(), (404, "User not found".to_owned(), "UserNotFoundException"));
    assert_eq!(call(sent()).body()["delivery"]["Destination"], "u****@i****", "Cognito's delivery");
}

#[test]
fn exceptions_match_contract_without_retry() {
    let too_many = "Too many requests. Please try again later";
    let mappings = [
        // The same response as for any username: see above.
        ("CodeDeliveryFailureException", 200, ""),
        ("InvalidParameterException", 200, ""),
        ("NotAuthorizedException", 200, ""),
        ("UserLambdaValidationException", 200, ""),
        ("UserNotConfirmedException", 200, ""),
        ("UserNotFoundException", 200, ""),
        ("TooManyFailedAttemptsException", 429, too_many),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
    ];
    for expected in contract_errors("ResendConfirmationCode", ["Sign-up error", "Sign-up failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = call(&cognito, &request());
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_username_returns_422() {
    let response = call(&ReplayedCognito::new([]), &json!({}));
    assert_eq!(response.error(), (422, "username: field required".to_owned(), "ValidationException"));
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
    let response = cognito.call(&ROUTE, resend_code, event(&ROUTE, &request()));
    assert_eq!(response.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
    assert!(cognito.requests().is_empty());
}
