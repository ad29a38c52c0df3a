//! Invariants of every response of every route, for any request and any response of Cognito.

use serde_json::{Map, Value, json};

use super::{
    canary::{Secrets, cookies_of},
    test_response::TestResponse,
};

/// Statuses of the contract.
const STATUSES: [u16; 12] = [200, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503];

/// Internal detail of Cognito in generated responses. No client may see it.
pub(crate) const INTERNAL: &str = "internal-host/cognito-idp";

/// Asserts the invariants of a response to `event`.
///
/// - The status is one of the contract's, every header is present, and an error has a `detail` and nothing else.
/// - The log consists of JSON lines, one of them the audit line.
/// - None of `secrets` is in the log, nor in the response to a request that failed.
/// - The body has no value of a cookie.
pub fn check(response: &TestResponse, event: &str, secrets: &Secrets) {
    if response.status() == 204 {
        check_ignored(response, event);
        return secrets.assert_absent_from_log(response.log());
    }
    assert!(STATUSES.contains(&response.status()), "status {}", response.status());
    assert_eq!(response.header("content-type"), Some("application/json; charset=utf-8"));
    // `settings` is the same for all users. The OpenAPI document has the header of each route.
    let is_public = response.header("cache-control") == Some("public, max-age=300");
    assert!(is_public && response.status() == 200 || response.header("cache-control") == Some("no-store"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("strict-transport-security"), Some("max-age=63072000; includeSubDomains"));
    assert!(response.header("x-request-id").is_some());
    let is_retryable = matches!(response.status(), 429 | 503);
    assert_eq!(response.header("retry-after").is_some(), is_retryable);
    let sent = response.as_sent();
    let mut members: Vec<_> = sent.as_object().expect("a response is an object").keys().collect();
    members.sort();
    // Only format 2.0 has this member. An event of that format has a member `http`.
    members.retain(|member| *member != "cookies" || !event.contains("\"http\""));
    assert_eq!(
        members,
        ["body", "headers", "isBase64Encoded", "statusCode"],
        "members of both payload formats"
    );

    let body = response.body();
    assert!(body.is_object(), "{body}");
    cookies_of(event).assert_absent(&[body.to_string()], "the body, although it came in a cookie");
    let log = response.log();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "not JSON lines: {log}");
    let audit_lines = log.lines().filter(|line| is_audit_line(line)).count();
    assert_eq!(audit_lines, 1, "{log}");

    if response.status() != 200 {
        let detail = body["detail"].as_str().expect("an error has a detail");
        assert_eq!(body, json!({ "detail": detail }), "an error has nothing but a detail");
        let error_type = response.header("x-amzn-errortype").expect("an error has a type");
        assert!(!detail.contains(INTERNAL), "an internal detail is in the response: {detail}");
        secrets.assert_absent(&[detail.to_owned(), error_type.to_owned()], "the error response");
    }
    secrets.assert_absent_from_log(log);
}

/// Asserts that `response` is the response to an event that is not a request: no body, no audit line, one line at INFO.
fn check_ignored(response: &TestResponse, event: &str) {
    let event: Map<String, Value> = serde_json::from_str(event).expect("such an event is an object");
    assert!(!event.contains_key("requestContext"));
    assert!(response.is_empty() && response.header("content-type").is_none());
    let lines: Vec<Value> =
        response.log().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(
        matches!(lines.as_slice(), [line] if line["level"] == "INFO" && line.get("_aws").is_none()),
        "{lines:?}"
    );
}

/// Whether `line` is an audit line. Text of a client may contain `_aws`, but not as a member.
pub(crate) fn is_audit_line(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|line| line.get("_aws").is_some())
}
