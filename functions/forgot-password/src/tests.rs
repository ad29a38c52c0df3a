use serde_json::{Value, json};
use test_support::{RecordedRequest, ReplayedCognito, Reply, configuration, contract_errors, event};

use super::{FORGOT_PASSWORD, forgot_password};

test_support::route_contract!(public(&FORGOT_PASSWORD, forgot_password, [request()]));

fn request() -> Value {
    json!({ "username": " user%40igad.int" })
}

/// What Cognito says of somebody who cannot be sent a code.
fn no_address() -> Reply {
    Reply::observed(
        "https://github.com/aws/aws-sdk-js-v3/issues/7101",
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )
}

fn code_sent() -> Reply {
    Reply::documented(
        "ForgotPassword",
        &json!({
            "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@i***" }
        }),
    )
}

#[test]
fn code_is_sent_to_masked_destination() {
    let cognito = ReplayedCognito::answering([code_sent()]);

    let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));

    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
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
    let cognito = ReplayedCognito::answering([code_sent()]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    assert_eq!(cognito.requests()[0].body["SecretHash"], "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=");
}

#[test]
fn delivery_is_computed_from_the_username() {
    let deliveries = [
        json!({ "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "s***@m***" } }),
        // What Cognito invented for an unknown user: aws-sdk-ios#4837, amplify-js#5783.
        json!({ "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@y***" } }),
        json!({ "CodeDeliveryDetails": { "DeliveryMedium": "SMS", "Destination": "+*******8187" } }),
        json!({}),
    ];
    let computed = json!({ "Destination": "s***@m***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    let call = |reply: &Value, legacy| {
        let cognito = ReplayedCognito::answering([Reply::documented("ForgotPassword", reply)]);
        let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", legacy)]);
        let event = event(&FORGOT_PASSWORD, &json!({ "username": "sam@mail.example" }));
        cognito.call_with(configuration, &FORGOT_PASSWORD, forgot_password, event)
    };
    let expected = call(&deliveries[0], "ENABLED");
    assert_eq!(expected.body()["delivery"], computed);
    for reply in &deliveries {
        assert_eq!(call(reply, "ENABLED").as_sent(), expected.as_sent(), "byte for byte");
        let details = reply.get("CodeDeliveryDetails").cloned().unwrap_or_default();
        assert_eq!(call(reply, "LEGACY").body()["delivery"], details, "Cognito's own");
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let too_many = "Too many requests. Please try again later";
    let rows = [
        // As for any username: see below.
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
        contract_errors("ForgotPassword", ["Reset password error", "Failed to send reset code"], &rows)
    {
        let cognito = ReplayedCognito::answering([expected.reply.clone()]);
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        expected.assert_answered(&answer);
        assert_eq!(cognito.requests().len(), 1, "{} must not be tried again", expected.exception);
    }
}

#[test]
fn account_status_is_not_revealed() {
    let call = |reply| {
        let cognito = ReplayedCognito::answering([reply]);
        cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()))
    };
    let expected = call(code_sent());
    let refusals = [
        (no_address(), "InvalidParameterException", "Refused"),
        (
            // Not yet signed in.
            Reply::observed(
                "https://github.com/aws-amplify/amplify-js/issues/1340",
                "NotAuthorizedException",
                "User password cannot be reset in the current state.",
            ),
            "NotAuthorizedException",
            "Refused",
        ),
        (
            Reply::observed(
                "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/373",
                "NotAuthorizedException",
                "User is disabled.",
            ),
            "NotAuthorizedException",
            "Refused",
        ),
        (
            Reply::synthetic_error("InvalidParameterException", "A message that is not known yet"),
            "InvalidParameterException",
            "Refused",
        ),
        (
            Reply::synthetic_error("UserNotConfirmedException", "User is not confirmed."),
            "UserNotConfirmedException",
            "Refused",
        ),
        (
            // An unknown user of a pool with a migration trigger: amplify-flutter#3779.
            Reply::synthetic_error("UserNotFoundException", "Username/client id combination not found."),
            "UserNotFoundException",
            "Refused",
        ),
        (
            Reply::refusal("ForgotPassword", "UserLambdaValidationException"),
            "UserLambdaValidationException",
            "UpstreamRefusals",
        ),
        (
            Reply::refusal("ForgotPassword", "CodeDeliveryFailureException"),
            "CodeDeliveryFailureException",
            "UpstreamFailures",
        ),
    ];
    for (reply, reason, outcome) in refusals {
        let answer = call(reply);
        assert_eq!(answer.as_sent(), expected.as_sent(), "{reason}: byte for byte");
        let line = answer.audit_line();
        assert_eq!((&line["outcome"], &line["reason"]), (&json!(outcome), &json!(reason)));
        assert_eq!(line[outcome], 1);
        assert!(line.get("RefusedCredentials").is_none(), "nothing was guessed");
    }
}

#[test]
fn unknown_reason_is_logged_as_a_warning() {
    let level = |name, message| {
        let cognito = ReplayedCognito::answering([Reply::synthetic_error(name, message)]);
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        let line = answer.log().lines().find(|line| line.contains("suppressed")).expect("a line on why");
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
    let cognito = ReplayedCognito::answering([Reply::constraint_violation("username")]);
    let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
    assert_eq!(answer.error(), (400, "Invalid username format".to_owned(), "InvalidParameterException"));
}

#[test]
fn legacy_deployment_reveals_users() {
    let cognito = ReplayedCognito::answering([Reply::refusal("ForgotPassword", "UserNotFoundException")]);
    let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")]);
    let answer = cognito.call_with(
        configuration,
        &FORGOT_PASSWORD,
        forgot_password,
        event(&FORGOT_PASSWORD, &request()),
    );
    assert_eq!(answer.error(), (404, "User not found".to_owned(), "UserNotFoundException"));
}

#[test]
fn masked_destination_needs_an_address() {
    let rows =
        [("somebody", Value::Null), ("@", json!("***@***")), ("\u{e9}@\u{e8}", json!("\u{e9}***@\u{e8}***"))];
    for (username, destination) in rows {
        let cognito = ReplayedCognito::answering([no_address()]);
        let event = event(&FORGOT_PASSWORD, &json!({ "username": username }));
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event);
        assert_eq!(answer.body()["delivery"]["Destination"], destination);
    }
}

#[test]
fn missing_username_returns_422() {
    let answer = ReplayedCognito::answering([]).call(
        &FORGOT_PASSWORD,
        forgot_password,
        event(&FORGOT_PASSWORD, &json!({})),
    );
    assert_eq!(answer.error(), (422, "username: field required".to_owned(), "ValidationException"));
}
