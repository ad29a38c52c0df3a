use crate::stack::{Answer, PASSWORD, stack};

/// What `local` gives for `AllowedOrigins`.
const OURS: &str = "http://localhost:3000";
const FOREIGN: &str = "https://evil.example";

fn ask_beforehand(origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    stack().send("OPTIONS", "login", &headers, "")
}

#[test]
fn allowed_origin_can_call_the_api() {
    let answer = ask_beforehand(OURS);
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some(OURS));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("content-type"));

    let body = serde_json::json!({ "username": "user@igad.int", "password": PASSWORD }).to_string();
    let answer =
        stack().send("POST", "login", &[("origin", OURS), ("content-type", "application/json")], &body);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(OURS)));
}

#[test]
fn allowed_origin_can_read_request_id() {
    let answer = stack().send("GET", "me", &[("origin", OURS)], "");
    assert!(answer.header("apigw-requestid").is_some());
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.split(',').any(|name| name.trim() == "apigw-requestid"), "{exposed}");
}

#[test]
fn other_origin_gets_no_cors_header() {
    assert_eq!(ask_beforehand(FOREIGN).header("access-control-allow-origin"), None);
}
