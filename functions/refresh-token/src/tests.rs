use serde_json::{Value, json};
use test_support::{
    RecordedRequest, ReplayedCognito, Reply, configuration, contract_errors, event, unsigned_token,
};

use super::{REFRESH_TOKEN, refresh_token};

test_support::route_contract!(public(&REFRESH_TOKEN, refresh_token, [request()]));

fn request() -> Value {
    json!({ "refresh_token": "eyJ.refresh.token" })
}

fn new_tokens(rotated: Option<&str>) -> Reply {
    let id_token = unsigned_token(&json!({
        "sub": "b7d8f6e4-0001", "cognito:username": "john", "name": "John Doe", "cognito:groups": ["admin"]
    }));
    let mut result = json!({ "AccessToken": "eyJ.new.token", "ExpiresIn": 1800, "IdToken": id_token, "TokenType": "Bearer" });
    if let Some(rotated) = rotated {
        result["RefreshToken"] = rotated.into();
    }
    Reply::documented("GetTokensFromRefreshToken", &json!({ "AuthenticationResult": result }))
}

fn expected() -> Value {
    json!({
        "access_token": "eyJ.new.token",
        "token_type": "bearer",
        "user": {
            "user_id": "b7d8f6e4-0001", "email": "john", "role": "admin", "name": "John Doe", "is_admin": true
        },
        "expires_in": 1800
    })
}

#[test]
fn refresh_makes_one_unsigned_call() {
    let cognito = ReplayedCognito::answering([new_tokens(None)]);

    let answer = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));

    assert_eq!((answer.status(), answer.body()), (200, expected()));
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "GetTokensFromRefreshToken".to_owned(),
            body: json!({ "ClientId": "1example23456789", "RefreshToken": "eyJ.refresh.token" }),
            signed: false,
        }]
    );
}

#[test]
fn rotated_refresh_token_is_returned() {
    let cognito = ReplayedCognito::answering([new_tokens(Some("eyJ.rotated.token"))]);
    let answer = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
    assert_eq!(answer.body()["refresh_token"], "eyJ.rotated.token");
}

#[test]
fn client_secret_is_sent() {
    let cognito = ReplayedCognito::answering([new_tokens(None)]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));

    assert_eq!(cognito.requests()[0].body["ClientSecret"], "client-secret");
}

#[test]
fn exceptions_match_contract_without_retry() {
    let rows = [
        ("NotAuthorizedException", 401, "Invalid refresh token"),
        ("RefreshTokenReuseException", 401, "Invalid refresh token"),
    ];
    for expected in
        contract_errors("GetTokensFromRefreshToken", ["Token refresh error", "Token refresh failed"], &rows)
    {
        let cognito = ReplayedCognito::answering([expected.reply.clone()]);
        let answer = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
        expected.assert_answered(&answer);
        assert_eq!(cognito.requests().len(), 1, "{} must not be tried again", expected.exception);
    }
}

#[test]
fn missing_tokens_return_500() {
    let cognito = ReplayedCognito::answering([Reply::synthetic(&json!({}))]);
    let answer = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
    let internal = "Token refresh failed: internal error".to_owned();
    assert_eq!(answer.error(), (500, internal, "InternalErrorException"));
}

#[test]
fn missing_refresh_token_returns_422() {
    let answer =
        ReplayedCognito::answering([]).call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &json!({})));
    assert_eq!(answer.error(), (422, "refresh_token: field required".to_owned(), "ValidationException"));
}

#[test]
fn disabled_auth_flow_counts_as_failure() {
    let disabled = Reply::synthetic_error(
        "InvalidParameterException",
        "REFRESH_TOKEN_AUTH flow not enabled for this client",
    );
    let cognito = ReplayedCognito::answering([disabled]);
    let answer = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
    let detail = "Token refresh error: InvalidParameterException".to_owned();
    assert_eq!(answer.error(), (400, detail, "InvalidParameterException"));
    assert_eq!(answer.audit_line()["outcome"], "Failures", "only the operator can correct that");
}
