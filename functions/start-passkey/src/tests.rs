use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{START_PASSKEY as ROUTE, start_passkey};

test_support::route_contract!(bearer(&ROUTE, start_passkey, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, start_passkey, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({})
}

/// Example from the API reference of StartWebAuthnRegistration.
fn options() -> Value {
    json!({
        "rp": { "id": "igad.int", "name": "igad.int" },
        "user": { "id": "YjdkOGY2ZTQtMDAwMQ", "name": "user@igad.int", "displayName": "user@igad.int" },
        "challenge": "Y2hhbGxlbmdl",
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }],
        "timeout": 60000,
        "excludeCredentials": [{ "type": "public-key", "id": "YQ", "transports": ["internal"] }],
        "authenticatorSelection": { "requireResidentKey": true, "residentKey": "required", "userVerification": "preferred" }
    })
}

#[test]
fn passkey_options_are_unchanged() {
    let cognito_response = CognitoResponse::documented(
        "StartWebAuthnRegistration",
        &json!({ "CredentialCreationOptions": options() }),
    );
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), cognito_response]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    assert_eq!((response.status(), response.body()), (200, json!({ "passkey": options() })));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "StartWebAuthnRegistration".to_owned(),
            body: json!({ "AccessToken": token }),
            signed: false,
        }]
    );
}

#[test]
fn invalid_options_return_500() {
    let cognito_response = CognitoResponse::synthetic(&json!({ "CredentialCreationOptions": "none" }));
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), cognito_response]);
    let response = call(&cognito, &access_token(), &request());
    assert_eq!(
        response.error(),
        (500, "Passkey failed: internal error".to_owned(), "InternalErrorException")
    );
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("LimitExceededException", 400, "Too many passkeys"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in
        contract_errors("StartWebAuthnRegistration", ["Passkey error", "Passkey failed"], &mappings)
    {
        let cognito_responses = [CognitoResponse::key_set(), expected.cognito_response.clone()];
        let response = call(&ReplayedCognito::new(cognito_responses), &access_token(), &request());
        expected.assert_response(&response);
    }
}

#[test]
fn stale_auth_time_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &token, &request());
        let detail = "Please sign in again to do this".to_owned();
        assert_eq!(response.error(), (403, detail, "ReauthenticationRequired"));
        assert_eq!(cognito.requests().len(), 1, "only the key set is fetched");
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let response = call(&cognito, "no-token", &request());
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
