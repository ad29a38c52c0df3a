use serde_json::{Value, json};
use test_support::{
    Answer, RecordedRequest, ReplayedCognito, Reply, access_token, contract_errors, signed_in,
};

use super::{FACTORS as ROUTE, factors};

test_support::route_contract!(bearer(&ROUTE, factors, [json!({})]));

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
fn configured_factors_are_returned() {
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
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "GetUserAuthFactors".to_owned(),
            body: json!({ "AccessToken": token }),
            signed: false,
        }]
    );
}

#[test]
fn user_without_mfa_gets_empty_lists() {
    let cognito = ReplayedCognito::answering([
        Reply::key_set(),
        Reply::documented("GetUserAuthFactors", &json!({ "Username": "1" })),
    ]);
    assert_eq!(call(&cognito, &access_token(), &json!({})).body(), json!({ "factors": [], "mfa": [] }));
}

#[test]
fn exceptions_match_the_contract() {
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
