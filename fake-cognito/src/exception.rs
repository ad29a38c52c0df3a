//! What Cognito says instead of doing what it is asked for.

use serde_json::{Value, json};

/// An exception of Cognito, as its documentation names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub message: String,
}

/// What an operation leads to.
pub type Reply = Result<Value, Exception>;

impl Exception {
    /// The exception `name`, with `message`.
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

    /// As Cognito sends it (AWS JSON 1.1): a status and a body.
    pub fn to_http(&self) -> (u16, Value) {
        let status = if self.name == "InternalErrorException" { 500 } else { 400 };
        (status, json!({ "__type": self.name, "message": self.message }))
    }
}

/// The text in a member of what was asked.
///
/// # Errors
///
/// `InvalidParameterException` where there is none.
pub(crate) fn text<'a>(input: &'a Value, member: &str) -> Result<&'a str, Exception> {
    let missing = || Exception::invalid_parameter(format!("Missing required parameter {member}"));
    input[member].as_str().filter(|text| !text.is_empty()).ok_or_else(missing)
}
