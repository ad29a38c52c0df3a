//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_set-up-totp"),
        event: include_str!("../../../events/set-up-totp.json"),
        variables: &[],
        replies: vec![("AssociateSoftwareToken", json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }))],
        attempts: 1,
        unavailable: Subject::unavailable("Set-up failed"),
    };
    subject.withstands_the_worst();
}
