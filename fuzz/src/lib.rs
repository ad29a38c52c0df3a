//! What the targets share: a route, seeds of their events, and which events the laws can judge.

use serde_json::Value;
use shared::{
    Route,
    testing::{laws, unsigned_token},
};

/// The route that every target calls, with a function of its own.
pub const ROUTE: Route = Route { name: "fuzzed", refused: "Refused", failed: "Failed", refusals: &[] };

/// A token of nobody's that is longer than this is not among our own words.
const LONGEST_WORD: usize = 40;

/// What no audit line and no error of ours holds, other than between quotes or as a path.
const NEVER_OURS: &[char] = &['!', '#', '$', '&', '*', '?', '@', '^', '~'];

/// True where the laws can tell a leak in `event`'s log from chance.
///
/// They look for the words of its body in the log. A fuzzer soon sends the password `requestId`, or
/// a user agent that is a password as well; both stand in the log, and neither has leaked.
pub fn is_judgeable(event: &str) -> bool {
    let repeats = |secret: &str| event.matches(secret).count() > 1;
    laws::secrets_of(event).iter().all(|secret| is_distinct(secret) && !repeats(secret)) && !names_us(event)
}

/// True where `secret` cannot be one of the words that are logged of any request.
pub fn is_distinct(secret: &str) -> bool {
    secret.len() > LONGEST_WORD || secret.contains(NEVER_OURS)
}

/// True where an e-mail address of ours stands where it may be logged: outside the body.
fn names_us(event: &str) -> bool {
    const OURS: &str = "@igad.int";
    let parsed: Value = serde_json::from_str(event).unwrap_or_default();
    let hidden = [&parsed["body"], &parsed["headers"]["authorization"], &parsed["headers"]["cookie"]];
    let in_hidden: usize =
        hidden.map(|text| text.as_str().unwrap_or_default().matches(OURS).count()).iter().sum();
    event.matches(OURS).count() != in_hidden
}

/// What Cognito answers to a sign-in that succeeds.
pub fn tokens() -> Value {
    let id_token = unsigned_token(&serde_json::json!({ "sub": "b7d8f6e4-0001", "email": "user@igad.int" }));
    serde_json::json!({
        "AuthenticationResult": {
            "AccessToken": "access", "ExpiresIn": 3600, "IdToken": id_token, "RefreshToken": "refresh"
        }
    })
}

/// Python's `urllib.parse.unquote`, written as Python writes it: each run of ASCII is decoded by
/// itself, all else stays.
pub fn unquote(text: &str) -> String {
    let mut unquoted = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end_of_ascii = rest.find(|character: char| !character.is_ascii()).unwrap_or(rest.len());
        let (ascii, after) = rest.split_at(end_of_ascii);
        unquoted.push_str(&String::from_utf8_lossy(&unquote_to_bytes(ascii)));
        let end_of_others = after.find(|character: char| character.is_ascii()).unwrap_or(after.len());
        let (others, after) = after.split_at(end_of_others);
        unquoted.push_str(others);
        rest = after;
    }
    unquoted
}

/// Python's `urllib.parse.unquote_to_bytes`: what stands before the first `%`, and then each part
/// that a `%` begins, with a byte in place of two hexadecimal digits, or as it is.
fn unquote_to_bytes(ascii: &str) -> Vec<u8> {
    let mut parts = ascii.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend(part.as_bytes());
            }
        }
    }
    bytes
}
