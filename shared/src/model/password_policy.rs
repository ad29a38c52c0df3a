//! Password policy of the pool, for a sign-up that does not reach Cognito.

use std::ops::RangeInclusive;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{error::Error, exception::Subject};

/// Password lengths that the API accepts, whatever the policy.
const LENGTHS: RangeInclusive<usize> = 6..=256;

/// Rules of the user pool for a new password.
///
/// Cognito enforces them. This service needs them to respond as Cognito would, without a call to Cognito.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PasswordPolicy {
    /// Minimum number of characters.
    pub minimum_length: usize,
    /// Whether an uppercase letter is required.
    pub uppercase: bool,
    /// Whether a lowercase letter is required.
    pub lowercase: bool,
    /// Whether a digit is required.
    pub numbers: bool,
    /// Whether a symbol is required.
    pub symbols: bool,
}

impl PasswordPolicy {
    /// Parses `PASSWORD_POLICY`: the minimum length and the required classes of characters, separated by white space
    /// (`8 uppercase lowercase numbers symbols`).
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let mut policy = Self { minimum_length: words.next()?.parse().ok()?, ..Self::default() };
        for word in words {
            match word {
                "uppercase" => policy.uppercase = true,
                "lowercase" => policy.lowercase = true,
                "numbers" => policy.numbers = true,
                "symbols" => policy.symbols = true,
                _ => return None,
            }
        }
        Some(policy)
    }

    /// Checks `password` as Cognito does, with the exceptions that Cognito raises. The constraints of the API precede
    /// the policy: 6 to 256 characters, `^[\S]+.*[\S]+$`. The classes of characters are ASCII's:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html>.
    ///
    /// # Errors
    ///
    /// `InvalidParameterException` or `InvalidPasswordException`.
    pub fn check(&self, password: &SecretString) -> Result<(), Error> {
        let password = password.expose_secret();
        let length = password.chars().count();
        let is_white_space = |character: char| character.is_ascii_whitespace() || character == '\u{b}';
        let has_white_end = password.starts_with(is_white_space) || password.ends_with(is_white_space);
        if !LENGTHS.contains(&length) || has_white_end || password.contains(['\n', '\r']) {
            return Err(Error::invalid_parameter(Subject::Password));
        }
        let has = |is: fn(&char) -> bool| password.chars().any(|character| is(&character));
        let is_symbol = |character: &char| character.is_ascii_punctuation() || *character == ' ';
        let conforms = length >= self.minimum_length
            && (!self.uppercase || has(char::is_ascii_uppercase))
            && (!self.lowercase || has(char::is_ascii_lowercase))
            && (!self.numbers || has(char::is_ascii_digit))
            && (!self.symbols || has(is_symbol));
        if conforms { Ok(()) } else { Err(Error::invalid_password()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(policy: &PasswordPolicy, password: &str) -> Option<String> {
        policy.check(&SecretString::from(password)).err().map(|error| error.reason().to_owned())
    }

    #[test]
    fn policy_requires_length_and_each_class() {
        let policy = PasswordPolicy::parse("8 uppercase lowercase numbers symbols").unwrap();
        for password in ["Corr3ct-Horse!", "Corr3ct Horse"] {
            assert_eq!(exception(&policy, password), None);
        }
        for password in ["Sh0rt-!", "corr3ct-horse!", "CORR3CT-HORSE!", "Correct-Horse!", "Corr3ctHorse"] {
            assert_eq!(
                exception(&policy, password).as_deref(),
                Some("InvalidPasswordException"),
                "{password}"
            );
        }
    }

    #[test]
    fn api_constraints_apply_without_a_policy() {
        let any = PasswordPolicy::default();
        for password in ["abcdef", "\u{a0}abcde\u{a0}", &"a".repeat(256)] {
            assert_eq!(exception(&any, password), None, "{password:?}");
        }
        for password in ["", "a", "abcde", " abcdef", "abcdef\t", "abc\ndef", &"a".repeat(257)] {
            assert_eq!(
                exception(&any, password).as_deref(),
                Some("InvalidParameterException"),
                "{password:?}"
            );
        }
    }

    #[test]
    fn malformed_policy_is_rejected() {
        for text in ["", "uppercase", "-1", "8 capitals", "8,uppercase"] {
            assert_eq!(PasswordPolicy::parse(text), None, "{text}");
        }
    }
}
