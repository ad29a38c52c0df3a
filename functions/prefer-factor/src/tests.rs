use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{PREFER_FACTOR as ROUTE, prefer_factor};

test_support::route_contract!(bearer(&ROUTE, prefer_factor, [json!({ "preferred": "SOFTWARE_TOKEN_MFA" })]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, prefer_factor, signed_in(&ROUTE, token, body))
}

#[test]
fn factor_is_preferred_or_disabled() {
    let on = json!({ "Enabled": true, "PreferredMfa": true });
    let off = json!({ "Enabled": false, "PreferredMfa": false });
    let cases = [
        (json!({ "preferred": "SOFTWARE_TOKEN_MFA" }), "SoftwareTokenMfaSettings", &on),
        (json!({ "preferred": "EMAIL_OTP" }), "EmailMfaSettings", &on),
        (json!({ "preferred": "SMS_MFA" }), "SMSMfaSettings", &on),
        (json!({ "disable": "SOFTWARE_TOKEN_MFA" }), "SoftwareTokenMfaSettings", &off),
        (json!({ "disable": "EMAIL_OTP" }), "EmailMfaSettings", &off),
        (json!({ "disable": "SMS_MFA" }), "SMSMfaSettings", &off),
    ];
    for (body, member, settings) in cases {
        let cognito = ReplayedCognito::new([
            CognitoResponse::key_set(),
            CognitoResponse::documented("SetUserMFAPreference", &json!({})),
        ]);
        let token = access_token();
        let response = call(&cognito, &token, &body);
        assert_eq!(
            (response.status(), response.body()),
            (200, json!({ "message": "Sign-in preference saved" }))
        );
        let mut expected = json!({ "AccessToken": token });
        expected[member] = settings.clone();
        assert_eq!(
            cognito.requests()[1..],
            [RecordedRequest { operation: "SetUserMFAPreference".to_owned(), body: expected, signed: false }]
        );
    }
}

#[test]
fn invalid_preference_returns_422() {
    let cases = [
        (json!({}), "preferred: field required"),
        (json!({ "preferred": "PASSWORD" }), "preferred: must be one of the choices"),
        (json!({ "disable": "WEB_AUTHN" }), "disable: must be one of the choices"),
        (json!({ "preferred": 1 }), "preferred: must be a string"),
        (
            json!({ "preferred": "EMAIL_OTP", "disable": "SMS_MFA" }),
            "disable: does not answer this challenge",
        ),
    ];
    for (body, detail) in cases {
        let response = call(&ReplayedCognito::new([CognitoResponse::key_set()]), &access_token(), &body);
        assert_eq!(response.error(), (422, detail.to_owned(), "ValidationException"));
    }
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [
        ("InvalidParameterException", 400, "Set this method up first"),
        ("SoftwareTokenMFANotFoundException", 409, "Authenticator apps are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in contract_errors("SetUserMFAPreference", ["Factor error", "Preference failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([
            CognitoResponse::key_set(),
            expected.cognito_response.clone(),
            expected.cognito_response.clone(),
        ]);
        let response = call(&cognito, &access_token(), &json!({ "preferred": "EMAIL_OTP" }));
        expected.assert_response(&response);
    }
}

#[test]
fn rejected_disable_has_generic_message() {
    let error = CognitoResponse::documented_error("SetUserMFAPreference", "InvalidParameterException");
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), error]);
    let response = call(&cognito, &access_token(), &json!({ "disable": "EMAIL_OTP" }));
    let detail = "Factor error: InvalidParameterException".to_owned();
    assert_eq!(response.error(), (400, detail, "InvalidParameterException"));
}

#[test]
fn stale_auth_time_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &token, &json!({ "preferred": "EMAIL_OTP" }));
        let detail = "Please sign in again to do this".to_owned();
        assert_eq!(response.error(), (403, detail, "ReauthenticationRequired"));
        assert_eq!(cognito.requests().len(), 1, "only the key set is fetched");
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let response = call(&cognito, "no-token", &json!({ "preferred": "EMAIL_OTP" }));
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
