use serde_json::{Value, json};
use shared::testing::{
    Asked, Refused, ReplayedCognito, Reply, call_without_cognito, configuration, event, laws, refused,
};

use super::{FORGOT_PASSWORD, forgot_password};

fn request() -> Value {
    json!({ "username": " user%40igad.int" })
}

/// What Cognito says of somebody who cannot be sent a code.
fn no_address() -> Reply {
    Reply::seen(
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
fn a_code_is_asked_for_once_and_its_masked_destination_told() {
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
        cognito.asked(),
        [Asked {
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
fn with_a_client_secret_the_secret_hash_is_sent() {
    let cognito = ReplayedCognito::answering([code_sent()]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    assert_eq!(cognito.asked()[0].body["SecretHash"], "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=");
}

#[test]
fn what_cognito_does_not_say_of_the_delivery_is_left_out() {
    let rows = [
        (json!({}), Value::Null),
        (json!({ "CodeDeliveryDetails": { "Destination": "u***" } }), json!({ "Destination": "u***" })),
    ];
    for (reply, delivery) in rows {
        let cognito = ReplayedCognito::answering([Reply::documented("ForgotPassword", &reply)]);
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        assert_eq!((answer.status(), &answer.body()["delivery"]), (200, &delivery));
    }
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract_and_is_not_tried_again() {
    let too_many = "Too many requests. Please try again later";
    let rows = [
        ("UserNotFoundException", 404, "User not found"),
        ("InvalidParameterException", 400, "Invalid username format"),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
    ];
    for Refused { reply, exception, status, detail } in
        refused("ForgotPassword", "Reset password error", &rows)
    {
        let cognito = ReplayedCognito::answering([reply]);
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        assert_eq!(answer.error(), (status, detail, exception.as_str()));
        assert_eq!(cognito.asked().len(), 1, "{exception} must not be tried again");
    }
}

#[test]
fn whoever_has_an_account_and_gets_no_code_is_answered_like_anybody() {
    let anybody = ReplayedCognito::answering([code_sent()]);
    let expected = anybody.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
    let cannot_be_reset = [
        no_address(),
        // Somebody who was invited and has not signed in yet.
        Reply::seen(
            "https://github.com/aws-amplify/amplify-js/issues/1340",
            "NotAuthorizedException",
            "User password cannot be reset in the current state.",
        ),
        Reply::seen(
            "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/373",
            "NotAuthorizedException",
            "User is disabled.",
        ),
    ];
    for reply in cannot_be_reset {
        let cognito = ReplayedCognito::answering([reply]);
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
        assert_eq!(answer.as_sent(), expected.as_sent(), "byte for byte");

        let line = answer.audit_line();
        assert_eq!((&line["outcome"], &line["reason"]), (&json!("Refused"), &json!("CannotBeReset")));
    }
}

#[test]
fn a_name_that_is_no_address_is_masked_without_a_fault() {
    for (username, destination) in
        [("somebody", "s***@***"), ("@", "***@***"), ("\u{e9}@\u{e8}", "\u{e9}***@\u{e8}***")]
    {
        let cognito = ReplayedCognito::answering([no_address()]);
        let event = event(&FORGOT_PASSWORD, &json!({ "username": username }));
        let answer = cognito.call(&FORGOT_PASSWORD, forgot_password, event);
        assert_eq!(answer.body()["delivery"]["Destination"], destination);
    }
}

#[test]
fn a_cognito_that_refuses_connections_is_unavailable() {
    let answer = call_without_cognito(&FORGOT_PASSWORD, forgot_password, event(&FORGOT_PASSWORD, &request()));
    let unavailable = "Failed to send reset code: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn the_username_is_required() {
    let answer = ReplayedCognito::answering([]).call(
        &FORGOT_PASSWORD,
        forgot_password,
        event(&FORGOT_PASSWORD, &json!({})),
    );
    assert_eq!(answer.error(), (422, "username: field required".to_owned(), "ValidationException"));
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&FORGOT_PASSWORD, forgot_password, &[], &request(), "no-token");
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&FORGOT_PASSWORD, forgot_password);
}
