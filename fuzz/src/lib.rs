//! What the targets share: a route, seeds of their events, and which events the laws can judge.

use serde_json::Value;
use shared::{
    Route,
    testing::{secrets_of_event, unsigned_token},
};

/// The route that every target calls, with a function of its own.
pub const ROUTE: Route = Route { name: "fuzzed", error_prefix: "Refused", failure_prefix: "Failed", error_mappings: &[] };

/// A text of nobody's that is longer than this is not among the words of an error.
const LONGEST_WORD: usize = 40;

/// What no audit line and no error, ours or a library's, holds other than between quotes.
const NEVER_SAID: &[char] = &['!', '#', '$', '&', '*', '?', '@', '^', '~'];

/// What errors say with digits in it.
const SAID: [&str; 5] = ["base64", "utf-8", "rs256", "sha256", "x5u"];

/// True where the laws can tell a leak in `event`'s log from chance.
///
/// They look for what its body says in the log, however short, and know the words of our own code. The libraries'
/// they do not: a fuzzer soon sends the password `expected value`, which an error says, too.
pub fn is_judgeable(event: &str) -> bool {
    secrets_of_event(event).iter().all(|secret| is_distinct(secret)) && !names_us(event)
}

/// True where `secret` cannot be a word of any error.
pub fn is_distinct(secret: &str) -> bool {
    let digits = secret.bytes().filter(u8::is_ascii_digit).count();
    let is_number = secret.len() >= 5 && digits == secret.len();
    let is_code =
        secret.len() >= 7 && digits > 0 && !SAID.iter().any(|said| said.contains(&secret.to_lowercase()));
    secret.len() > LONGEST_WORD || secret.contains(NEVER_SAID) || is_number || is_code && is_one_word(secret)
}

/// Numbers of lines and columns stand between blanks and punctuation.
fn is_one_word(secret: &str) -> bool {
    secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+/=".contains(&byte))
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
