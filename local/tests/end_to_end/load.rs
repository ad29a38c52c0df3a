//! Concurrent sign-ins. A longer run: `SIGN_INS=5000 cargo test -p local --test end_to_end load`.

use std::{env, thread};

use serde_json::json;

use crate::stack::{PASSWORD, stack};

const USERS: usize = 8;

#[test]
fn concurrent_users_get_their_own_tokens() {
    let sign_ins: usize = env::var("SIGN_INS").ok().and_then(|number| number.parse().ok()).unwrap_or(160);
    let users: Vec<String> = (0..USERS).map(|number| format!("load{number}@igad.int")).collect();
    for user in &users {
        stack().create_user(user);
    }
    thread::scope(|scope| {
        for user in &users {
            scope.spawn(move || {
                for number in 0..sign_ins / USERS {
                    // Every fourth sign-in has a wrong password, which must not affect the others.
                    if number % 4 == 3 {
                        assert_eq!(stack().sign_in(user, "WrongP@ssw0rd1").status, 401);
                        continue;
                    }
                    let response = stack().sign_in(user, PASSWORD);
                    assert_eq!((response.status, &response.body["user"]["email"]), (200, &json!(user)));
                }
            });
        }
    });
}
