//! Constraints on request members that Cognito checks before anything else.

use serde_json::Value;

use crate::exception::Exception;

/// Longest `Username`, in characters.
const USERNAME_LENGTH: usize = 128;

/// Requirement that a member did not meet, in Cognito's words.
enum Constraint {
    Pattern(&'static str),
    MaximumLength(usize),
}

/// Checks the members of a request that have constraints.
///
/// # Errors
///
/// `InvalidParameterException` that lists every member whose constraint is violated.
pub(super) fn validate(input: &Value) -> Result<(), Exception> {
    let members = [
        ("username", &input["Username"], username as fn(&str) -> Option<Constraint>),
        ("password", &input["Password"], password),
        // The API model has no constraint here: public reports show the message for challenges.
        ("password", &input["ChallengeResponses"]["NEW_PASSWORD"], password),
        ("previousPassword", &input["PreviousPassword"], password),
        ("proposedPassword", &input["ProposedPassword"], password),
        ("confirmationCode", &input["ConfirmationCode"], confirmation_code),
    ];
    let violations: Vec<_> = members
        .into_iter()
        .filter_map(|(name, value, check)| Some(message(name, &check(value.as_str()?)?)))
        .collect();
    match violations.len() {
        0 => Ok(()),
        1 => Err(Exception::invalid_parameter(format!("1 validation error detected: {}", violations[0]))),
        count => Err(Exception::invalid_parameter(format!(
            "{count} validation errors detected: {}",
            violations.join("; ")
        ))),
    }
}

fn message(member: &str, constraint: &Constraint) -> String {
    let requirement = match constraint {
        Constraint::Pattern(pattern) => format!("satisfy regular expression pattern: {pattern}"),
        Constraint::MaximumLength(length) => format!("have length less than or equal to {length}"),
    };
    format!("Value at '{member}' failed to satisfy constraint: Member must {requirement}")
}

fn username(value: &str) -> Option<Constraint> {
    // The pattern excludes separators, control characters and invisible format characters.
    let is_excluded = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if value.is_empty() || value.contains(is_excluded) {
        Some(Constraint::Pattern(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"))
    } else {
        (value.chars().count() > USERNAME_LENGTH).then_some(Constraint::MaximumLength(USERNAME_LENGTH))
    }
}

fn password(value: &str) -> Option<Constraint> {
    let conforms = value.chars().count() >= 2
        && !value.starts_with(is_space)
        && !value.ends_with(is_space)
        // `.` matches no line break.
        && !value.contains(['\n', '\r']);
    (!conforms).then_some(Constraint::Pattern(r"^[\S]+.*[\S]+$"))
}

fn confirmation_code(value: &str) -> Option<Constraint> {
    (value.is_empty() || value.contains(is_space)).then_some(Constraint::Pattern(r"[\S]+"))
}

/// White space as `\s` matches it in Cognito's patterns: ASCII alone.
fn is_space(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\u{b}'
}
