use proptest::prelude::*;

use super::Username;

/// Python's `urllib.parse.unquote`, implemented from its documentation: decodes `%xx` to bytes, and the bytes as UTF-8
/// with U+FFFD for invalid sequences.
fn unquote(text: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        match (byte, hex(bytes.get(position + 1)), hex(bytes.get(position + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap());
                position += 3;
            }
            _ => {
                decoded.push(byte);
                position += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Removes white space and invisible characters at both ends.
fn trim(text: &str) -> &str {
    let invisible = |character| {
        matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
    };
    text.trim_matches(|character: char| character.is_whitespace() || invisible(character))
}

proptest! {
    #[test]
    fn returned_username_is_unchanged(sent in r"[a-zA-Z0-9%_+.-]{1,40}@?[a-z0-9%]{0,10}") {
        let has_address = sent.contains('@') || !unquote(&sent).contains('@');
        let username = Username::parse_returned(&sent);
        let expected = if has_address { sent.clone() } else { trim(&unquote(&sent)).to_owned() };
        prop_assert_eq!(username.as_ref().map(Username::as_str), Some(expected.as_str()));
    }

    #[test]
    fn username_is_trimmed_decoded_and_trimmed_again(sent in r"(\PC|[ \t%+@]|%[0-9a-fA-F]{2}|%[0-9a-zA-Z]){0,24}") {
        let expected = trim(&unquote(trim(&sent))).to_owned();
        let username = Username::parse(&sent);
        prop_assert_eq!(username.as_ref().map(Username::as_str), Some(expected.as_str()).filter(|name| !name.is_empty()));
    }

    #[test]
    fn plain_username_is_unchanged(name in "[a-z0-9.+_-]{1,20}@[a-z0-9.-]{1,20}") {
        let username = Username::parse(&name);
        prop_assert_eq!(username.as_ref().map(Username::as_str), Some(name.as_str()));
    }

    #[test]
    fn encoded_username_equals_plain_one(name in "[a-z%+]{1,20}@[a-zé ]{0,10}[a-z]") {
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let username = Username::parse(&encoded);
        prop_assert_eq!(username.as_ref().map(Username::as_str), Some(name.as_str()));
    }
}

#[test]
fn percent_decoding_matches_python() {
    // python3 -c 'from urllib.parse import unquote as u; print(u("..."))'
    let rows = [
        ("user%40igad.int", "user@igad.int"),
        (" user@igad.int ", "user@igad.int"),
        ("%20user%40igad.int%0A", "user@igad.int"),
        ("first+last@igad.int", "first+last@igad.int"),
        ("100%", "100%"),
        ("%4", "%4"),
        ("%zz%40", "%zz@"),
        ("%2540", "%40"),
        ("%C3%A9", "\u{e9}"),
        ("%C3", "\u{fffd}"),
        ("a%FFb", "a\u{fffd}b"),
        ("\u{e9}%41", "\u{e9}A"),
    ];
    for (sent, expected) in rows {
        assert_eq!(Username::parse(sent).unwrap().as_str(), expected);
    }
}

#[test]
fn blank_username_is_rejected() {
    for sent in ["", " \t", "%20", " %09%0A "] {
        assert_eq!(Username::parse(sent), None);
    }
}

#[test]
fn debug_output_omits_the_username() {
    assert_eq!(format!("{:?}", Username::parse("user@igad.int").unwrap()), "Username(..)");
}

#[test]
fn surrounding_invisible_characters_are_removed() {
    for sent in
        ["\u{200b}user@igad.int", "user@igad.int\u{feff}\u{200b} ", "\u{2060}%E2%80%8Buser%40igad.int\u{a0}"]
    {
        assert_eq!(Username::parse(sent).unwrap().as_str(), "user@igad.int");
    }
    assert_eq!(Username::parse("\u{200b}"), None);
}

#[test]
fn returned_username_as_typed_is_decoded() {
    let rows = [
        ("b7d8f6e4-0001", "b7d8f6e4-0001"),
        ("50%25off", "50%25off"),
        ("user%2Btag@igad.int", "user%2Btag@igad.int"),
        ("user%40igad.int", "user@igad.int"),
        (" user@igad.int", "user@igad.int"),
        ("user%40igad.int\u{200b}", "user@igad.int"),
    ];
    for (sent, expected) in rows {
        assert_eq!(Username::parse_returned(sent).unwrap().as_str(), expected);
    }
    for sent in ["", " ", "\u{200b}"] {
        assert_eq!(Username::parse_returned(sent), None);
    }
}
