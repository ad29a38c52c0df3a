//! The real binary, and what its memory keeps of those who have signed in.

#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

use serde_json::{Value, json};
use shared::testing::{
    endpoint::{Arrived, Connection, Endpoint, reply},
    process::Function,
    unsigned_token,
};

#[test]
fn nothing_remains_of_a_password_and_the_tokens_once_the_next_request_is_answered() {
    let [access_token, refresh_token] = ["the access token", "the refresh token"];
    let id_token = unsigned_token(&json!({ "sub": "the ID token's subject" }));
    let tokens = json!({
        "AuthenticationResult": {
            "AccessToken": access_token,
            "RefreshToken": refresh_token,
            "IdToken": id_token,
            "ExpiresIn": 3600
        }
    })
    .to_string();
    let endpoint = Endpoint::plain(move |arrived: &Arrived, connection: &mut dyn Connection| {
        let body = if arrived.line.starts_with("GET") { r#"{"keys": []}"# } else { &tokens };
        reply(connection, 200, body)
    });
    let function = Function::start(env!("CARGO_BIN_EXE_login"), &[("AWS_ENDPOINT_URL", endpoint.url())]);

    let event = include_str!("../../../events/login.json");
    for _ in 0..5 {
        assert_eq!(function.call(event.to_owned()).0, 200);
    }
    let mut without_secrets: Value = serde_json::from_str(event).expect("an event");
    without_secrets["body"] = "{}".into();
    // Only with the next event has the function let go of the last one.
    assert_eq!(function.call(without_secrets.to_string()).0, 422);

    assert!(function.remembers("1example23456789"), "the app client's id is needed for each request");
    for secret in ["SecureP@ssw0rd1", access_token, refresh_token, &id_token] {
        assert!(!function.remembers(secret), "{secret} is still in memory");
    }
}
