//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_factors"),
        event: include_str!("../../../events/factors.json"),
        variables: &[],
        replies: vec![("GetUserAuthFactors", json!({ "Username": "1" }))],
        attempts: 2,
        unavailable: Subject::unavailable("Factors failed"),
    };
    subject.withstands_the_worst();
}
