use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{COMPLETE_PASSKEY as ROUTE, complete_passkey};

test_support::route_contract!(bearer(&ROUTE, complete_passkey, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, complete_passkey, signed_in(&ROUTE, token, body))
}

fn credential() -> Value {
    json!({
        "id": "Y3JlZGVudGlhbA",
        "rawId": "Y3JlZGVudGlhbA",
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": { "credProps": { "rk": true } },
        "response": {
            "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
            "attestationObject": "o2NmbXRkbm9uZQ",
            "publicKeyAlgorithm": -7,
            "transports": ["internal", "hybrid"]
        }
    })
}

fn request() -> Value {
    json!({ "credential": credential() })
}

#[test]
fn credential_is_sent_unchanged() {
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("CompleteWebAuthnRegistration", &json!({})),
    ]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    assert_eq!((response.status(), response.body()), (200, json!({ "message": "Passkey added" })));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "CompleteWebAuthnRegistration".to_owned(),
            body: json!({ "AccessToken": token, "Credential": credential() }),
            signed: false,
        }]
    );
}

#[test]
fn credential_must_be_an_object() {
    let cases = [
        (json!({}), "credential: field required"),
        (json!({ "credential": null }), "credential: field required"),
        (json!({ "credential": credential().to_string() }), "credential: must be a JSON object"),
        (json!({ "credential": [] }), "credential: must be a JSON object"),
    ];
    for (body, detail) in cases {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &access_token(), &body);
        assert_eq!(response.error(), (422, detail.to_owned(), "ValidationException"));
    }
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [
        ("WebAuthnChallengeNotFoundException", 400, "Passkey could not be registered"),
        ("WebAuthnClientMismatchException", 400, "Passkey could not be registered"),
        ("WebAuthnCredentialNotSupportedException", 400, "Passkey could not be registered"),
        ("WebAuthnOriginNotAllowedException", 400, "Passkey could not be registered"),
        ("WebAuthnRelyingPartyMismatchException", 400, "Passkey could not be registered"),
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("LimitExceededException", 400, "Too many passkeys"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in
        contract_errors("CompleteWebAuthnRegistration", ["Passkey error", "Passkey failed"], &mappings)
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
