use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors,
    signed_in, stale_access_tokens,
};

use super::{DELETE_ACCOUNT as ROUTE, delete_account};

test_support::route_contract!(bearer(&ROUTE, delete_account, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, delete_account, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({ "confirm": " User@igad.int " })
}

fn user() -> CognitoResponse {
    CognitoResponse::documented(
        "GetUser",
        &json!({
            "Username": "b7d8f6e4-0001",
            "UserAttributes": [
                { "Name": "sub", "Value": "b7d8f6e4-0001" }, { "Name": "email", "Value": "user@igad.int" }
            ]
        }),
    )
}

fn deleted() -> CognitoResponse {
    CognitoResponse::documented("DeleteUser", &json!({}))
}

#[test]
fn confirmed_account_is_deleted() {
    for confirm in [" User@igad.int ", "user@IGAD.int", "B7D8F6E4-0001"] {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), user(), deleted()]);
        let token = access_token();

        let response = call(&cognito, &token, &json!({ "confirm": confirm }));

        assert_eq!((response.status(), response.body()), (200, json!({ "message": "Account deleted" })));
        assert_eq!(
            cognito.requests()[2..],
            [RecordedRequest {
                operation: "DeleteUser".to_owned(),
                body: json!({ "AccessToken": token }),
                signed: false,
            }]
        );
    }
}

#[test]
fn audit_line_is_an_event() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), user(), deleted()]);
    let line = call(&cognito, &access_token(), &request()).audit_line();
    assert_eq!((&line["event"], &line["sub"]), (&json!("account-deleted"), &json!("b7d8f6e4-0001")));
}

#[test]
fn other_confirmation_deletes_nothing() {
    for confirm in ["other@igad.int", "user@igad.in", "user%40igad.int", "b7d8f6e4"] {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), user()]);
        let response = call(&cognito, &access_token(), &json!({ "confirm": confirm }));
        let detail = "Confirmation does not match".to_owned();
        assert_eq!(response.error(), (400, detail, "ConfirmationMismatch"), "{confirm}");
        assert_eq!(response.audit_line().get("event"), None);
    }
}

#[test]
fn stale_sign_in_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &token, &request());
        let detail = "Please sign in again to do this".to_owned();
        assert_eq!(response.error(), (403, detail, "ReauthenticationRequired"));
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    let prefixes = ["Account error", "Account deletion failed"];
    for expected in contract_errors("DeleteUser", prefixes, &mappings) {
        let cognito =
            ReplayedCognito::new([CognitoResponse::key_set(), user(), expected.cognito_response.clone()]);
        expected.assert_response(&call(&cognito, &access_token(), &request()));
        assert_eq!(cognito.requests().len(), 3, "{} is not retried", expected.exception);
    }
}
