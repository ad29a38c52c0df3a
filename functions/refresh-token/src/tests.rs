use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, configuration, contract_errors, event, unsigned_token,
};

use super::{REFRESH_TOKEN, refresh_token};

test_support::route_contract!(public(&REFRESH_TOKEN, refresh_token, [request()]));

fn request() -> Value {
    json!({ "refresh_token": "eyJ.refresh.token" })
}

fn new_tokens(rotated: Option<&str>) -> CognitoResponse {
    let id_token = unsigned_token(&json!({
        "sub": "b7d8f6e4-0001", "cognito:username": "john", "name": "John Doe", "cognito:groups": ["admin"]
    }));
    let mut result = json!({ "AccessToken": "eyJ.new.token", "ExpiresIn": 1800, "IdToken": id_token, "TokenType": "Bearer" });
    if let Some(rotated) = rotated {
        result["RefreshToken"] = rotated.into();
    }
    CognitoResponse::documented("GetTokensFromRefreshToken", &json!({ "AuthenticationResult": result }))
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
    let cognito = ReplayedCognito::new([new_tokens(None)]);

    let response = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));

    assert_eq!((response.status(), response.body()), (200, expected()));
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
    let cognito = ReplayedCognito::new([new_tokens(Some("eyJ.rotated.token"))]);
    let response = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
    assert_eq!(response.body()["refresh_token"], "eyJ.rotated.token");
}

#[test]
fn client_secret_is_sent() {
    let cognito = ReplayedCognito::new([new_tokens(None)]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));

    assert_eq!(cognito.requests()[0].body["ClientSecret"], "client-secret");
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("NotAuthorizedException", 401, "Invalid refresh token"),
        ("RefreshTokenReuseException", 401, "Invalid refresh token"),
    ];
    for expected in contract_errors(
        "GetTokensFromRefreshToken",
        ["Token refresh error", "Token refresh failed"],
        &mappings,
    ) {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_tokens_return_500() {
    let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&json!({}))]);
    let response = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
    let internal = "Token refresh failed: internal error".to_owned();
    assert_eq!(response.error(), (500, internal, "InternalErrorException"));
}

#[test]
fn missing_refresh_token_returns_422() {
    let response =
        ReplayedCognito::new([]).call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &json!({})));
    assert_eq!(response.error(), (422, "refresh_token: field required".to_owned(), "ValidationException"));
}

#[test]
fn disabled_auth_flow_counts_as_failure() {
    let disabled = CognitoResponse::synthetic_error(
        "InvalidParameterException",
        "REFRESH_TOKEN_AUTH flow not enabled for this client",
    );
    let cognito = ReplayedCognito::new([disabled]);
    let response = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
    let detail = "Token refresh error: InvalidParameterException".to_owned();
    assert_eq!(response.error(), (400, detail, "InvalidParameterException"));
    assert_eq!(response.audit_line()["outcome"], "Failures", "an operator must fix the configuration");
}
