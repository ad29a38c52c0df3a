use test_support::Log;
use tracing::level_filters::LevelFilter;

use super::{describe, redact, subscriber};
use crate::model::error::{Error, SafeMessage};

#[test]
fn quoted_values_and_addresses_are_redacted() {
    let rows = [
        ("Incorrect username or password.", "Incorrect username or password."),
        (
            "1 validation error detected: Value 'a b' at 'username' failed",
            "1 validation error detected: Value \u{2026} failed",
        ),
        ("User user@igad.int is gone", "User \u{2026} is gone"),
        ("no end to 'this", "no end to \u{2026}"),
        ("Value 'it's a secret' is not one", "Value \u{2026} is not one"),
    ];
    for (message, redacted) in rows {
        assert_eq!(redact(message), redacted);
    }
}

#[test]
fn text_of_triggers_is_redacted() {
    let rows = [
        (
            "UserLambdaValidationException: PreSignUp failed with error Jane Doe, +254 700 000000, is not invited.",
            "UserLambdaValidationException: PreSignUp failed with error \u{2026}",
        ),
        (
            "UnexpectedLambdaException: PreSignUp invocation failed due to error +254700000000.",
            "UnexpectedLambdaException: PreSignUp invocation failed due to error \u{2026}",
        ),
        (
            "UnexpectedLambdaException: PreSignUp invocation failed due to error Jane Doe failed with error 42",
            "UnexpectedLambdaException: PreSignUp invocation failed due to error \u{2026}",
        ),
        (
            "NotAuthorizedException: PreSignUp Failed With Error Jane Doe",
            "NotAuthorizedException: PreSignUp Failed With Error \u{2026}",
        ),
        ("UserLambdaValidationException: Jane Doe", "UserLambdaValidationException \u{2026}"),
        ("UserLambdaValidationException", "UserLambdaValidationException"),
    ];
    for (message, redacted) in rows {
        assert_eq!(redact(message), redacted);
    }
}

#[test]
fn description_of_an_error_includes_its_cause() {
    let error = Error::internal("the token 'eyJ' cannot be read");
    assert_eq!(describe(&error), "internal error: the token \u{2026} cannot be read");
}

#[test]
fn safe_messages_are_not_redacted() {
    let error = Error::internal(SafeMessage::from("Cognito's response to GetUser has no sub"));
    assert_eq!(describe(&error), "internal error: Cognito's response to GetUser has no sub");
}

#[test]
fn line_break_cannot_forge_a_log_entry() {
    assert_eq!(redact("one\n{\"status\": 200}"), "one {\u{2026}: 200}");
}

#[test]
fn only_errors_of_the_runtime_are_logged() {
    let log = Log::default();
    let writer = log.clone();
    tracing::subscriber::with_default(
        subscriber("login", LevelFilter::TRACE, move || writer.clone()),
        || {
            tracing::error!(target: "lambda_runtime::layers::api_client", "response rejected");
            tracing::warn!(target: "lambda_runtime::layers::api_client", "warning");
            tracing::trace!(target: "lambda_runtime::layers::api_response", "payload");
            tracing::error!(target: "lambda_runtime::runtime", "message of a panic");
        },
    );
    let text = log.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(r#""level":"ERROR","message":"response rejected""#), "{text}");
}
