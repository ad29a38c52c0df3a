//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use shared::testing::withstands::{Subject, tokens};

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_login"),
        event: include_str!("../../../events/login.json"),
        variables: &[],
        replies: vec![("AdminInitiateAuth", tokens())],
        attempts: 1,
        unavailable: Subject::unavailable("Login failed"),
    };
    subject.withstands_the_worst();
}
