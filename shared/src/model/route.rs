//! What the errors of a route are called.

use lambda_http::http::StatusCode;

use super::error::CognitoName;

/// A route, and its rows in the contract's table of errors.
#[derive(Debug)]
pub struct Route {
    /// The last part of its path, and the name of its function.
    pub name: &'static str,
    /// What stands before the exception's name where Cognito refuses for a reason that is not in `refusals`.
    pub refused: &'static str,
    /// What stands before the reason where a request failed without Cognito's refusal.
    pub failed: &'static str,
    /// The exceptions of Cognito that mean something of their own on this route.
    pub refusals: &'static [Refusal],
}

/// What one or more exceptions of Cognito mean on a route.
#[derive(Debug)]
pub struct Refusal {
    /// The exceptions' names.
    pub codes: &'static [&'static str],
    /// The status of the answer. With 429 a `Retry-After` goes out.
    pub status: StatusCode,
    /// The sentence that the client gets.
    pub detail: &'static str,
}

impl Route {
    /// The row for `code`, if this route has one of its own.
    pub(crate) fn refusal(&self, code: &CognitoName) -> Option<&Refusal> {
        self.refusals.iter().find(|refusal| refusal.codes.contains(&code.as_str()))
    }
}

/// The status for an exception that has no row of its own on a route.
pub(crate) fn usual_status(code: &CognitoName) -> StatusCode {
    match code.as_str() {
        "NotAuthorizedException" | "UserNotFoundException" => StatusCode::UNAUTHORIZED,
        "UserNotConfirmedException" | "PasswordResetRequiredException" => StatusCode::FORBIDDEN,
        "TooManyRequestsException" | "LimitExceededException" => StatusCode::TOO_MANY_REQUESTS,
        "InvalidParameterException" => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
