//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

fn subject() -> Subject {
    Subject {
        binary: env!("CARGO_BIN_EXE_resend-code"),
        event: include_str!("../../../events/resend-code.json"),
        variables: &[("SELF_SIGN_UP", "true")],
        replies: vec![("ResendConfirmationCode", json!({}))],
        attempts: 1,
        unavailable: Subject::unavailable("Sign-up failed"),
    }
}

#[test]
fn it_withstands_a_cognito_that_misbehaves() {
    subject().withstands_a_cognito_that_misbehaves();
}

#[test]
fn it_answers_before_its_time_out_where_cognito_is_silent() {
    subject().answers_before_its_time_out();
}

#[test]
fn it_outlives_connections_that_died_while_it_was_frozen() {
    subject().outlives_its_connections();
}

#[test]
fn it_asks_no_more_than_once_on_a_new_connection() {
    subject().asks_no_more_than_once_on_a_new_connection();
}

#[test]
fn it_keeps_no_secret_in_memory_once_the_next_request_is_answered() {
    subject().forgets();
}
