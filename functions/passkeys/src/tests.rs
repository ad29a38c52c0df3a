use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors, signed_in,
};

use super::{PASSKEYS as ROUTE, passkeys};

test_support::route_contract!(bearer(&ROUTE, passkeys, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, passkeys, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({})
}

/// Example from the API reference of ListWebAuthnCredentials.
fn page(ids: &[&str], next: Option<&str>) -> CognitoResponse {
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
    CognitoResponse::documented("ListWebAuthnCredentials", &page)
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
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()].into_iter().chain(pages));
    let token = access_token();

    let response = call(&cognito, &token, &request());

    let all = json!({ "passkeys": [listed("a"), listed("b"), listed("c")] });
    assert_eq!((response.status(), response.body()), (200, all));
    assert_eq!(
        cognito.requests()[1..],
        [list(&token, None), list(&token, Some("second")), list(&token, Some("third"))]
    );
}

#[test]
fn user_without_passkeys_gets_empty_list() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), page(&[], None)]);
    let response = call(&cognito, &access_token(), &request());
    assert_eq!((response.status(), response.body()), (200, json!({ "passkeys": [] })));
}

#[test]
fn endless_pagination_returns_500() {
    let pages = (0..30).map(|_| page(&["a"], Some("again")));
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()].into_iter().chain(pages));
    let response = call(&cognito, &access_token(), &request());
    assert_eq!(
        response.error(),
        (500, "Passkey failed: internal error".to_owned(), "InternalErrorException")
    );
    assert_eq!(cognito.requests().len(), 1 + 20);
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [
        ("WebAuthnNotEnabledException", 409, "Passkeys are not enabled"),
        ("WebAuthnConfigurationMissingException", 409, "Passkeys are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
    ];
    for expected in contract_errors("ListWebAuthnCredentials", ["Passkey error", "Passkey failed"], &mappings)
    {
        // Twice, because some calls are retried.
        let cognito_responses = [
            CognitoResponse::key_set(),
            expected.cognito_response.clone(),
            expected.cognito_response.clone(),
        ];
        let response = call(&ReplayedCognito::new(cognito_responses), &access_token(), &request());
        expected.assert_response(&response);
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let response = call(&cognito, "no-token", &request());
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
