//! Normalization of text from clients: white space, invisible characters, and digits.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// Characters to percent-encode: all but the unreserved ones of RFC 3986, section 2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes `text` for any part of a URL.
pub(super) fn percent_encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, UNRESERVED)
}

/// Removes white space and invisible characters at both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Restores a one-time code to the form in which Cognito sent it. Apps and messages show codes in groups (`123 456`,
/// `123-456`), and some keyboards produce full-width digits.
pub(super) fn normalize_code(code: &str) -> String {
    code.chars()
        .filter(|character| !is_blank(*character) && !is_hyphen(*character))
        .map(ascii_digit)
        .collect()
}

/// Whether a character is white space or has no width. Copied text often has such characters at its ends.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            // Soft hyphen, Mongolian vowel separator, zero-width spaces and joiners, directional marks, byte order
            // mark.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Whether a character is a hyphen or dash, which may separate groups of digits.
fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// Replaces a full-width digit with its ASCII digit.
fn ascii_digit(character: char) -> char {
    match character {
        '\u{ff10}'..='\u{ff19}' => {
            char::from_digit(character as u32 - '\u{ff10}' as u32, 10).unwrap_or(character)
        }
        _ => character,
    }
}
