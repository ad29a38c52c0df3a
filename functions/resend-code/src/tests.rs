use serde_json::{Value, json};
use test_support::{Answer, RecordedRequest, ReplayedCognito, Reply, configuration, contract_errors, event};

use super::{RESEND_CODE as ROUTE, resend_code};

test_support::route_contract!(public(&ROUTE, resend_code, [request()]));

fn request() -> Value {
    json!({ "username": "user@igad.int" })
}

fn sent() -> Reply {
    Reply::documented(
        "ResendConfirmationCode",
        &json!({
            "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u****@i****" }
        }),
    )
}

/// What a deployment says in which people may make themselves an account.
const OPEN: [(&str, &str); 1] = [("SELF_SIGN_UP", "true")];

fn call(cognito: &ReplayedCognito, body: &Value) -> Answer {
    cognito.call_with(configuration(&OPEN), &ROUTE, resend_code, event(&ROUTE, body))
}

#[test]
fn code_is_resent_in_one_call() {
    let cognito = ReplayedCognito::answering([sent()]);
    let answer = call(&cognito, &request());
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
    let expected = call(&ReplayedCognito::answering([sent()]), &request());
    let refusals = [
        (
            Reply::observed(
                "https://github.com/furaiev/amazon-cognito-identity-dart-2/issues/103",
                "InvalidParameterException",
                "User is already confirmed.",
            ),
            "Refused",
        ),
        (Reply::synthetic_error("NotAuthorizedException", "User is disabled."), "Refused"),
        (Reply::refusal("ResendConfirmationCode", "UserNotFoundException"), "Refused"),
        (Reply::refusal("ResendConfirmationCode", "UserLambdaValidationException"), "UpstreamRefusals"),
        (Reply::refusal("ResendConfirmationCode", "CodeDeliveryFailureException"), "UpstreamFailures"),
    ];
    for (reply, outcome) in refusals {
        let answer = call(&ReplayedCognito::answering([reply]), &request());
        assert_eq!(answer.as_sent(), expected.as_sent(), "byte for byte");
        assert_eq!(answer.audit_line()["outcome"], outcome);
    }
}

#[test]
fn malformed_username_returns_400() {
    let answer = call(&ReplayedCognito::answering([Reply::constraint_violation("username")]), &request());
    let detail = "Sign-up error: InvalidParameterException".to_owned();
    assert_eq!(answer.error(), (400, detail, "InvalidParameterException"));
}

#[test]
fn legacy_deployment_reveals_users() {
    let variables = [OPEN[0], ("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")];
    let call = |reply| {
        let cognito = ReplayedCognito::answering([reply]);
        cognito.call_with(configuration(&variables), &ROUTE, resend_code, event(&ROUTE, &request()))
    };
    let unknown = call(Reply::refusal("ResendConfirmationCode", "UserNotFoundException"));
    assert_eq!(unknown.error(), (404, "User not found".to_owned(), "UserNotFoundException"));
    assert_eq!(call(sent()).body()["delivery"]["Destination"], "u****@i****", "Cognito's own");
}

#[test]
fn exceptions_match_contract_without_retry() {
    let too_many = "Too many requests. Please try again later";
    let rows = [
        // As for any username: see above.
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
    for expected in contract_errors("ResendConfirmationCode", ["Sign-up error", "Sign-up failed"], &rows) {
        let cognito = ReplayedCognito::answering([expected.reply.clone()]);
        let answer = call(&cognito, &request());
        expected.assert_answered(&answer);
        assert_eq!(cognito.requests().len(), 1, "{} must not be tried again", expected.exception);
    }
}

#[test]
fn missing_username_returns_422() {
    let answer = call(&ReplayedCognito::answering([]), &json!({}));
    assert_eq!(answer.error(), (422, "username: field required".to_owned(), "ValidationException"));
}

#[test]
fn unreadable_response_returns_503() {
    let answer = call(&ReplayedCognito::answering([Reply::raw(503, "")]), &request());
    let unavailable = "Sign-up failed: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn disabled_sign_up_returns_403() {
    let cognito = ReplayedCognito::answering([]);
    let answer = cognito.call(&ROUTE, resend_code, event(&ROUTE, &request()));
    assert_eq!(answer.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
    assert!(cognito.requests().is_empty());
}
