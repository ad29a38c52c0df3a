use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, configuration, contract_errors, event,
};

use super::{FORGOT_PASSWORD, forgot_password};

test_support::route_contract!(public(&FORGOT_PASSWORD, forgot_password, [request()]));

fn request() -> Value {
    json!({ "username": " user%40igad.int" })
}

/// Error for a user without a verified address.
fn no_address() -> CognitoResponse {
    CognitoResponse::observed(
        "https://github.com/aws/aws-sdk-js-v3/issues/7101",
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )
}

fn code_sent() -> CognitoResponse {
    CognitoResponse::documented(
        "ForgotPassword",
        &json!({
            "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@i***" }
        }),
    )
}

#[test]
fn code_is_sent_to_masked_destination() {
    let cognito = ReplayedCognito::new([code_sent()]);

    let response = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "success": true,
            "message": "Reset instructions sent to email. Please check your inbox for the verification code.",
            "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
        })
    );
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "ForgotPassword".to_owned(),
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
fn client_secret_adds_secret_hash() {
    let cognito = ReplayedCognito::new([code_sent()]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    assert_eq!(cognito.requests()[0].body["SecretHash"], "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=");
}

#[test]
fn delivery_is_computed_from_the_username() {
    let deliveries = [
        json!({ "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "s***@m***" } }),
        // Deliveries that Cognito invents for unknown users: aws-sdk-ios#4837, amplify-js#5783.
        json!({ "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@y***" } }),
        json!({ "CodeDeliveryDetails": { "DeliveryMedium": "SMS", "Destination": "+*******8187" } }),
        json!({}),
    ];
    let computed = json!({ "Destination": "s***@m***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    let call = |cognito_response: &Value, legacy| {
        let cognito = ReplayedCognito::new([CognitoResponse::documented("ForgotPassword", cognito_response)]);
        let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", legacy)]);
        let event = event(&FORGOT_PASSWORD, &json!({ "username": "sam@mail.example" }));
        cognito.call_with(configuration, &FORGOT_PASSWORD, forgot_password, event)
    };
    let expected = call(&deliveries[0], "ENABLED");
    assert_eq!(expected.body()["delivery"], computed);
    for cognito_response in &deliveries {
        assert_eq!(call(cognito_response, "ENABLED").as_sent(), expected.as_sent(), "identical responses");
        let details = cognito_response.get("CodeDeliveryDetails").cloned().unwrap_or_default();
        assert_eq!(call(cognito_response, "LEGACY").body()["delivery"], details, "Cognito's delivery");
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let too_many = "Too many requests. Please try again later";
    let mappings = [
        // The same response as for any username: see below.
        ("CodeDeliveryFailureException", 200, ""),
        ("InvalidParameterException", 200, ""),
        ("NotAuthorizedException", 200, ""),
        ("UserLambdaValidationException", 200, ""),
        ("UserNotConfirmedException", 200, ""),
        ("UserNotFoundException", 200, ""),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
    ];
    for expected in
        contract_errors("ForgotPassword", ["Reset password error", "Failed to send reset code"], &mappings)
    {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn account_status_is_not_revealed() {
    let call = |cognito_response| {
        let cognito = ReplayedCognito::new([cognito_response]);
        cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()))
    };
    let expected = call(code_sent());
    let errors = [
        (no_address(), "InvalidParameterException", "Refused"),
        (
            // A user with a temporary password.
            CognitoResponse::observed(
                "https://github.com/aws-amplify/amplify-js/issues/1340",
                "NotAuthorizedException",
                "User password cannot be reset in the current state.",
            ),
            "NotAuthorizedException",
            "Refused",
        ),
        (
            CognitoResponse::observed(
                "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/373",
                "NotAuthorizedException",
                "User is disabled.",
            ),
            "NotAuthorizedException",
            "Refused",
        ),
        (
            CognitoResponse::synthetic_error("InvalidParameterException", "A message that is not known yet"),
            "InvalidParameterException",
            "Refused",
        ),
        (
            CognitoResponse::synthetic_error("UserNotConfirmedException", "User is not confirmed."),
            "UserNotConfirmedException",
            "Refused",
        ),
        (
            // Unknown user of a pool with a migration trigger: amplify-flutter#3779.
            CognitoResponse::synthetic_error(
                "UserNotFoundException",
                "Username/client id combination not found.",
            ),
            "UserNotFoundException",
            "Refused",
        ),
        (
            CognitoResponse::documented_error("ForgotPassword", "UserLambdaValidationException"),
            "UserLambdaValidationException",
            "UpstreamRefusals",
        ),
        (
            CognitoResponse::documented_error("ForgotPassword", "CodeDeliveryFailureException"),
            "CodeDeliveryFailureException",
            "UpstreamFailures",
        ),
    ];
    for (cognito_response, reason, outcome) in errors {
        let response = call(cognito_response);
        assert_eq!(response.as_sent(), expected.as_sent(), "{reason}: identical responses");
        let line = response.audit_line();
        assert_eq!((&line["outcome"], &line["reason"]), (&json!(outcome), &json!(reason)));
        assert_eq!(line[outcome], 1);
        assert!(line.get("RefusedCredentials").is_none(), "no credentials are guessed");
    }
}

#[test]
fn unknown_reason_is_logged_as_a_warning() {
    let level = |name, message| {
        let cognito = ReplayedCognito::new([CognitoResponse::synthetic_error(name, message)]);
        let response = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        let line = response
            .log()
            .lines()
            .find(|line| line.contains("suppressed"))
            .expect("a line about the suppressed error");
        serde_json::from_str::<Value>(line).unwrap()["level"].clone()
    };
    assert_eq!(level("InvalidParameterException", "SMS configuration is missing"), "WARN");
    assert_eq!(level("NotAuthorizedException", "Contact administrator to reset password."), "WARN");
    assert_eq!(
        level("NotAuthorizedException", "User password cannot be reset in the current state."),
        "INFO"
    );
}

#[test]
fn malformed_username_returns_400() {
    let cognito = ReplayedCognito::new([CognitoResponse::constraint_violation("username")]);
    let response = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
    assert_eq!(response.error(), (400, "Invalid username format".to_owned(), "InvalidParameterException"));
}

#[test]
fn legacy_deployment_reveals_users() {
    let cognito =
        ReplayedCognito::new([CognitoResponse::documented_error("ForgotPassword", "UserNotFoundException")]);
    let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")]);
    let response = cognito.call_with(
        configuration,
        &FORGOT_PASSWORD,
        forgot_password,
        event(&FORGOT_PASSWORD, &request()),
    );
    assert_eq!(response.error(), (404, "User not found".to_owned(), "UserNotFoundException"));
}

#[test]
fn masked_destination_needs_an_address() {
    let cases =
        [("somebody", Value::Null), ("@", json!("***@***")), ("\u{e9}@\u{e8}", json!("\u{e9}***@\u{e8}***"))];
    for (username, destination) in cases {
        let cognito = ReplayedCognito::new([no_address()]);
        let event = event(&FORGOT_PASSWORD, &json!({ "username": username }));
        let response = cognito.call(&FORGOT_PASSWORD, forgot_password, event);
        assert_eq!(response.body()["delivery"]["Destination"], destination);
    }
}

#[test]
fn missing_username_returns_422() {
    let response =
        ReplayedCognito::new([]).call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &json!({})));
    assert_eq!(response.error(), (422, "username: field required".to_owned(), "ValidationException"));
}
