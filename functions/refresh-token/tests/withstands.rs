//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use shared::testing::withstands::{Subject, tokens};

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_refresh-token"),
        event: include_str!("../../../events/refresh-token.json"),
        variables: &[],
        replies: vec![("GetTokensFromRefreshToken", tokens())],
        attempts: 1,
        unavailable: Subject::unavailable("Token refresh failed"),
    };
    subject.withstands_the_worst();
}
