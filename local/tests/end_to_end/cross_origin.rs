use crate::stack::{ApiResponse, PASSWORD, stack};

/// `AllowedOrigins` of the local stack.
const ALLOWED_ORIGIN: &str = "http://localhost:3000";
const OTHER_ORIGIN: &str = "https://evil.example";

fn preflight(origin: &str) -> ApiResponse {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    stack().send("OPTIONS", "login", &headers, "")
}

#[test]
fn allowed_origin_can_call_the_api() {
    let response = preflight(ALLOWED_ORIGIN);
    assert_eq!(response.status, 204);
    assert_eq!(response.header("access-control-allow-origin"), Some(ALLOWED_ORIGIN));
    assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
    assert!(response.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(response.header("access-control-allow-headers").unwrap().contains("content-type"));

    let body = serde_json::json!({ "username": "user@igad.int", "password": PASSWORD }).to_string();
    let response = stack().send(
        "POST",
        "login",
        &[("origin", ALLOWED_ORIGIN), ("content-type", "application/json")],
        &body,
    );
    assert_eq!(
        (response.status, response.header("access-control-allow-origin")),
        (200, Some(ALLOWED_ORIGIN))
    );
}

#[test]
fn allowed_origin_can_read_request_id() {
    let response = stack().send("GET", "me", &[("origin", ALLOWED_ORIGIN)], "");
    assert!(response.header("apigw-requestid").is_some());
    let exposed = response.header("access-control-expose-headers").unwrap();
    assert!(exposed.split(',').any(|name| name.trim() == "apigw-requestid"), "{exposed}");
}

#[test]
fn other_origin_gets_no_cors_header() {
    assert_eq!(preflight(OTHER_ORIGIN).header("access-control-allow-origin"), None);
}
