//! Checks for arbitrary bytes of a fuzzer or of its corpus.
//!
//! `fuzz/targets` run these checks under libFuzzer; `tests/corpus.rs` replays `fuzz/corpus` as ordinary tests.
#![allow(clippy::expect_used, reason = "a check that cannot be set up should stop at once")]

pub mod bearer_token;
pub mod body;
pub mod event;
pub mod reply;
pub mod username;

use serde_json::Value;
use shared::Route;
use test_support::unsigned_token;

/// Route that every target calls with its own function.
pub const ROUTE: Route =
    Route { name: "fuzzed", error_prefix: "Refused", failure_prefix: "Failed", error_mappings: &[] };

/// Response of Cognito to a successful sign-in.
pub fn tokens() -> Value {
    let id_token = unsigned_token(&serde_json::json!({ "sub": "b7d8f6e4-0001", "email": "user@igad.int" }));
    serde_json::json!({
        "AuthenticationResult": {
            "AccessToken": "access", "ExpiresIn": 3600, "IdToken": id_token, "RefreshToken": "refresh"
        }
    })
}

/// The property White_Space: <https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt>.
const WHITE_SPACE: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\
    \u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// Characters without a width: soft hyphen, Mongolian vowel separator, zero-width space and joiners, directional marks
/// and isolates, word joiner, invisible operators, deprecated format characters, byte order mark.
const ZERO_WIDTH: &str = "\u{ad}\u{61c}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\
    \u{202e}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{2065}\u{2066}\u{2067}\u{2068}\u{2069}\u{206a}\u{206b}\u{206c}\
    \u{206d}\u{206e}\u{206f}\u{feff}";

/// Hyphens, dashes and the minus sign, also those of other widths.
const HYPHENS: &str = "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{fe63}\u{ff0d}";

/// The full-width digits, by their value.
const FULL_WIDTH_DIGITS: [char; 10] = ['０', '１', '２', '３', '４', '５', '６', '７', '８', '９'];

/// `text` without white space and zero-width characters at its ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character| WHITE_SPACE.contains(character) || ZERO_WIDTH.contains(character))
}

/// A one-time code: white space, zero-width characters and hyphens are removed, full-width digits become ASCII.
pub fn normalize_code(code: &str) -> String {
    let mut normalized = code.to_owned();
    for removed in [WHITE_SPACE, ZERO_WIDTH, HYPHENS] {
        normalized = normalized.split(|character| removed.contains(character)).collect();
    }
    for (value, digit) in FULL_WIDTH_DIGITS.into_iter().enumerate() {
        normalized = normalized.replace(digit, &value.to_string());
    }
    normalized
}

/// A username that a user typed: trimmed, percent-decoded, trimmed again. `None` if nothing is left.
pub fn username(sent: &str) -> Option<String> {
    Some(trim(&unquote(trim(sent))).to_owned()).filter(|username| !username.is_empty())
}

/// A username that comes with a session: as it was sent, unless it can only be what a user typed.
pub fn returned_username(sent: &str) -> Option<String> {
    let has_outer_white_space = trim(sent).len() < sent.len();
    let is_an_encoded_address = !sent.contains('@') && unquote(sent).contains('@');
    if has_outer_white_space || is_an_encoded_address { username(sent) } else { Some(sent.to_owned()) }
}

/// Python's `urllib.parse.unquote`: each run of ASCII is decoded by itself, other characters stay.
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

/// Python's `urllib.parse.unquote_to_bytes`: each `%` with two hexadecimal digits becomes a byte. Other text stays.
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
