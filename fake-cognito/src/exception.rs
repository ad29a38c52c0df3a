//! Exceptions of Cognito.

use serde_json::{Value, json};

/// Exception of Cognito.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Name in the API reference.
    pub name: &'static str,
    /// Message.
    pub message: String,
}

/// Output or exception of an operation.
pub type OperationResult = Result<Value, Exception>;

impl Exception {
    /// Exception with this name and message.
    pub fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, message: message.into() }
    }

    pub(crate) fn not_authorized(message: &str) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn code_mismatch() -> Self {
        Self::new("CodeMismatchException", "Invalid verification code provided, please try again.")
    }

    pub(crate) fn expired_code() -> Self {
        Self::new("ExpiredCodeException", "Invalid code provided, please request a code again.")
    }

    pub(crate) fn user_not_found() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    /// HTTP status and body (AWS JSON 1.1).
    pub fn to_http(&self) -> (u16, Value) {
        let status = if self.name == "InternalErrorException" { 500 } else { 400 };
        (status, json!({ "__type": self.name, "message": self.message }))
    }
}

/// Text of a member of the input.
///
/// # Errors
///
/// `InvalidParameterException` if the member is missing or empty.
pub(crate) fn text<'a>(input: &'a Value, member: &str) -> Result<&'a str, Exception> {
    let missing = || Exception::invalid_parameter(format!("Missing required parameter {member}"));
    input[member].as_str().filter(|text| !text.is_empty()).ok_or_else(missing)
}
