//! One process that serves many people at once (Lambda Managed Instances), none of whom may see
//! anything of another.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};
use test_support::{
    endpoint::{Arrived, Connection, Endpoint, reply},
    process::{Function, response},
    unsigned_token,
};

/// How many invocations the process is told to serve at once.
const AT_ONCE: usize = 16;

fn event_of(user: &str) -> String {
    let mut event: Value = serde_json::from_str(include_str!("../../../events/login.json")).unwrap();
    event["body"] = json!({ "username": user, "password": format!("password of {user}") }).to_string().into();
    event["requestContext"]["requestId"] = format!("request-of-{user}").into();
    event.to_string()
}

#[test]
fn concurrent_responses_are_not_mixed_up() {
    // Nobody is answered before as many wait as the process may serve: so they do overlap.
    let waiting = Arc::new((Mutex::new(0), Condvar::new()));
    let endpoint = Endpoint::plain(move |arrived: &Arrived, connection: &mut dyn Connection| {
        if arrived.line.starts_with("GET") {
            return reply(connection, 200, r#"{"keys": []}"#);
        }
        let (count, changed) = &*waiting;
        let mut count = count.lock().unwrap();
        *count += 1;
        let round = (*count - 1) / AT_ONCE + 1;
        changed.notify_all();
        drop(changed.wait_while(count, |count| *count < round * AT_ONCE).unwrap());
        let user = arrived.body["AuthParameters"]["USERNAME"].as_str().unwrap_or_default();
        assert_eq!(arrived.body["AuthParameters"]["PASSWORD"], format!("password of {user}"));
        let id_token = unsigned_token(&json!({ "sub": format!("id of {user}"), "email": user }));
        let tokens = json!({
            "AuthenticationResult": {
                "AccessToken": format!("access of {user}"), "IdToken": id_token, "ExpiresIn": 3600
            }
        });
        reply(connection, 200, &tokens.to_string())
    });
    let at_once = AT_ONCE.to_string();
    let variables = [("AWS_ENDPOINT_URL", endpoint.url()), ("AWS_LAMBDA_MAX_CONCURRENCY", at_once.as_str())];
    let function = Function::start(env!("CARGO_BIN_EXE_login"), &variables);

    let users: Vec<String> = (0..AT_ONCE * 20).map(|number| format!("user{number}@igad.int")).collect();
    let pending: Vec<_> = users.iter().map(|user| function.send(event_of(user))).collect();
    for (user, pending) in users.iter().zip(pending) {
        let (status, body) = response(&pending);
        assert_eq!((status, &body["user"]["email"]), (200, &json!(user)), "{body}");
        assert_eq!(body["user"]["user_id"], format!("id of {user}"));
        assert_eq!(body["access_token"], format!("access of {user}"));
    }
}
