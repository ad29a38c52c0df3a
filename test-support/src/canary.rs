//! Secrets in the input of a test, and the proof that they are absent from its output.
//!
//! A secret is recognized by its place: a member of the request's body, a credential in a header, a token, session or
//! personal attribute in a response of Cognito. Every secret must be a *canary*: a value that appears in the output
//! only if it leaks. There is no list of exempt values.
//!
//! - Secrets in hand-written input are searched for as they are. A value that is too short or too common, such as the
//!   password `p`, makes its test fail, because log lines contain it. Use a unique value instead.
//! - Generated input contains canaries from [`canary`]. A value with a canary is searched for by its canary alone, so
//!   that the arbitrary text around it can neither hide a leak nor look like one.

use std::{
    mem,
    sync::atomic::{AtomicU32, Ordering},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

/// Prefix of every generated canary. Eight hexadecimal digits follow.
const CANARY: &str = "canary-";
const CANARY_LENGTH: usize = CANARY.len() + 8;

/// Canary for one-time codes of six to eight digits; the first six digits are searched for.
const CODE_CANARY: &str = "73091462";

/// Domain of every email address in hand-written input, including ID tokens.
const EMAIL_DOMAIN: &str = "@igad.int";

/// Members of a request's body with names or addresses of the API, or a hash, instead of secrets.
const PUBLIC_FIELDS: [&str; 9] = [
    "challenge",
    "choice",
    "code_challenge",
    "disable",
    "preferred",
    "provider",
    "redirect_uri",
    "transports",
    "type",
];

/// Headers with credentials.
const SECRET_HEADERS: [&str; 3] = ["authorization", "cookie", "x-edge-secret"];

/// Members of Cognito's responses with secrets.
const SECRET_MEMBERS: [&str; 8] = [
    "AccessToken",
    "IdToken",
    "RefreshToken",
    "SecretCode",
    "Session",
    "access_token",
    "id_token",
    "refresh_token",
];

/// User attributes that are not personal data.
const PUBLIC_ATTRIBUTES: [&str; 2] = ["sub", "email_verified"];

/// Members of a log line that cannot contain a secret: times, ids, and properties of the client.
const PUBLIC_LOG_MEMBERS: [&str; 6] =
    ["timestamp", "request_id", "lambda_request_id", "user_agent", "source_ip", "sub"];

/// Values that the output must not contain.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets in an event of API Gateway and in Cognito's responses.
    pub fn of<R: AsRef<str>>(event: &str, responses: impl IntoIterator<Item = R>) -> Self {
        let mut secrets = vec![EMAIL_DOMAIN.to_owned()];
        let mut event: Value = serde_json::from_str(event).unwrap_or_default();
        // In generated input, a canary is secret in any body and in public fields, too: they may contain anything.
        secrets.extend(canaries_in(&event["body"].to_string()));
        secrets.extend(canaries_in(&body_of(&event).unwrap_or_default()));
        visit_event(&mut event, &mut |text| secrets.extend(secrets_in(text)));
        for response in responses {
            let mut response = serde_json::from_str(response.as_ref()).unwrap_or_default();
            visit_response(&mut response, &mut |text| secrets.extend(secrets_in(text)));
        }
        Self(secrets)
    }

    /// Generated canaries among the secrets, for input with otherwise arbitrary values.
    #[must_use]
    pub fn canaries(self) -> Self {
        Self(self.0.iter().flat_map(|secret| canaries_in(secret)).collect())
    }

    /// Each secret.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Asserts that no text of `log` contains a secret.
    pub fn assert_absent_from_log(&self, log: &str) {
        self.assert_absent(&texts_of(log), "the log");
    }

    /// Asserts that no secret is in `texts`, which are part of `output`.
    pub(crate) fn assert_absent(&self, texts: &[String], output: &str) {
        for secret in self.iter() {
            assert!(
                !texts.iter().any(|text| text.contains(secret)),
                "the secret {secret} is in {output}, or it is not unique: {texts:?}"
            );
        }
    }
}

/// Canaries in the cookies of an event of API Gateway.
pub(crate) fn cookies_of(event: &str) -> Secrets {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    Secrets([&event["cookies"], &event["headers"]["cookie"]].map(Value::to_string).to_vec()).canaries()
}

/// A new canary.
pub fn canary() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{CANARY}{:08x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A copy of an event with a canary in every secret. `None` if there is no secret.
pub fn plant_in_event(event: &str) -> Option<String> {
    plant(event, visit_event)
}

/// A copy of a request's body with a canary in every secret. `None` if there is no secret.
pub fn plant_in_body(body: &str) -> Option<String> {
    plant(body, visit_body)
}

/// A copy of a response of Cognito with a canary in every secret. `None` if there is no secret.
pub fn plant_in_response(response: &str) -> Option<String> {
    plant(response, visit_response)
}

/// Function that is called with each secret.
type Visitor<'a> = dyn FnMut(&mut String) + 'a;

fn plant(json: &str, visit_secrets: fn(&mut Value, &mut Visitor<'_>)) -> Option<String> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    let mut planted = false;
    visit_secrets(&mut value, &mut |text| {
        planted = true;
        // A code stays a valid code, with or without separators. Anything else keeps its arbitrary text.
        let digits = text.chars().filter(|character| character.is_numeric()).count();
        if (6..=8).contains(&digits) && !text.contains(char::is_alphabetic) {
            CODE_CANARY[..digits].clone_into(text);
        } else {
            text.push_str(&canary());
        }
    });
    planted.then(|| value.to_string())
}

fn visit_event(event: &mut Value, visit: &mut Visitor<'_>) {
    if let Some(body) = body_of(event) {
        let mut body = serde_json::from_str(body.trim_start_matches('\u{feff}')).unwrap_or_default();
        let mut visited = false;
        visit_body(&mut body, &mut |text| {
            visited = true;
            visit(text);
        });
        if visited {
            let body = body.to_string();
            let is_base64 = event["isBase64Encoded"] == true;
            event["body"] = if is_base64 { BASE64_STANDARD.encode(body) } else { body }.into();
        }
    }
    for (name, member) in event.as_object_mut().into_iter().flatten() {
        match name.as_str() {
            "headers" | "multiValueHeaders" => {
                for (name, value) in member.as_object_mut().into_iter().flatten() {
                    if SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                        visit_texts(value, &[], visit);
                    }
                }
            }
            "cookies" => visit_texts(member, &[], visit),
            _ => {}
        }
    }
}

/// The text of an event's body.
fn body_of(event: &Value) -> Option<String> {
    let body = event["body"].as_str()?;
    if event["isBase64Encoded"] == true {
        BASE64_STANDARD.decode(body).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    } else {
        Some(body.to_owned())
    }
}

/// Visits the members of a body. A body that is not an object has none.
fn visit_body(body: &mut Value, visit: &mut Visitor<'_>) {
    if body.is_object() {
        visit_texts(body, &PUBLIC_FIELDS, visit);
    }
}

fn visit_response(response: &mut Value, visit: &mut Visitor<'_>) {
    match response {
        Value::Object(members) => {
            let is_public =
                |name: &Value| name.as_str().is_some_and(|name| PUBLIC_ATTRIBUTES.contains(&name));
            let is_public_attribute = members.get("Name").is_some_and(is_public);
            for (name, member) in members {
                match member {
                    Value::String(text)
                        if SECRET_MEMBERS.contains(&name.as_str())
                            || name == "Value" && !is_public_attribute =>
                    {
                        visit(text);
                    }
                    _ => visit_response(member, visit),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| visit_response(value, visit)),
        _ => {}
    }
}

/// Visits every text in `value` except those of members with a `public` name.
fn visit_texts(value: &mut Value, public: &[&str], visit: &mut Visitor<'_>) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(values) => values.iter_mut().for_each(|value| visit_texts(value, public, visit)),
        Value::Object(members) => {
            let secret = members.iter_mut().filter(|(name, _)| !public.contains(&name.as_str()));
            secret.for_each(|(_, member)| visit_texts(member, public, visit));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Texts to search for if `text` is a secret: its canaries, or else each of its words, because the service may trim it
/// or remove white space.
fn secrets_in(text: &str) -> Vec<String> {
    let canaries = canaries_in(text);
    if !canaries.is_empty() {
        return canaries;
    }
    let credential = ["Bearer ", "Basic "].into_iter().find_map(|scheme| text.strip_prefix(scheme));
    credential.unwrap_or(text).split_whitespace().map(|word| word.replace("%40", "@")).collect()
}

/// The generated canaries in `text`.
fn canaries_in(text: &str) -> Vec<String> {
    let canaries = text.match_indices(CANARY).filter_map(|(start, _)| text.get(start..start + CANARY_LENGTH));
    let code = &CODE_CANARY[..6];
    canaries.chain(text.contains(code).then_some(code)).map(str::to_owned).collect()
}

/// The texts of a log's lines except those of public members and hashes. A line that is not JSON is one text.
fn texts_of(log: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for line in log.lines() {
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(mut members) => {
                members.retain(|name, _| !PUBLIC_LOG_MEMBERS.contains(&name.as_str()));
                let mut add = |text: &mut String| texts.push(mem::take(text));
                members.values_mut().for_each(|member| visit_texts(member, &[], &mut add));
            }
            Err(_) => texts.push(line.to_owned()),
        }
    }
    // Six digits of a code may be part of a hash by chance.
    texts.retain(|text| !(text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())));
    texts
}

#[cfg(test)]
mod tests;
