//! What every answer has in common, whatever led to it.

use serde_json::{Map, Value, json};

use super::{answer::Answer, reply::Reply};

/// The statuses that the contract names.
const STATUSES: [u16; 12] = [200, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503];

/// What no client may read: it stands in the replies that Cognito is made to give.
pub(crate) const INTERNAL: &str = "internal-host/cognito-idp";

/// The members of Cognito's replies that may be in no log.
const SECRET_MEMBERS: [&str; 5] = ["AccessToken", "RefreshToken", "IdToken", "Session", "SecretCode"];

/// What Cognito says of a user that may be in a log: what makes them an id, and nothing of what makes them a person.
const OPEN_ATTRIBUTES: [&str; 2] = ["sub", "email_verified"];

/// The members of a line that hold what a client sent in a place that is no secret, or what no secret can be in.
const OPEN_MEMBERS: [&str; 7] =
    ["timestamp", "request_id", "lambda_request_id", "user_agent", "source_ip", "username_hash", "sub"];

/// All that we ourselves may write into a log. What stands here too may be a word of ours, and is no proof that
/// a secret was written down: a password could be "request". What does not, such as a code, a session or a
/// token, however short, came from outside.
const OUR_WORDS: [&str; 9] = [
    include_str!("../../shared/src/lambda/audit.rs"),
    include_str!("../../shared/src/lambda/logging.rs"),
    include_str!("../../shared/src/lambda/serve.rs"),
    include_str!("../../shared/src/model/caller.rs"),
    include_str!("../../shared/src/model/challenge.rs"),
    include_str!("../../shared/src/model/error.rs"),
    include_str!("../../shared/src/tokens/key_set.rs"),
    include_str!("../../shared/src/cognito/replies.rs"),
    include_str!("lawful.rs"),
];

/// Asserts what every answer has in common, whatever led to it.
///
/// Its status is one of the contract's, an error has the one shape, and every header is there. Its
/// log is JSON lines. Nothing that is secret in the event or in Cognito's `replies` is in the log, nor anything
/// that is secret in the event in the answer to a request that failed.
pub fn assert_lawful(answer: &Answer, event: &str, replies: &[Reply]) {
    if answer.status() == 204 {
        return assert_ignored(answer, event);
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
    let mut members: Vec<_> = sent.as_object().expect("an answer is an object").keys().collect();
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

    let sent = secrets_of_event(event);
    let told: Vec<_> = replies.iter().flat_map(Reply::exception_names).collect();
    let replied = replies.iter().flat_map(|reply| secrets_of_reply(&reply.text()));
    // A made-up exception may have a name that holds what a client sent: `MyException`, and `My phone`.
    let untold = |secret: &String| !told.iter().any(|name| name.contains(secret.as_str()));
    assert_tells_none(log, sent.iter().cloned().chain(replied).filter(untold));
    let names_a_person = |text: &String| text.contains("@igad.int");
    assert!(!written(log).iter().any(names_a_person), "an e-mail address is in the log: {log}");
    if answer.status() != 200 {
        let detail = body["detail"].as_str().expect("an error has a detail");
        assert_eq!(body, json!({ "detail": detail }), "an error has nothing but a detail");
        assert!(answer.header("x-amzn-errortype").is_some());
        assert!(!detail.contains(INTERNAL), "an internal is in the answer: {detail}");
        // What we say ourselves may well be what a client sent, too: a field's name, or that a key is `internal`.
        let answered = sent.iter().filter(|secret| detail.contains(secret.as_str()));
        for secret in answered.filter(|secret| secret.len() > "session".len()) {
            assert!(is_word_of_ours(secret) || !untold(secret), "{secret} is in the answer: {detail}");
        }
    }
}

/// Asserts that `answer` is the one to an event that is no request: no body, no audit line, one line at INFO.
fn assert_ignored(answer: &Answer, event: &str) {
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

/// True for the line that counts a request: what a client sent may hold its mark as well, but not as a member.
pub(crate) fn is_audit_line(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|line| line.get("_aws").is_some())
}

/// Asserts that no line of `log` tells one of `secrets`.
pub(crate) fn assert_tells_none(log: &str, secrets: impl IntoIterator<Item = String>) {
    let written = written(log);
    for secret in secrets {
        // Our words are many, and few secrets stand anywhere.
        if written.iter().any(|text| text.contains(&secret)) {
            assert!(is_word_of_ours(&secret), "{secret} is in the log: {log}");
        }
    }
}

/// True for what stands among our own words, and so in our programs.
pub(crate) fn is_word_of_ours(text: &str) -> bool {
    OUR_WORDS.iter().any(|words| words.contains(text))
}

/// The texts in a log's lines, but for those in which a client may have its say.
fn written(log: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for line in log.lines() {
        let mut line: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
        line.retain(|name, _| !OPEN_MEMBERS.contains(&name.as_str()));
        add_texts(&Value::Object(line), &mut texts);
    }
    texts
}

fn add_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| add_texts(value, texts)),
        Value::Object(members) => members.values().for_each(|value| add_texts(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What an event holds that may be in no log: all that its body says, and its credentials.
pub fn secrets_of_event(event: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let mut texts = Vec::new();
    let body = event["body"].as_str().unwrap_or_default();
    add_texts(&serde_json::from_str(body).unwrap_or_default(), &mut texts);
    for name in ["authorization", "cookie"] {
        let value = event["headers"][name].as_str().unwrap_or_default();
        texts.push(value.strip_prefix("Bearer ").unwrap_or(value).to_owned());
    }
    texts
        .iter()
        .flat_map(|text| text.split_whitespace())
        .map(|text| text.replace("%40", "@"))
        .filter(|text| !text.is_empty())
        .collect()
}

/// What a reply of Cognito holds that may be in no log: tokens, sessions, and what it knows of a person.
pub fn secrets_of_reply(reply: &str) -> Vec<String> {
    fn add(value: &Value, secrets: &mut Vec<String>) {
        for (name, member) in value.as_object().into_iter().flatten() {
            match member.as_str() {
                Some(text) if SECRET_MEMBERS.contains(&name.as_str()) => secrets.push(text.to_owned()),
                _ => add(member, secrets),
            }
        }
        for element in value.as_array().into_iter().flatten() {
            let name = element["Name"].as_str().unwrap_or_default();
            match element["Value"].as_str() {
                Some(text) if !OPEN_ATTRIBUTES.contains(&name) => secrets.push(text.to_owned()),
                _ => add(element, secrets),
            }
        }
    }
    let mut secrets = Vec::new();
    add(&serde_json::from_str(reply).unwrap_or_default(), &mut secrets);
    secrets.retain(|secret| !secret.trim().is_empty());
    secrets
}

#[cfg(test)]
mod tests;
