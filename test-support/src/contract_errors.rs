//! The contract's table of errors, for tests: what a client reads, and what a request counts as, for each exception.
//!
//! Written down a second time on purpose: a test must not ask the code under test what is right.

use serde_json::{Value, json};

use super::{answer::Answer, exceptions::exceptions, reply::Reply};

/// The exceptions that the contract has for every route.
const COMMON: [&str; 14] = [
    "AccessDeniedException",
    "AliasExistsException",
    "CodeDeliveryFailureException",
    "ConcurrentModificationException",
    "ExpiredTokenException",
    "ForbiddenException",
    "InvalidSignatureException",
    "LimitExceededException",
    "ResourceNotFoundException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "TooManyFailedAttemptsException",
    "UnrecognizedClientException",
    "UserLambdaValidationException",
];

/// Exceptions that only a message tells apart, as Cognito words them, and the name of the contract's row for them.
const BY_MESSAGE: [(&str, &str, &str); 6] = [
    ("NotAuthorizedException", "Unable to verify secret hash for client 1example23456789", CLIENT_SECRET),
    (
        "NotAuthorizedException",
        "Client 1example23456789 is configured with secret but SECRET_HASH was not received",
        CLIENT_SECRET,
    ),
    ("NotAuthorizedException", "SecretHash does not match for the client: 1example23456789", CLIENT_SECRET),
    ("InvalidParameterException", "Invalid client secret", CLIENT_SECRET),
    ("NotAuthorizedException", "PreAuthentication failed with error Not on the list.", TRIGGER),
    ("UserLambdaValidationException", "PreSignUp failed with error Not on the list.", TRIGGER),
];

const CLIENT_SECRET: &str = "InternalErrorException";
const TRIGGER: &str = "UserLambdaValidationException";

/// An exception of Cognito, and the contract's response to it.
#[derive(Debug)]
pub struct ContractError {
    /// What Cognito replies.
    pub reply: Reply,
    /// The exception's name.
    pub exception: String,
    status: u16,
    detail: String,
    error_type: String,
    outcome: &'static str,
}

impl ContractError {
    /// Asserts that `answer` is the response to this exception, and that the audit line counts it as the contract says.
    pub fn assert_answered(&self, answer: &Answer) {
        let Self { reply, status, detail, error_type, outcome, .. } = self;
        let context = reply.text();
        assert_eq!(
            (answer.status(), &answer.audit_line()["outcome"]),
            (*status, &json!(outcome)),
            "{context}"
        );
        assert_eq!(answer.audit_line()[outcome], 1, "{context}");
        if *status == 200 {
            return;
        }
        assert_eq!(answer.error(), (*status, detail.clone(), error_type.as_str()), "{context}");
        let retry_after = match (status, error_type.as_str()) {
            (429, "LimitExceededException" | "TooManyFailedAttemptsException") => Some("900"),
            (429 | 503, _) => Some("5"),
            _ => None,
        };
        assert_eq!(answer.header("retry-after"), retry_after, "{context}");
        if matches!(*outcome, "UpstreamFailures" | "Failures") {
            let is_error = |line: &str| {
                serde_json::from_str::<Value>(line)
                    .is_ok_and(|line| line["level"] == "ERROR" && line["message"] != "request")
            };
            assert!(answer.log().lines().any(is_error), "the cause is logged at ERROR: {context}");
        }
    }
}

/// Every exception that is documented for `operation`, those that the contract has for every route, and those that
/// `rows` name beside them, with the response that `rows` have, or else the contract's for all routes.
///
/// `prefixes` are the route's error prefix and failure prefix. The deployment hides which users exist. A row with the
/// status 200 stands for an error that the client does not learn of.
pub fn contract_errors(
    operation: &str,
    prefixes: [&str; 2],
    rows: &[(&str, u16, &str)],
) -> Vec<ContractError> {
    let mut names = exceptions(operation);
    for name in COMMON.iter().chain(rows.iter().map(|(name, ..)| name)) {
        if !names.iter().any(|known| known == name) {
            names.push((*name).to_owned());
        }
    }
    let by_name = names.iter().map(|name| {
        let reply = Reply::synthetic_error(name, "as documented");
        contract_error(reply, name, prefixes, rows)
    });
    let by_message = BY_MESSAGE.into_iter().map(|(name, message, row)| {
        // With a session, the client may have sent another username than the one that the hash is over.
        let is_about_username =
            operation == "AdminRespondToAuthChallenge" && message.starts_with("SecretHash");
        let row = if is_about_username { name } else { row };
        contract_error(Reply::synthetic_error(name, message), row, prefixes, rows)
    });
    by_name.chain(by_message).collect()
}

fn contract_error(
    reply: Reply,
    exception: &str,
    [error_prefix, failure_prefix]: [&str; 2],
    rows: &[(&str, u16, &str)],
) -> ContractError {
    let row = |name: &str| rows.iter().find(|(exception, ..)| *exception == name);
    let hides_user = exception == "UserNotFoundException" && row(exception).is_none();
    let exception = if hides_user { "NotAuthorizedException" } else { exception };
    let (status, detail) = match row(exception) {
        Some((_, status, detail)) => (*status, (*detail).to_owned()),
        None => {
            let status = common_status(exception);
            let detail = match exception {
                "ServiceUnavailableException" => format!("{failure_prefix}: identity provider unavailable"),
                CLIENT_SECRET if reply.mentions_client_secret() => {
                    format!("{failure_prefix}: internal error")
                }
                "CodeDeliveryFailureException" => "Verification code could not be sent".to_owned(),
                _ => format!("{error_prefix}: {exception}"),
            };
            (status, detail)
        }
    };
    let error_type = if detail == "Invalid token" { "NotAuthorizedException" } else { exception };
    let outcome = match exception {
        CLIENT_SECRET if reply.mentions_client_secret() => "Failures",
        "AccessDeniedException"
        | "ExpiredTokenException"
        | "InvalidSignatureException"
        | "UnrecognizedClientException" => "Failures",
        "ResourceNotFoundException" if status == 500 => "Failures",
        "ForbiddenException" | "UserLambdaValidationException" => "UpstreamRefusals",
        "CodeDeliveryFailureException" => "UpstreamFailures",
        _ if status >= 500 => "UpstreamFailures",
        _ => "Refused",
    };
    ContractError {
        reply,
        exception: exception.to_owned(),
        status,
        detail,
        error_type: error_type.to_owned(),
        outcome,
    }
}

fn common_status(exception: &str) -> u16 {
    match exception {
        "NotAuthorizedException" => 401,
        "PasswordResetRequiredException"
        | "UserNotConfirmedException"
        | "UserLambdaValidationException"
        | "ForbiddenException" => 403,
        "LimitExceededException"
        | "TooManyRequestsException"
        | "TooManyFailedAttemptsException"
        | "ThrottlingException"
        | "ConcurrentModificationException" => 429,
        "InvalidParameterException" | "AliasExistsException" => 400,
        "CodeDeliveryFailureException" | "ServiceUnavailableException" => 503,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_exception_has_one_response() {
        let rows = [("ForbiddenException", 418, "No"), ("OtherException", 409, "Other")];
        let errors = contract_errors("RevokeToken", ["Refused", "Failed"], &rows);
        let by_name = &errors[..errors.len() - BY_MESSAGE.len()];
        let names: BTreeSet<_> = by_name.iter().map(|it| it.exception.as_str()).collect();
        assert_eq!(names.len(), by_name.len());
        assert!(exceptions("RevokeToken").iter().all(|name| names.contains(name.as_str())));
        let of = |name| {
            let it = errors.iter().find(|it| it.exception == name).unwrap();
            (it.status, it.detail.as_str())
        };
        assert_eq!(of("ForbiddenException"), (418, "No"));
        assert_eq!(of("OtherException"), (409, "Other"));
        assert_eq!(of("TooManyRequestsException"), (429, "Refused: TooManyRequestsException"));
        assert_eq!(of("InternalErrorException"), (500, "Refused: InternalErrorException"));
        assert_eq!(of("ServiceUnavailableException"), (503, "Failed: identity provider unavailable"));
    }
}
