use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{DELETE_PASSKEY as ROUTE, delete_passkey};

test_support::route_contract!(bearer(&ROUTE, delete_passkey, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, delete_passkey, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({ "credential_id": "Y3JlZGVudGlhbA" })
}

#[test]
fn passkey_is_removed_in_one_call() {
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("DeleteWebAuthnCredential", &json!({})),
    ]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    assert_eq!((response.status(), response.body()), (200, json!({ "message": "Passkey removed" })));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "DeleteWebAuthnCredential".to_owned(),
            body: json!({ "AccessToken": token, "CredentialId": "Y3JlZGVudGlhbA" }),
            signed: false,
        }]
    );
}

#[test]
fn missing_credential_id_returns_422() {
    for body in [json!({}), json!({ "credential_id": "" })] {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &access_token(), &body);
        let required = "credential_id: field required".to_owned();
        assert_eq!(response.error(), (422, required, "ValidationException"));
    }
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [
        ("ResourceNotFoundException", 404, "Passkey not found"),
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in
        contract_errors("DeleteWebAuthnCredential", ["Passkey error", "Passkey failed"], &mappings)
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
