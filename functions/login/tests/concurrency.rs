//! Isolation of concurrent requests in one process (Lambda Managed Instances).

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};
use test_support::{
    endpoint::{Connection, Endpoint, ReceivedRequest, respond},
    process::{Function, response},
    unsigned_token,
};

/// Number of concurrent invocations of the process.
const CONCURRENCY: usize = 16;

fn event_of(user: &str) -> String {
    let mut event: Value = serde_json::from_str(include_str!("../../../events/login.json")).unwrap();
    event["body"] = json!({ "username": user, "password": format!("password of {user}") }).to_string().into();
    event["requestContext"]["requestId"] = format!("request-of-{user}").into();
    event.to_string()
}

#[test]
fn concurrent_responses_are_not_mixed_up() {
    // Cognito responds once all concurrent requests have arrived, so that they overlap.
    let waiting = Arc::new((Mutex::new(0), Condvar::new()));
    let endpoint = Endpoint::plain(move |request: &ReceivedRequest, connection: &mut dyn Connection| {
        if request.line.starts_with("GET") {
            return respond(connection, 200, r#"{"keys": []}"#);
        }
        let (count, changed) = &*waiting;
        let mut count = count.lock().unwrap();
        *count += 1;
        let round = (*count - 1) / CONCURRENCY + 1;
        changed.notify_all();
        drop(changed.wait_while(count, |count| *count < round * CONCURRENCY).unwrap());
        let user = request.body["AuthParameters"]["USERNAME"].as_str().unwrap_or_default();
        assert_eq!(request.body["AuthParameters"]["PASSWORD"], format!("password of {user}"));
        let id_token = unsigned_token(&json!({ "sub": format!("id of {user}"), "email": user }));
        let tokens = json!({
            "AuthenticationResult": {
                "AccessToken": format!("access of {user}"), "IdToken": id_token, "ExpiresIn": 3600
            }
        });
        respond(connection, 200, &tokens.to_string())
    });
    let concurrency = CONCURRENCY.to_string();
    let variables =
        [("AWS_ENDPOINT_URL", endpoint.url()), ("AWS_LAMBDA_MAX_CONCURRENCY", concurrency.as_str())];
    let function = Function::start(env!("CARGO_BIN_EXE_login"), &variables);

    let users: Vec<String> = (0..CONCURRENCY * 20).map(|number| format!("user{number}@igad.int")).collect();
    let pending: Vec<_> = users.iter().map(|user| function.send(event_of(user))).collect();
    for (user, pending) in users.iter().zip(pending) {
        let (status, body) = response(&pending);
        assert_eq!((status, &body["user"]["email"]), (200, &json!(user)), "{body}");
        assert_eq!(body["user"]["user_id"], format!("id of {user}"));
        assert_eq!(body["access_token"], format!("access of {user}"));
    }
}
