use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors, signed_in,
};

use super::{FACTORS as ROUTE, factors};

test_support::route_contract!(bearer(&ROUTE, factors, [json!({})]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, factors, signed_in(&ROUTE, token, body))
}

fn cognito_response() -> Value {
    json!({
        "Username": "b7d8f6e4-0001",
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "TELEPATHY"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]
    })
}

#[test]
fn configured_factors_are_returned() {
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("GetUserAuthFactors", &cognito_response()),
    ]);
    let token = access_token();

    let response = call(&cognito, &token, &json!({}));

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
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
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("GetUserAuthFactors", &json!({ "Username": "1" })),
    ]);
    assert_eq!(call(&cognito, &access_token(), &json!({})).body(), json!({ "factors": [], "mfa": [] }));
}

#[test]
fn exceptions_match_the_contract() {
    let mappings =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    for expected in contract_errors("GetUserAuthFactors", ["Factor error", "Factors failed"], &mappings) {
        // Twice, because some calls are retried.
        let cognito = ReplayedCognito::new([
            CognitoResponse::key_set(),
            expected.cognito_response.clone(),
            expected.cognito_response.clone(),
        ]);
        let response = call(&cognito, &access_token(), &json!({}));
        expected.assert_response(&response);
    }
}
