//! Exceptions that AWS documents for each operation in use.

/// Exceptions of the API reference: one line for each operation, with the names of its exceptions without the suffix
/// `Exception`.
const EXCEPTIONS: &str = include_str!("exceptions.txt");

/// Common errors of every operation that public reports show for Cognito:
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html>.
const COMMON: [&str; 3] = ["AccessDeniedException", "ThrottlingException", "UnrecognizedClientException"];

/// Every exception that is documented for `operation`.
pub fn exceptions(operation: &str) -> Vec<String> {
    let line = EXCEPTIONS.lines().find_map(|line| line.strip_prefix(operation)?.strip_prefix(": "));
    let names = line.unwrap_or_else(|| panic!("{operation} is not in exceptions.txt")).split(' ');
    names.map(|name| format!("{name}Exception")).chain(COMMON.map(str::to_owned)).collect()
}
