//! Smoke tests for any deployment, which change nothing there:
//! `SIGN_IN_API_URL=https://... cargo test -p local --test end_to_end smoke`.
//!
//! With `SMOKE_USERNAME` and `SMOKE_PASSWORD`, a user of the deployment signs in. With `SIGN_IN_ORIGIN`, a CORS preflight
//! request is sent for that origin.

use std::env;

use serde_json::json;
use yaml_rust2::YamlLoader;

use crate::stack::{ApiResponse, PASSWORD, stack};

const UNKNOWN_USER: &str = "unknown-user@igad.int";

fn with_bearer(method: &str, route: &str, token: &str) -> ApiResponse {
    stack().send(method, route, &[("authorization", &format!("Bearer {token}"))], "")
}

/// User who signs in: the one in the environment variables, or else a demo user if the stack is local.
fn test_user() -> Option<(String, String)> {
    match (env::var("SMOKE_USERNAME"), env::var("SMOKE_PASSWORD")) {
        (Ok(username), Ok(password)) if !username.is_empty() => Some((username, password)),
        _ if stack().is_local() => Some(("user@igad.int".to_owned(), PASSWORD.to_owned())),
        _ => None,
    }
}

#[test]
fn sign_in_profile_and_logout_succeed() {
    let Some((username, password)) = test_user() else { return };
    let tokens = stack().sign_in(&username, &password);
    // The failure message omits the body, because tokens must not be logged.
    assert_eq!(tokens.status, 200, "{}", tokens.body["detail"]);
    let token = tokens.body["access_token"].as_str().unwrap();
    let profile = with_bearer("GET", "me", token);
    assert_eq!((profile.status, &profile.body["user_id"]), (200, &tokens.body["user"]["user_id"]));
    let signed_out = stack().post("logout", &json!({ "refresh_token": tokens.body["refresh_token"] }));
    assert_eq!(signed_out.status, 200);
    let rejected = stack().post("refresh-token", &json!({ "refresh_token": tokens.body["refresh_token"] }));
    assert_eq!(rejected.status, 401);
}

#[test]
fn deployed_origin_can_call_the_api() {
    let origin = env::var("SIGN_IN_ORIGIN").ok().filter(|origin| !origin.is_empty());
    let Some(origin) = origin.or(stack().is_local().then(|| "http://localhost:3000".to_owned())) else {
        return;
    };
    let headers = [
        ("origin", origin.as_str()),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let response = stack().send("OPTIONS", "login", &headers, "");
    assert_eq!(response.status, 204, "{response:?}");
    assert_eq!(response.header("access-control-allow-origin"), Some(origin.as_str()), "{response:?}");
}

#[test]
fn unknown_user_returns_401() {
    let response = stack().sign_in(UNKNOWN_USER, PASSWORD);
    assert_eq!(response.status, 401, "{response:?}");
    let detail = response.body["detail"].as_str().unwrap();
    assert!(["Invalid credentials", "User not found"].contains(&detail), "{detail}");
}

#[test]
fn settings_are_public_and_cacheable() {
    let response = stack().send("GET", "settings", &[], "");
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("cache-control"), Some("public, max-age=300"));
    assert!(response.body["sign_up"].is_boolean(), "{response:?}");
}

#[test]
fn invalid_request_has_the_error_format() {
    for Operation { method, route, requires_token } in operations() {
        // Every request to it is valid.
        if route == "settings" {
            continue;
        }
        // A GET has no body: CloudFront rejects one.
        let body = if method == "GET" { "" } else { "[]" };
        let response = stack().send(&method, &route, &[("content-type", "application/json")], body);
        let (status, detail) =
            if requires_token { (401, "Not authenticated") } else { (422, "body: must be a JSON object") };
        assert_eq!((response.status, &response.body), (status, &json!({ "detail": detail })), "{route}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{route}");
        assert!(response.header("x-request-id").is_some(), "{route}");
    }
}

#[test]
fn invalid_token_returns_401() {
    for Operation { method, route, .. } in
        operations().into_iter().filter(|operation| operation.requires_token)
    {
        let headers = [("authorization", "Bearer garbage"), ("content-type", "application/json")];
        let body = if method == "GET" { "" } else { "{}" };
        let rejected = stack().send(&method, &route, &headers, body);
        assert_eq!((rejected.status, rejected.body), (401, json!({ "detail": "Invalid token" })), "{route}");
    }
    let rejected = stack().post("refresh-token", &json!({ "refresh_token": "garbage" }));
    assert_eq!((rejected.status, rejected.body), (401, json!({ "detail": "Invalid refresh token" })));
    assert_eq!(stack().post("logout", &json!({ "refresh_token": "garbage" })).status, 200);
}

/// Operation of the OpenAPI document.
struct Operation {
    method: String,
    route: String,
    requires_token: bool,
}

/// Operations of the OpenAPI document. A test of `test-support` compares them with the template.
fn operations() -> Vec<Operation> {
    let document =
        YamlLoader::load_from_str(include_str!("../../../openapi/openapi.yaml")).unwrap().remove(0);
    let paths = document["paths"].as_hash().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let route = path.as_str().unwrap().strip_prefix("/api/auth/").unwrap();
            methods.as_hash().unwrap().iter().map(move |(method, operation)| Operation {
                method: method.as_str().unwrap().to_uppercase(),
                route: route.to_owned(),
                // A public route has no security requirement, or an empty one first.
                requires_token: !operation["security"][0]["bearer"].is_badvalue(),
            })
        })
        .collect()
}
