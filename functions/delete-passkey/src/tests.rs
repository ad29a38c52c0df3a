use serde_json::{Value, json};
use test_support::{
    Answer, RecordedRequest, ReplayedCognito, Reply, access_token, contract_errors, signed_in,
    stale_access_tokens,
};

use super::{DELETE_PASSKEY as ROUTE, delete_passkey};

test_support::route_contract!(bearer(&ROUTE, delete_passkey, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, delete_passkey, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({ "credential_id": "Y3JlZGVudGlhbA" })
}

#[test]
fn passkey_is_removed_in_one_call() {
    let cognito = ReplayedCognito::answering([
        Reply::key_set(),
        Reply::documented("DeleteWebAuthnCredential", &json!({})),
    ]);
    let token = access_token();

    let answer = call(&cognito, &token, &request());

    assert_eq!((answer.status(), answer.body()), (200, json!({ "message": "Passkey removed" })));
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
        let cognito = ReplayedCognito::answering([Reply::key_set()]);
        let answer = call(&cognito, &access_token(), &body);
        let required = "credential_id: field required".to_owned();
        assert_eq!(answer.error(), (422, required, "ValidationException"));
    }
}

#[test]
fn exceptions_match_the_contract() {
    let rows = [
        ("ResourceNotFoundException", 404, "Passkey not found"),
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in contract_errors("DeleteWebAuthnCredential", ["Passkey error", "Passkey failed"], &rows) {
        let replies = [Reply::key_set(), expected.reply.clone()];
        let answer = call(&ReplayedCognito::answering(replies), &access_token(), &request());
        expected.assert_answered(&answer);
    }
}

#[test]
fn stale_auth_time_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::answering([Reply::key_set()]);
        let answer = call(&cognito, &token, &request());
        let again = "Please sign in again to do this".to_owned();
        assert_eq!(answer.error(), (403, again, "ReauthenticationRequired"));
        assert_eq!(cognito.requests().len(), 1, "the keys alone");
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::answering([Reply::key_set()]);
    let answer = call(&cognito, "no-token", &request());
    assert_eq!(answer.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
