use serde_json::{Value, json};
use test_support::{
    Answer, RecordedRequest, ReplayedCognito, Reply, access_token, contract_errors, signed_in,
    stale_access_tokens,
};

use super::{START_PASSKEY as ROUTE, start_passkey};

test_support::route_contract!(bearer(&ROUTE, start_passkey, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, start_passkey, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({})
}

/// As in the documentation of StartWebAuthnRegistration.
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
    let reply =
        Reply::documented("StartWebAuthnRegistration", &json!({ "CredentialCreationOptions": options() }));
    let cognito = ReplayedCognito::answering([Reply::key_set(), reply]);
    let token = access_token();

    let answer = call(&cognito, &token, &request());

    assert_eq!((answer.status(), answer.body()), (200, json!({ "passkey": options() })));
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
    let reply = Reply::synthetic(&json!({ "CredentialCreationOptions": "none" }));
    let cognito = ReplayedCognito::answering([Reply::key_set(), reply]);
    let answer = call(&cognito, &access_token(), &request());
    assert_eq!(answer.error(), (500, "Passkey failed: internal error".to_owned(), "InternalErrorException"));
}

#[test]
fn exceptions_match_the_contract() {
    let rows = [
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("LimitExceededException", 400, "Too many passkeys"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in contract_errors("StartWebAuthnRegistration", ["Passkey error", "Passkey failed"], &rows) {
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
