//! Error mappings of the contract: response and outcome for each exception of Cognito.
//!
//! They duplicate the code under test on purpose, so that a change of the code fails a test.

use serde_json::{Value, json};

use super::{cognito_response::CognitoResponse, exceptions::exceptions, test_response::TestResponse};

/// Exceptions with a mapping for every route.
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

/// Exceptions that differ only by Cognito's message, and the name of their mapping.
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

/// An exception of Cognito, and the response that the contract has for it.
#[derive(Debug)]
pub struct ContractError {
    /// Response of Cognito.
    pub cognito_response: CognitoResponse,
    /// Name of the exception.
    pub exception: String,
    status: u16,
    detail: String,
    error_type: String,
    outcome: &'static str,
}

impl ContractError {
    /// Asserts that `response` is the response to this exception, and that its audit line has the outcome of the contract.
    pub fn assert_response(&self, response: &TestResponse) {
        let Self { cognito_response, status, detail, error_type, outcome, .. } = self;
        let context = cognito_response.text();
        assert_eq!(
            (response.status(), &response.audit_line()["outcome"]),
            (*status, &json!(outcome)),
            "{context}"
        );
        assert_eq!(response.audit_line()[outcome], 1, "{context}");
        if *status == 200 {
            return;
        }
        assert_eq!(response.error(), (*status, detail.clone(), error_type.as_str()), "{context}");
        let retry_after = match (status, error_type.as_str()) {
            (429, "LimitExceededException" | "TooManyFailedAttemptsException") => Some("900"),
            (429 | 503, _) => Some("5"),
            _ => None,
        };
        assert_eq!(response.header("retry-after"), retry_after, "{context}");
        if matches!(*outcome, "UpstreamFailures" | "Failures") {
            let is_error = |line: &str| {
                serde_json::from_str::<Value>(line)
                    .is_ok_and(|line| line["level"] == "ERROR" && line["message"] != "request")
            };
            assert!(response.log().lines().any(is_error), "the cause is logged at ERROR: {context}");
        }
    }
}

/// Exceptions of `operation` with the responses of the contract: those of the API reference, the common ones, and those
/// of `mappings`. `mappings` take precedence over the common mappings.
///
/// `prefixes` are the route's error prefix and failure prefix. The deployment hides which users exist. A mapping to 200
/// is an error that the client does not see.
pub fn contract_errors(
    operation: &str,
    prefixes: [&str; 2],
    mappings: &[(&str, u16, &str)],
) -> Vec<ContractError> {
    let mut names = exceptions(operation);
    for name in COMMON.iter().chain(mappings.iter().map(|(name, ..)| name)) {
        if !names.iter().any(|known| known == name) {
            names.push((*name).to_owned());
        }
    }
    let by_name = names.iter().map(|name| {
        let cognito_response = CognitoResponse::synthetic_error(name, "as documented");
        contract_error(cognito_response, name, prefixes, mappings)
    });
    let by_message = BY_MESSAGE.into_iter().map(|(name, message, mapping)| {
        // With a session, the client may have sent another username than the one that the hash is over.
        let is_about_username =
            operation == "AdminRespondToAuthChallenge" && message.starts_with("SecretHash");
        let mapping = if is_about_username { name } else { mapping };
        contract_error(CognitoResponse::synthetic_error(name, message), mapping, prefixes, mappings)
    });
    by_name.chain(by_message).collect()
}

fn contract_error(
    cognito_response: CognitoResponse,
    exception: &str,
    [error_prefix, failure_prefix]: [&str; 2],
    mappings: &[(&str, u16, &str)],
) -> ContractError {
    let mapping = |name: &str| mappings.iter().find(|(exception, ..)| *exception == name);
    let hides_user = exception == "UserNotFoundException" && mapping(exception).is_none();
    let exception = if hides_user { "NotAuthorizedException" } else { exception };
    let (status, detail) = match mapping(exception) {
        Some((_, status, detail)) => (*status, (*detail).to_owned()),
        None => {
            let status = common_status(exception);
            let detail = match exception {
                "ServiceUnavailableException" => format!("{failure_prefix}: identity provider unavailable"),
                CLIENT_SECRET if cognito_response.mentions_client_secret() => {
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
        CLIENT_SECRET if cognito_response.mentions_client_secret() => "Failures",
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
        cognito_response,
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
        let mappings = [("ForbiddenException", 418, "No"), ("OtherException", 409, "Other")];
        let errors = contract_errors("RevokeToken", ["Refused", "Failed"], &mappings);
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
