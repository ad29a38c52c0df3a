//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_delete-passkey"),
        event: include_str!("../../../events/delete-passkey.json"),
        variables: &[],
        replies: vec![("DeleteWebAuthnCredential", json!({}))],
        attempts: 1,
        unavailable: Subject::unavailable("Passkey failed"),
    };
    subject.withstands_the_worst();
}
