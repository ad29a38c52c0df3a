//! White space that a user does not see, in what a client sends.

/// `text` without white space and invisible characters at its ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// A one-time code as Cognito sent it: apps and messages show it in groups (`123 456`, `123-456`), and some keyboards
/// write digits of another width.
pub(super) fn normalize_code(code: &str) -> String {
    code.chars()
        .filter(|character| !is_blank(*character) && !is_hyphen(*character))
        .map(ascii_digit)
        .collect()
}

/// White space, or a character without a width, as copying leaves it around a text.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            // Soft hyphen, Mongolian vowel separator, zero-width spaces and joiners, directional marks, byte order mark.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Hyphens and dashes that stand between groups of digits.
fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// The ASCII digit for a full-width one.
fn ascii_digit(character: char) -> char {
    match character {
        '\u{ff10}'..='\u{ff19}' => {
            char::from_digit(character as u32 - '\u{ff10}' as u32, 10).unwrap_or(character)
        }
        _ => character,
    }
}
