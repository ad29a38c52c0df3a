use serde_json::{Value, json};
use shared::testing::{Answer, Asked, Refused, ReplayedCognito, Reply, configuration, event, laws, refused};

use super::{RESEND_CODE as ROUTE, resend_code};

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
fn another_code_is_sent_by_one_call() {
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
    let confirmed = Reply::seen(
        "https://github.com/furaiev/amazon-cognito-identity-dart-2/issues/103",
        "InvalidParameterException",
        "User is already confirmed.",
    );
    let confirmed = call(&ReplayedCognito::answering([confirmed]), &request());
    let waits = call(&ReplayedCognito::answering([sent()]), &request());
    assert_eq!(confirmed.as_sent(), waits.as_sent(), "byte for byte");
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract_and_is_not_tried_again() {
    let too_many = "Too many requests. Please try again later";
    let rows = [
        ("UserNotFoundException", 404, "User not found"),
        ("LimitExceededException", 429, too_many),
        ("TooManyRequestsException", 429, too_many),
    ];
    for Refused { reply, exception, status, detail } in
        refused("ResendConfirmationCode", "Sign-up error", &rows)
    {
        // It means that somebody is confirmed already: see above.
        if exception == "InvalidParameterException" {
            continue;
        }
        let cognito = ReplayedCognito::answering([reply]);
        let answer = call(&cognito, &request());
        assert_eq!(answer.error(), (status, detail, exception.as_str()));
        assert_eq!(cognito.asked().len(), 1, "{exception} must not be tried again");
    }
}

#[test]
fn a_name_is_required() {
    let answer = call(&ReplayedCognito::answering([]), &json!({}));
    assert_eq!(answer.error(), (422, "username: field required".to_owned(), "ValidationException"));
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
    let answer = cognito.call(&ROUTE, resend_code, event(&ROUTE, &request()));
    assert_eq!(answer.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
    assert!(cognito.asked().is_empty());
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&ROUTE, resend_code, &[], &request(), "no-token");
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&ROUTE, resend_code);
}
