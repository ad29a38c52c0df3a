//! The pool's password policy, for the one sign-up that Cognito does not see.

use secrecy::{ExposeSecret, SecretString};

/// The longest password that Cognito takes.
const LONGEST_PASSWORD: usize = 256;

/// Rules for a new password, as the user pool has them.
///
/// Cognito enforces them. This service needs them where it responds without a call to Cognito.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Characters that a password has at least.
    pub minimum_length: usize,
    /// Whether it has an uppercase letter.
    pub uppercase: bool,
    /// Whether it has a lowercase letter.
    pub lowercase: bool,
    /// Whether it has a digit.
    pub numbers: bool,
    /// Whether it has a symbol.
    pub symbols: bool,
}

impl PasswordPolicy {
    /// Reads `PASSWORD_POLICY`: the minimum length, and the kinds of characters that are required, separated by white
    /// space (`8 uppercase lowercase numbers symbols`).
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

    /// Whether Cognito takes `password`. The classes of characters are ASCII's:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html>. The constraint on white
    /// space at the ends is the API's own: `^[\S]+.*[\S]+$`.
    pub fn accepts(&self, password: &SecretString) -> bool {
        let password = password.expose_secret();
        let length = password.chars().count();
        let has = |is: fn(&char) -> bool| password.chars().any(|character| is(&character));
        let is_symbol = |character: &char| character.is_ascii_punctuation() || *character == ' ';
        let has_open_ends =
            !password.starts_with(char::is_whitespace) && !password.ends_with(char::is_whitespace);
        (self.minimum_length.max(2)..=LONGEST_PASSWORD).contains(&length)
            && has_open_ends
            && (!self.uppercase || has(char::is_ascii_uppercase))
            && (!self.lowercase || has(char::is_ascii_lowercase))
            && (!self.numbers || has(char::is_ascii_digit))
            && (!self.symbols || has(is_symbol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_requires_length_and_each_class() {
        let policy = PasswordPolicy::parse("8 uppercase lowercase numbers symbols").unwrap();
        let accepts = |password: &str| policy.accepts(&SecretString::from(password));
        assert!(accepts("Corr3ct-Horse!") && accepts("Corr3ct Horse"));
        for password in ["Sh0rt-!", "corr3ct-horse!", "CORR3CT-HORSE!", "Correct-Horse!", "Corr3ctHorse", ""]
        {
            assert!(!accepts(password), "{password}");
        }
    }

    #[test]
    fn white_space_at_an_end_is_rejected_by_any_policy() {
        let any = PasswordPolicy::default();
        for (password, accepted) in [("ab", true), ("a", false), (" ab", false), ("ab\u{a0}", false)] {
            assert_eq!(any.accepts(&SecretString::from(password)), accepted, "{password:?}");
        }
        assert!(!any.accepts(&SecretString::from("a".repeat(257))));
    }

    #[test]
    fn malformed_policy_is_rejected() {
        for text in ["", "uppercase", "-1", "8 capitals", "8,uppercase"] {
            assert_eq!(PasswordPolicy::parse(text), None, "{text}");
        }
    }
}
