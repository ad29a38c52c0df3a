use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{SET_UP_TOTP as ROUTE, set_up_totp};

test_support::route_contract!(bearer(&ROUTE, set_up_totp, [json!({ "account": "user@igad.int" })]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, set_up_totp, signed_in(&ROUTE, token, body))
}

#[test]
fn secret_and_otpauth_uri_are_returned() {
    let secret = || {
        CognitoResponse::documented("AssociateSoftwareToken", &json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }))
    };
    let link = |account: &str| {
        format!(
            "otpauth://totp/IGAD:{account}?secret=JBSWY3DPEHPK3PXP&issuer=IGAD&algorithm=SHA1&digits=6&period=30"
        )
    };
    let cases = [
        (json!({ "account": " user@igad.int " }), link("user%40igad.int")),
        (json!({ "account": "" }), link("b7d8f6e4-0001")),
        (json!({}), link("b7d8f6e4-0001")),
    ];
    for (body, uri) in cases {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), secret()]);
        let token = access_token();
        let response = call(&cognito, &token, &body);
        assert_eq!(
            (response.status(), response.body()),
            (200, json!({ "secret": "JBSWY3DPEHPK3PXP", "uri": uri }))
        );
        assert_eq!(
            cognito.requests()[1..],
            [RecordedRequest {
                operation: "AssociateSoftwareToken".to_owned(),
                body: json!({ "AccessToken": token }),
                signed: false,
            }]
        );
    }
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [
        ("SoftwareTokenMFANotFoundException", 409, "Authenticator apps are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in contract_errors("AssociateSoftwareToken", ["Factor error", "Set-up failed"], &mappings) {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        let response = call(&cognito, &access_token(), &json!({}));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 2, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_secret_returns_500() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), CognitoResponse::synthetic(&json!({}))]);
    let response = call(&cognito, &access_token(), &json!({}));
    assert_eq!(response.error(), (500, "Set-up failed: internal error".to_owned(), "InternalErrorException"));
}

#[test]
fn stale_auth_time_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &token, &json!({}));
        let detail = "Please sign in again to do this".to_owned();
        assert_eq!(response.error(), (403, detail, "ReauthenticationRequired"));
        assert_eq!(cognito.requests().len(), 1, "only the key set is fetched");
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let response = call(&cognito, "no-token", &json!({}));
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
