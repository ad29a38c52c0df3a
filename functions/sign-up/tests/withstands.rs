//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_sign-up"),
        event: include_str!("../../../events/sign-up.json"),
        variables: &[("SELF_SIGN_UP", "true")],
        replies: vec![("SignUp", json!({ "UserConfirmed": false, "UserSub": "1" }))],
        attempts: 1,
        unavailable: Subject::unavailable("Sign-up failed"),
    };
    subject.withstands_the_worst();
}
