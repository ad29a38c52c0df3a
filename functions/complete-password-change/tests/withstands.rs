//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use shared::testing::withstands::{Subject, tokens};

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_complete-password-change"),
        event: include_str!("../../../events/complete-password-change.json"),
        variables: &[],
        replies: vec![("AdminRespondToAuthChallenge", tokens())],
        attempts: 1,
        unavailable: Subject::unavailable("Password change failed"),
    };
    subject.withstands_the_worst();
}
