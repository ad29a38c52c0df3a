//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_prefer-factor"),
        event: include_str!("../../../events/prefer-factor.json"),
        variables: &[],
        replies: vec![("SetUserMFAPreference", json!({}))],
        attempts: 2,
        unavailable: Subject::unavailable("Preference failed"),
    };
    subject.withstands_the_worst();
}
