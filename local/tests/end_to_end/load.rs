//! Many people at once. `SIGN_INS=5000 cargo test -p local --test end_to_end load` makes it more of them.

use std::{env, thread};

use serde_json::json;

use crate::stack::{PASSWORD, stack};

const PEOPLE: usize = 8;

#[test]
fn concurrent_users_get_their_own_tokens() {
    let sign_ins: usize = env::var("SIGN_INS").ok().and_then(|number| number.parse().ok()).unwrap_or(160);
    let people: Vec<String> = (0..PEOPLE).map(|number| format!("load{number}@igad.int")).collect();
    for person in &people {
        stack().create_user(person);
    }
    thread::scope(|scope| {
        for person in &people {
            scope.spawn(move || {
                for number in 0..sign_ins / PEOPLE {
                    // One in four forgets their password; nobody else may notice.
                    if number % 4 == 3 {
                        assert_eq!(stack().sign_in(person, "WrongP@ssw0rd1").status, 401);
                        continue;
                    }
                    let answer = stack().sign_in(person, PASSWORD);
                    assert_eq!((answer.status, &answer.body["user"]["email"]), (200, &json!(person)));
                }
            });
        }
    });
}
