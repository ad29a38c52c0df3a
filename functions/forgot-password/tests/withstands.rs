//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_forgot-password"),
        event: include_str!("../../../events/forgot-password.json"),
        variables: &[],
        replies: vec![("ForgotPassword", json!({}))],
        attempts: 1,
        unavailable: Subject::unavailable("Failed to send reset code"),
    };
    subject.withstands_the_worst();
}
