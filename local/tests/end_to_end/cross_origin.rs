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
fn a_page_of_ours_may_call_the_api() {
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
fn a_page_of_ours_may_read_the_gateways_own_id_of_a_request() {
    let answer = stack().send("GET", "me", &[("origin", OURS)], "");
    assert!(answer.header("apigw-requestid").is_some());
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.split(',').any(|name| name.trim() == "apigw-requestid"), "{exposed}");
}

#[test]
fn a_foreign_page_may_not() {
    assert_eq!(ask_beforehand(FOREIGN).header("access-control-allow-origin"), None);
}
