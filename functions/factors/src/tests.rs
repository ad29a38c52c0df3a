use serde_json::{Value, json};
use shared::testing::{
    Answer, Asked, ReplayedCognito, Reply, access_token, call_without_cognito, contract_errors, laws,
    signed_in,
};

use super::{FACTORS as ROUTE, factors};

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, factors, signed_in(&ROUTE, token, body))
}

fn reply() -> Value {
    json!({
        "Username": "b7d8f6e4-0001",
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "TELEPATHY"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]
    })
}

#[test]
fn a_person_is_told_what_they_can_sign_in_with() {
    let cognito =
        ReplayedCognito::answering([Reply::key_set(), Reply::documented("GetUserAuthFactors", &reply())]);
    let token = access_token();

    let answer = call(&cognito, &token, &json!({}));

    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
        json!({
            "factors": ["PASSWORD", "WEB_AUTHN"],
            "mfa": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"],
            "preferred": "SOFTWARE_TOKEN_MFA"
        })
    );
    assert_eq!(
        cognito.asked()[1..],
        [Asked {
            operation: "GetUserAuthFactors".to_owned(),
            body: json!({ "AccessToken": token }),
            signed: false,
        }]
    );
}

#[test]
fn somebody_without_a_second_factor_has_none() {
    let cognito = ReplayedCognito::answering([
        Reply::key_set(),
        Reply::documented("GetUserAuthFactors", &json!({ "Username": "1" })),
    ]);
    assert_eq!(call(&cognito, &access_token(), &json!({})).body(), json!({ "factors": [], "mfa": [] }));
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract() {
    let rows =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    for expected in contract_errors("GetUserAuthFactors", ["Factor error", "Factors failed"], &rows) {
        // Twice, since some are asked for once more.
        let cognito =
            ReplayedCognito::answering([Reply::key_set(), expected.reply.clone(), expected.reply.clone()]);
        let answer = call(&cognito, &access_token(), &json!({}));
        expected.assert_answered(&answer);
    }
}

#[test]
fn a_cognito_that_refuses_connections_is_unavailable() {
    let answer = call_without_cognito(&ROUTE, factors, signed_in(&ROUTE, &access_token(), &json!({})));
    let unavailable = "Factors failed: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&ROUTE, factors, &[Reply::key_set()], &json!({}), &access_token());
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&ROUTE, factors);
}
