//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_verify-totp"),
        event: include_str!("../../../events/verify-totp.json"),
        variables: &[],
        replies: vec![
            ("VerifySoftwareToken", json!({ "Status": "SUCCESS" })),
            ("GetUser", json!({ "Username": "1", "UserAttributes": [] })),
            ("SetUserMFAPreference", json!({})),
        ],
        attempts: 1,
        unavailable: Subject::unavailable("Set-up failed"),
    };
    subject.withstands_the_worst();
}
