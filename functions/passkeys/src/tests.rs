use serde_json::{Value, json};
use test_support::{
    Answer, RecordedRequest, ReplayedCognito, Reply, access_token, contract_errors, signed_in,
};

use super::{PASSKEYS as ROUTE, passkeys};

test_support::route_contract!(bearer(&ROUTE, passkeys, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, passkeys, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({})
}

/// As in the documentation of ListWebAuthnCredentials.
fn page(ids: &[&str], next: Option<&str>) -> Reply {
    let credentials: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({
                "CredentialId": id,
                "FriendlyCredentialName": "Unknown authenticator",
                "RelyingPartyId": "igad.int",
                "AuthenticatorAttachment": "platform",
                "AuthenticatorTransports": ["internal"],
                "CreatedAt": 1_795_514_400.25
            })
        })
        .collect();
    let mut page = json!({ "Credentials": credentials });
    if let Some(next) = next {
        page["NextToken"] = next.into();
    }
    Reply::documented("ListWebAuthnCredentials", &page)
}

fn listed(id: &str) -> Value {
    json!({
        "credential_id": id,
        "name": "Unknown authenticator",
        "created_at": "2026-11-24T10:00:00.25Z",
        "relying_party": "igad.int",
        "transports": ["internal"]
    })
}

fn list(token: &str, next: Option<&str>) -> RecordedRequest {
    let mut body = json!({ "AccessToken": token, "MaxResults": 20 });
    if let Some(next) = next {
        body["NextToken"] = next.into();
    }
    RecordedRequest { operation: "ListWebAuthnCredentials".to_owned(), body, signed: false }
}

#[test]
fn all_pages_are_returned() {
    let pages = [page(&["a", "b"], Some("second")), page(&[], Some("third")), page(&["c"], None)];
    let cognito = ReplayedCognito::answering([Reply::key_set()].into_iter().chain(pages));
    let token = access_token();

    let answer = call(&cognito, &token, &request());

    let all = json!({ "passkeys": [listed("a"), listed("b"), listed("c")] });
    assert_eq!((answer.status(), answer.body()), (200, all));
    assert_eq!(
        cognito.requests()[1..],
        [list(&token, None), list(&token, Some("second")), list(&token, Some("third"))]
    );
}

#[test]
fn user_without_passkeys_gets_empty_list() {
    let cognito = ReplayedCognito::answering([Reply::key_set(), page(&[], None)]);
    let answer = call(&cognito, &access_token(), &request());
    assert_eq!((answer.status(), answer.body()), (200, json!({ "passkeys": [] })));
}

#[test]
fn endless_pagination_returns_500() {
    let pages = (0..30).map(|_| page(&["a"], Some("again")));
    let cognito = ReplayedCognito::answering([Reply::key_set()].into_iter().chain(pages));
    let answer = call(&cognito, &access_token(), &request());
    assert_eq!(answer.error(), (500, "Passkey failed: internal error".to_owned(), "InternalErrorException"));
    assert_eq!(cognito.requests().len(), 1 + 20);
}

#[test]
fn exceptions_match_the_contract() {
    let rows = [
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in contract_errors("ListWebAuthnCredentials", ["Passkey error", "Passkey failed"], &rows) {
        // Twice, since some are asked for once more.
        let replies = [Reply::key_set(), expected.reply.clone(), expected.reply.clone()];
        let answer = call(&ReplayedCognito::answering(replies), &access_token(), &request());
        expected.assert_answered(&answer);
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::answering([Reply::key_set()]);
    let answer = call(&cognito, "no-token", &request());
    assert_eq!(answer.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
