//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_change-password"),
        event: include_str!("../../../events/change-password.json"),
        variables: &[],
        replies: vec![("ChangePassword", json!({}))],
        attempts: 1,
        unavailable: Subject::unavailable("Password change failed"),
    };
    subject.withstands_the_worst();
}
