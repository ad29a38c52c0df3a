use serde_json::{Value, json};
use test_support::{
    COOKIE_VARIABLES, CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, configuration,
    contract_errors, event, event_with, unsigned_token,
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
fn federated_address_makes_no_administrator() {
    let identities = json!([{ "providerName": "Google", "userId": "1234567890" }]);
    for (identities, is_admin) in [(identities, false), (Value::Null, true)] {
        let tokens = CognitoResponse::tokens(
            "GetTokensFromRefreshToken",
            &json!({
                "sub": "1", "email": "head@igad.int", "email_verified": true, "identities": identities
            }),
        );
        let cognito = ReplayedCognito::new([tokens]);
        let response = cognito.call(&REFRESH_TOKEN, refresh_token, event(&REFRESH_TOKEN, &request()));
        assert_eq!(response.body()["user"]["is_admin"], is_admin);
    }
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

const COOKIE: &str = "__Host-refresh_token=eyJ.cookie.token";
const ORIGIN: &str = "https://app.igad.int";

/// Response to `body` from a page of `origin` with `cookies`, in a deployment that allows the cookie.
fn from_page(cognito: &ReplayedCognito, body: &Value, origin: &str, cookies: &[&str]) -> TestResponse {
    let event = test_support::from_page(&event(&REFRESH_TOKEN, body), origin, cookies);
    cognito.call_with(configuration(&COOKIE_VARIABLES), &REFRESH_TOKEN, refresh_token, event)
}

#[test]
fn cookie_is_used_and_stays_out_of_the_body() {
    for body in [json!({}), json!({ "cookie": true }), json!({ "refresh_token": null })] {
        let cognito = ReplayedCognito::new([new_tokens(None)]);
        let response = from_page(&cognito, &body, ORIGIN, &["a=b", COOKIE]);
        assert_eq!((response.status(), response.body()), (200, expected()));
        assert_eq!(response.set_cookie(), None, "the token of the cookie is still valid");
        assert_eq!(cognito.requests()[0].body["RefreshToken"], "eyJ.cookie.token");
    }
}

#[test]
fn absent_body_is_accepted_with_the_cookie() {
    let cognito = ReplayedCognito::new([new_tokens(None)]);
    let event = test_support::from_page(&event_with(&REFRESH_TOKEN, &[], ""), ORIGIN, &[COOKIE]);
    let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &REFRESH_TOKEN, refresh_token, event);
    assert_eq!(response.status(), 200);
}

#[test]
fn rotated_token_replaces_the_cookie() {
    for body in [json!({}), json!({ "cookie": true })] {
        let cognito = ReplayedCognito::new([new_tokens(Some("eyJ.rotated.token"))]);
        let response = from_page(&cognito, &body, ORIGIN, &[COOKIE]);
        assert_eq!((response.status(), response.body()), (200, expected()));
        assert_eq!(
            response.set_cookie(),
            Some(
                "__Host-refresh_token=eyJ.rotated.token; Secure; HttpOnly; SameSite=Strict; Path=/; \
                 Max-Age=2592000"
            )
        );
    }
}

#[test]
fn token_of_the_body_moves_to_the_cookie() {
    for (rotated, token) in [(None, "eyJ.refresh.token"), (Some("eyJ.rotated.token"), "eyJ.rotated.token")] {
        let cognito = ReplayedCognito::new([new_tokens(rotated)]);
        let body = json!({ "refresh_token": "eyJ.refresh.token", "cookie": true });
        let response = from_page(&cognito, &body, ORIGIN, &[]);
        assert_eq!((response.status(), response.body()), (200, expected()));
        let cookie = response.set_cookie().expect("a cookie");
        assert!(cookie.starts_with(&format!("__Host-refresh_token={token};")), "{cookie}");
    }
}

#[test]
fn token_of_the_body_takes_precedence() {
    let cognito = ReplayedCognito::new([new_tokens(Some("eyJ.rotated.token"))]);
    let response = from_page(&cognito, &request(), "https://evil.example", &[COOKIE]);
    assert_eq!(response.body()["refresh_token"], "eyJ.rotated.token");
    assert_eq!(response.set_cookie(), None);
    assert_eq!(cognito.requests()[0].body["RefreshToken"], "eyJ.refresh.token");
}

#[test]
fn cookie_needs_an_allowed_origin() {
    let forbidden = (403, "Origin not allowed".to_owned(), "OriginNotAllowed");
    for origin in
        ["https://evil.example", "https://app.igad.int.evil.example", "null", "https://APP.igad.int"]
    {
        let response = from_page(&ReplayedCognito::new([]), &json!({}), origin, &[COOKIE]);
        assert_eq!(response.error(), forbidden, "{origin}");
        assert_eq!(response.set_cookie(), None);
        let body = json!({ "refresh_token": "eyJ.refresh.token", "cookie": true });
        let response = from_page(&ReplayedCognito::new([]), &body, origin, &[]);
        assert_eq!(response.error(), forbidden, "{origin}");
    }
    let mut without_origin: Value = serde_json::from_str(&event(&REFRESH_TOKEN, &json!({}))).expect("JSON");
    without_origin["cookies"] = json!([COOKIE]);
    let response = ReplayedCognito::new([]).call_with(
        configuration(&COOKIE_VARIABLES),
        &REFRESH_TOKEN,
        refresh_token,
        without_origin.to_string(),
    );
    assert_eq!(response.error(), forbidden);
}

#[test]
fn neither_field_nor_cookie_returns_401() {
    let response = from_page(&ReplayedCognito::new([]), &json!({}), ORIGIN, &["a=b"]);
    assert_eq!(response.error(), (401, "Not authenticated".to_owned(), "NotAuthorizedException"));
    assert_eq!(response.set_cookie(), None);
}

#[test]
fn only_a_rejected_cookie_is_cleared() {
    let rejection = CognitoResponse::synthetic_error("NotAuthorizedException", "Invalid Refresh Token");
    let response = from_page(&ReplayedCognito::new([rejection.clone()]), &json!({}), ORIGIN, &[COOKIE]);
    assert_eq!(response.error(), (401, "Invalid refresh token".to_owned(), "NotAuthorizedException"));
    assert_eq!(
        response.set_cookie(),
        Some("__Host-refresh_token=; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
    );
    assert_eq!(response.audit_line()["RefusedCredentials"], 1);

    let body = json!({ "refresh_token": "eyJ.refresh.token", "cookie": true });
    let response = from_page(&ReplayedCognito::new([rejection]), &body, ORIGIN, &[COOKIE]);
    assert_eq!((response.status(), response.set_cookie()), (401, None), "another token was rejected");

    // Another tab has stored the rotated token by now.
    let reuse = CognitoResponse::synthetic_error("RefreshTokenReuseException", "Refresh token was reused");
    let busy = CognitoResponse::synthetic_error("TooManyRequestsException", "Rate exceeded");
    for (failure, status) in [(reuse, 401), (busy, 429)] {
        let response = from_page(&ReplayedCognito::new([failure]), &json!({}), ORIGIN, &[COOKIE]);
        assert_eq!((response.status(), response.set_cookie()), (status, None));
    }
}

#[test]
fn cookie_is_ignored_where_it_is_not_enabled() {
    let event = |body: &Value| test_support::from_page(&event(&REFRESH_TOKEN, body), ORIGIN, &[COOKIE]);
    let response =
        ReplayedCognito::new([]).call(&REFRESH_TOKEN, refresh_token, event(&json!({ "cookie": false })));
    assert_eq!(response.error(), (422, "refresh_token: field required".to_owned(), "ValidationException"));
    let body = json!({ "refresh_token": "eyJ.refresh.token", "cookie": true });
    let response = ReplayedCognito::new([]).call(&REFRESH_TOKEN, refresh_token, event(&body));
    assert_eq!(response.error(), (422, "cookie: not enabled".to_owned(), "ValidationException"));
}
