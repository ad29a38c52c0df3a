//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_reset-password"),
        event: include_str!("../../../events/reset-password.json"),
        variables: &[],
        replies: vec![("ConfirmForgotPassword", json!({}))],
        attempts: 1,
        unavailable: Subject::unavailable("Failed to reset password"),
    };
    subject.withstands_the_worst();
}
