use serde_json::{Value, json};
use shared::testing::{Answer, Asked, Refused, ReplayedCognito, Reply, configuration, event, laws, refused};

use super::{SIGN_UP as ROUTE, sign_up};

fn request() -> Value {
    json!({ "username": " user%40igad.int", "password": " P@ssw0rd1 ", "name": "John Doe" })
}

fn new_account() -> Reply {
    Reply::documented(
        "SignUp",
        &json!({
            "UserConfirmed": false,
            "UserSub": "b7d8f6e4-0001",
            "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u****@i****" }
        }),
    )
}

fn call_with(variables: &[(&str, &str)], cognito: &ReplayedCognito) -> Answer {
    let variables: Vec<_> = [("SELF_SIGN_UP", "true")].iter().chain(variables).copied().collect();
    cognito.call_with(configuration(&variables), &ROUTE, sign_up, event(&ROUTE, &request()))
}

#[test]
fn an_account_is_made_by_one_call_and_the_code_goes_to_the_address() {
    let cognito = ReplayedCognito::answering([new_account()]);

    let answer = call_with(&[("COGNITO_CLIENT_SECRET", "client-secret")], &cognito);

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
            operation: "SignUp".to_owned(),
            body: json!({
                "ClientId": "1example23456789",
                // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
                "SecretHash": "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=",
                "Username": "user@igad.int",
                "Password": " P@ssw0rd1 ",
                "UserAttributes": [
                    { "Name": "email", "Value": "user@igad.int" },
                    { "Name": "name", "Value": "John Doe" }
                ],
                "UserContextData": { "IpAddress": "203.0.113.7" }
            }),
            signed: false,
        }]
    );
}

#[test]
fn nobody_can_tell_an_account_that_exists_from_a_new_one() {
    let exists = || {
        Reply::seen(
            "https://github.com/jonsaw/amazon-cognito-identity-dart/issues/73",
            "UsernameExistsException",
            "An account with the given email already exists.",
        )
    };
    let there = call_with(&[], &ReplayedCognito::answering([exists()]));
    let new = call_with(&[], &ReplayedCognito::answering([new_account()]));
    assert_eq!(there.as_sent(), new.as_sent(), "byte for byte");
    assert_eq!(there.audit_line()["reason"], "UsernameExistsException", "but for the log");

    let revealing =
        call_with(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")], &ReplayedCognito::answering([exists()]));
    assert_eq!(revealing.error(), (409, "Account already exists".to_owned(), "UsernameExistsException"));
}

#[test]
fn where_people_may_not_sign_up_nobody_is_asked() {
    for off in ["", "false"] {
        let cognito = ReplayedCognito::answering([]);
        let configuration = configuration(&[("SELF_SIGN_UP", off)]);
        let answer = cognito.call_with(configuration, &ROUTE, sign_up, event(&ROUTE, &request()));
        assert_eq!(answer.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
        assert_eq!(cognito.asked(), []);
    }
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract_and_is_not_tried_again() {
    let rows = [
        ("InvalidPasswordException", 400, "Password does not meet requirements"),
        ("NotAuthorizedException", 403, "Sign-up is not enabled"),
        ("InvalidParameterException", 400, "Invalid username format"),
        ("UsernameExistsException", 409, "Account already exists"),
    ];
    for Refused { reply, exception, status, detail } in refused("SignUp", "Sign-up error", &rows) {
        let cognito = ReplayedCognito::answering([reply]);
        let answer = call_with(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")], &cognito);
        assert_eq!(answer.error(), (status, detail, exception.as_str()));
        assert_eq!(cognito.asked().len(), 1, "{exception} must not be tried again");
    }
}

#[test]
fn a_name_and_a_password_are_required() {
    for field in ["username", "password"] {
        let mut body = request();
        body[field] = Value::Null;
        let answer = ReplayedCognito::answering([]).call(&ROUTE, sign_up, event(&ROUTE, &body));
        assert_eq!(answer.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&ROUTE, sign_up, &[], &request(), "no-token");
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&ROUTE, sign_up);
}
