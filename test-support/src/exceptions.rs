//! The exceptions that AWS documents for each operation that is asked for here.

/// A line for each operation: its name, and the names of its exceptions without the `Exception` in which all end, from
/// the API reference.
const EXCEPTIONS: &str = include_str!("exceptions.txt");

/// Those that may be raised in front of every operation
/// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html>), and that did
/// reach somebody who asked Cognito.
const COMMON: [&str; 3] = ["AccessDeniedException", "ThrottlingException", "UnrecognizedClientException"];

/// Every exception that is documented for `operation`.
pub fn exceptions(operation: &str) -> Vec<String> {
    let line = EXCEPTIONS.lines().find_map(|line| line.strip_prefix(operation)?.strip_prefix(": "));
    let names = line.unwrap_or_else(|| panic!("{operation} is not in exceptions.txt")).split(' ');
    names.map(|name| format!("{name}Exception")).chain(COMMON.map(str::to_owned)).collect()
}
