//! The real binary, and a Cognito, a network and a Lambda that do their worst.

use serde_json::json;
use shared::testing::withstands::Subject;

#[test]
fn it_withstands_the_worst() {
    let subject = Subject {
        binary: env!("CARGO_BIN_EXE_start-login"),
        event: include_str!("../../../events/start-login.json"),
        variables: &[],
        replies: vec![(
            "AdminInitiateAuth",
            json!({ "ChallengeName": "EMAIL_OTP", "Session": "a session of Cognito", "ChallengeParameters": {} }),
        )],
        attempts: 1,
        unavailable: Subject::unavailable("Login failed"),
    };
    subject.withstands_the_worst();
}
