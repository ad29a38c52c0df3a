//! What holds of the API wherever it is deployed, and leaves no trace there:
//! `SIGN_IN_API_URL=https://... cargo test -p local --test end_to_end smoke`.
//!
//! With `SMOKE_USERNAME` and `SMOKE_PASSWORD` a person of that deployment signs in too, and with `SIGN_IN_ORIGIN` one
//! of its pages asks beforehand, as a browser does.

use std::env;

use serde_json::json;
use yaml_rust2::YamlLoader;

use crate::stack::{Answer, PASSWORD, stack};

const NOBODY: &str = "nobody-of-that-name@igad.int";

fn with_bearer(method: &str, route: &str, token: &str) -> Answer {
    stack().send(method, route, &[("authorization", &format!("Bearer {token}"))], "")
}

/// Who signs in: locally a demo user, elsewhere whom the environment names, if anybody.
fn person() -> Option<(String, String)> {
    match (env::var("SMOKE_USERNAME"), env::var("SMOKE_PASSWORD")) {
        (Ok(username), Ok(password)) if !username.is_empty() => Some((username, password)),
        _ if stack().is_local() => Some(("user@igad.int".to_owned(), PASSWORD.to_owned())),
        _ => None,
    }
}

#[test]
fn sign_in_profile_and_logout_succeed() {
    let Some((username, password)) = person() else { return };
    let tokens = stack().sign_in(&username, &password);
    // Without the body: it would bring tokens into a log.
    assert_eq!(tokens.status, 200, "{}", tokens.body["detail"]);
    let token = tokens.body["access_token"].as_str().unwrap();
    let profile = with_bearer("GET", "me", token);
    assert_eq!((profile.status, &profile.body["user_id"]), (200, &tokens.body["user"]["user_id"]));
    let signed_out = stack().post("logout", &json!({ "refresh_token": tokens.body["refresh_token"] }));
    assert_eq!(signed_out.status, 200);
    let refused = stack().post("refresh-token", &json!({ "refresh_token": tokens.body["refresh_token"] }));
    assert_eq!(refused.status, 401);
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
    let answer = stack().send("OPTIONS", "login", &headers, "");
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin.as_str()), "{answer:?}");
}

#[test]
fn unknown_user_returns_401() {
    let answer = stack().sign_in(NOBODY, PASSWORD);
    assert_eq!(answer.status, 401, "{answer:?}");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(["Invalid credentials", "User not found"].contains(&detail), "{detail}");
}

#[test]
fn invalid_request_has_the_error_format() {
    for Operation { method, route, wants_a_token } in operations() {
        // A GET has no body: CloudFront, where it stands in front, takes none.
        let body = if method == "GET" { "" } else { "[]" };
        let answer = stack().send(&method, &route, &[("content-type", "application/json")], body);
        let (status, detail) =
            if wants_a_token { (401, "Not authenticated") } else { (422, "body: must be a JSON object") };
        assert_eq!((answer.status, &answer.body), (status, &json!({ "detail": detail })), "{route}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{route}");
        assert!(answer.header("x-request-id").is_some(), "{route}");
    }
}

#[test]
fn invalid_token_returns_401() {
    for Operation { method, route, .. } in
        operations().into_iter().filter(|operation| operation.wants_a_token)
    {
        let headers = [("authorization", "Bearer garbage"), ("content-type", "application/json")];
        let body = if method == "GET" { "" } else { "{}" };
        let refused = stack().send(&method, &route, &headers, body);
        assert_eq!((refused.status, refused.body), (401, json!({ "detail": "Invalid token" })), "{route}");
    }
    let refused = stack().post("refresh-token", &json!({ "refresh_token": "garbage" }));
    assert_eq!((refused.status, refused.body), (401, json!({ "detail": "Invalid refresh token" })));
    assert_eq!(stack().post("logout", &json!({ "refresh_token": "garbage" })).status, 200);
}

/// A route, as the reference has it.
struct Operation {
    method: String,
    route: String,
    wants_a_token: bool,
}

/// All that are in the reference; that the template has the same, a test of `shared` holds.
fn operations() -> Vec<Operation> {
    let document =
        YamlLoader::load_from_str(include_str!("../../../reference/openapi.yaml")).unwrap().remove(0);
    let paths = document["paths"].as_hash().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let route = path.as_str().unwrap().strip_prefix("/api/auth/").unwrap();
            methods.as_hash().unwrap().iter().map(move |(method, operation)| Operation {
                method: method.as_str().unwrap().to_uppercase(),
                route: route.to_owned(),
                // Where nobody need be signed in, the first alternative is none, or there are none.
                wants_a_token: !operation["security"][0]["bearer"].is_badvalue(),
            })
        })
        .collect()
}
