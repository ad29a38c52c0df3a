//! Invariants: what holds for every response of every route, whatever the request and Cognito's responses.

use serde_json::{Map, Value, json};

use super::{answer::Answer, canary::Secrets};

/// The statuses of the contract.
const STATUSES: [u16; 12] = [200, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503];

/// An internal of Cognito that generated responses contain and no client may see.
pub(crate) const INTERNAL: &str = "internal-host/cognito-idp";

/// Asserts the invariants of a response to `event`.
///
/// - The status is one of the contract's, every header is present, and an error has the one shape.
/// - The log consists of JSON lines, one of them the audit line.
/// - None of `secrets` is in the log, nor in the response to a request that failed.
pub fn check(answer: &Answer, event: &str, secrets: &Secrets) {
    if answer.status() == 204 {
        check_ignored(answer, event);
        return secrets.assert_absent_from_log(answer.log());
    }
    assert!(STATUSES.contains(&answer.status()), "status {}", answer.status());
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000; includeSubDomains"));
    assert!(answer.header("x-request-id").is_some());
    let is_to_be_tried_again = matches!(answer.status(), 429 | 503);
    assert_eq!(answer.header("retry-after").is_some(), is_to_be_tried_again);
    let sent = answer.as_sent();
    let mut members: Vec<_> = sent.as_object().expect("a response is an object").keys().collect();
    members.sort();
    assert_eq!(
        members,
        ["body", "headers", "isBase64Encoded", "statusCode"],
        "what both payload formats know"
    );

    let body = answer.body();
    assert!(body.is_object(), "{body}");
    let log = answer.log();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "not JSON lines: {log}");
    let audit_lines = log.lines().filter(|line| is_audit_line(line)).count();
    assert_eq!(audit_lines, 1, "{log}");

    if answer.status() != 200 {
        let detail = body["detail"].as_str().expect("an error has a detail");
        assert_eq!(body, json!({ "detail": detail }), "an error has nothing but a detail");
        let error_type = answer.header("x-amzn-errortype").expect("an error names its cause");
        assert!(!detail.contains(INTERNAL), "an internal is in the response: {detail}");
        secrets.assert_absent(&[detail.to_owned(), error_type.to_owned()], "the error response");
    }
    secrets.assert_absent_from_log(log);
}

/// Asserts that `answer` is the response to an event that is not a request: no body, no audit line, one line at INFO.
fn check_ignored(answer: &Answer, event: &str) {
    let event: Map<String, Value> = serde_json::from_str(event).expect("such an event is an object");
    assert!(!event.contains_key("requestContext"));
    assert!(answer.is_empty() && answer.header("content-type").is_none());
    let lines: Vec<Value> =
        answer.log().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(
        matches!(lines.as_slice(), [line] if line["level"] == "INFO" && line.get("_aws").is_none()),
        "{lines:?}"
    );
}

/// Whether `line` is an audit line. What a client sent may contain `_aws` as well, but not as a member.
pub(crate) fn is_audit_line(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|line| line.get("_aws").is_some())
}
