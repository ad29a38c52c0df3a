//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_logout"),
        event: include_str!("../../../events/logout-200-everywhere-and-this-session.json"),
        variables: &[],
        replies: vec![("GlobalSignOut", json!({})), ("RevokeToken", json!({}))],
        attempts: 4,
        unavailable: (200, json!({ "message": "Logged out successfully" })),
    };
    subject.withstands_the_worst();
}
