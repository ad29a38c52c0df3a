use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{VERIFY_TOTP as ROUTE, verify_totp};

test_support::route_contract!(bearer(&ROUTE, verify_totp, [code()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, verify_totp, signed_in(&ROUTE, token, body))
}

fn code() -> Value {
    json!({ "code": " 123456 ", "device_name": "My phone" })
}

fn verified() -> CognitoResponse {
    CognitoResponse::documented("VerifySoftwareToken", &json!({ "Status": "SUCCESS" }))
}

fn user(preferred: Option<&str>) -> CognitoResponse {
    let mut user = json!({ "Username": "b7d8f6e4-0001", "UserAttributes": [{ "Name": "sub", "Value": "b7d8f6e4-0001" }] });
    if let Some(preferred) = preferred {
        user["PreferredMfaSetting"] = preferred.into();
    }
    CognitoResponse::documented("GetUser", &user)
}

#[test]
fn verified_app_is_enabled_and_preferred() {
    for (preferred, is_preferred) in
        [(None, true), (Some("SOFTWARE_TOKEN_MFA"), true), (Some("EMAIL_OTP"), false)]
    {
        let done = CognitoResponse::documented("SetUserMFAPreference", &json!({}));
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), verified(), user(preferred), done]);
        let token = access_token();

        let response = call(&cognito, &token, &code());

        assert_eq!(
            (response.status(), response.body()),
            (200, json!({ "message": "Authenticator app added" }))
        );
        assert_eq!(
            cognito.requests()[1..],
            [
                RecordedRequest {
                    operation: "VerifySoftwareToken".to_owned(),
                    body: json!({ "AccessToken": token, "UserCode": "123456", "FriendlyDeviceName": "My phone" }),
                    signed: false,
                },
                RecordedRequest {
                    operation: "GetUser".to_owned(),
                    body: json!({ "AccessToken": token }),
                    signed: false,
                },
                RecordedRequest {
                    operation: "SetUserMFAPreference".to_owned(),
                    body: json!({
                        "AccessToken": token,
                        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": is_preferred }
                    }),
                    signed: false,
                }
            ]
        );
    }
}

#[test]
fn wrong_code_does_not_enable_totp() {
    let cognito_responses = [
        CognitoResponse::documented("VerifySoftwareToken", &json!({ "Status": "ERROR" })),
        CognitoResponse::observed(
            "https://github.com/aws-samples/aws-amplify-auth-starters/issues/15",
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
        ),
        CognitoResponse::documented_error("VerifySoftwareToken", "CodeMismatchException"),
    ];
    for cognito_response in cognito_responses {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), cognito_response]);
        let response = call(&cognito, &access_token(), &code());
        assert_eq!(
            (response.status(), &response.body()["detail"]),
            (400, &json!("Invalid verification code"))
        );
        assert_eq!(cognito.requests().len(), 2);
    }
}

#[test]
fn malformed_code_returns_422() {
    for body in [json!({ "code": "12345" }), json!({ "code": "abcdef" })] {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &access_token(), &body);
        assert_eq!(response.error(), (422, "code: must be 6 to 8 digits".to_owned(), "ValidationException"));
        assert_eq!(cognito.requests().len(), 1);
    }
}

#[test]
fn exceptions_match_the_contract() {
    let wrong_code = "Invalid verification code";
    let mappings = [
        ("CodeMismatchException", 400, wrong_code),
        ("EnableSoftwareTokenMFAException", 400, wrong_code),
        ("ExpiredCodeException", 400, "Verification code has expired or was already used"),
        ("SoftwareTokenMFANotFoundException", 409, "Authenticator apps are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in contract_errors("VerifySoftwareToken", ["Factor error", "Set-up failed"], &mappings) {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        let response = call(&cognito, &access_token(), &code());
        expected.assert_response(&response);
    }
}

#[test]
fn later_exceptions_match_the_contract() {
    let invalid_token =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    let not_set_up = ("InvalidParameterException", 400, "Factor error: InvalidParameterException");
    // Each twice, because some calls are retried.
    for expected in contract_errors("GetUser", ["Factor error", "Set-up failed"], &invalid_token) {
        let cognito = ReplayedCognito::new([
            CognitoResponse::key_set(),
            verified(),
            expected.cognito_response.clone(),
            expected.cognito_response.clone(),
        ]);
        let response = call(&cognito, &access_token(), &code());
        expected.assert_response(&response);
    }
    let mappings: Vec<_> = invalid_token.into_iter().chain([not_set_up]).collect();
    for expected in contract_errors("SetUserMFAPreference", ["Factor error", "Set-up failed"], &mappings) {
        let cognito = ReplayedCognito::new([
            CognitoResponse::key_set(),
            verified(),
            user(None),
            expected.cognito_response.clone(),
            expected.cognito_response.clone(),
        ]);
        let response = call(&cognito, &access_token(), &code());
        expected.assert_response(&response);
    }
}

#[test]
fn stale_auth_time_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &token, &code());
        let detail = "Please sign in again to do this".to_owned();
        assert_eq!(response.error(), (403, detail, "ReauthenticationRequired"));
        assert_eq!(cognito.requests().len(), 1, "only the key set is fetched");
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let response = call(&cognito, "no-token", &code());
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
