//! HTTP requests of unusual clients.

use serde_json::json;

use crate::stack::{PASSWORD, stack};

/// `{}`, compressed with gzip.
const GZIPPED: [u8; 22] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0xae, 0x05, 0x00, 0x43, 0xbf, 0xa6,
    0xa3, 0x02, 0x00, 0x00, 0x00,
];

fn credentials() -> String {
    json!({ "username": "user@igad.int", "password": PASSWORD }).to_string()
}

#[test]
fn unknown_method_or_path_returns_404() {
    let requests = [
        ("GET", "login"),
        ("PUT", "login"),
        ("DELETE", "login"),
        ("HEAD", "me"),
        ("POST", "me"),
        ("POST", "login/"),
        ("POST", "Login"),
        ("POST", "sign-out"),
        ("POST", ""),
        ("POST", "../auth/login/.."),
    ];
    for (method, route) in requests {
        let response = stack().send(method, route, &[("content-type", "application/json")], credentials());
        assert_eq!(response.status, 404, "{method} {route}: {response:?}");
        assert_eq!(response.header("x-content-type-options"), None, "no function is called");
    }
}

#[test]
fn body_over_16_kilobytes_returns_413() {
    let padded = |length: usize| {
        let body = credentials();
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    for (length, status) in [(16 * 1024, 200), (16 * 1024 + 1, 413), (1024 * 1024, 413)] {
        let response = stack().send("POST", "login", &[("content-type", "application/json")], padded(length));
        assert_eq!(response.status, status, "{length} bytes");
    }
}

#[test]
fn other_content_type_returns_415() {
    let cases = [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json;charset=UTF-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/jsonp", 415),
        ("text/json", 415),
        ("multipart/form-data; boundary=application/json", 415),
    ];
    for (content_type, status) in cases {
        let response = stack().send("POST", "login", &[("content-type", content_type)], credentials());
        assert_eq!(response.status, status, "{content_type}");
    }
}

#[test]
fn compressed_body_returns_422() {
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let response = stack().send("POST", "login", &headers, GZIPPED);
    assert_eq!((response.status, response.body), (422, json!({ "detail": "body: must be a JSON object" })));
}

#[test]
fn non_ascii_header_is_accepted() {
    let headers =
        [("content-type", "application/json"), ("user-agent", "curl/8 \u{e9}\u{4e2d}"), ("x-odd", "\"}{")];
    assert_eq!(stack().send("POST", "login", &headers, credentials()).status, 200);
}
