//! Start of the real binary in invalid environments.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

use serde_json::Value;
use test_support::process::Function;

#[test]
fn invalid_environment_stops_the_start() {
    let cases = [
        (("COGNITO_CLIENT_ID", ""), "environment variable COGNITO_CLIENT_ID is not set"),
        (
            ("COGNITO_USER_POOL_ID", "us-east-1_AbCdEfGhI"),
            "environment variable COGNITO_USER_POOL_ID is malformed: expected a user pool of AWS_REGION, since no \
             other can be reached",
        ),
        (
            ("SSL_CERT_FILE", "/nowhere/roots.pem"),
            "cannot start: no certificate authority can be read from what SSL_CERT_FILE or SSL_CERT_DIR names",
        ),
        (
            ("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
            "cannot start: no certificate authority can be read from what SSL_CERT_FILE or SSL_CERT_DIR names",
        ),
    ];
    for (variable, message) in cases {
        let (content, log) = Function::start(env!("CARGO_BIN_EXE_login"), &[variable]).end();
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!content);
        assert_eq!(lines.len(), 1, "{log}");
        assert_eq!((&lines[0]["level"], lines[0]["message"].as_str()), (&"ERROR".into(), Some(message)));
    }
}
