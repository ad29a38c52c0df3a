//! Triggers of the pool that reject requests.

use fake_cognito::{Settings, User};
use serde_json::json;

use crate::pool::{PASSWORD, UNKNOWN, USER, assert_raises, initiate, pool_with, sign_in};

#[test]
fn migration_trigger_reveals_unknown_users() {
    let settings = Settings { migration_trigger_rejects: true, ..Settings::default() };
    let mut pool = pool_with(settings, User::new(USER, PASSWORD));
    let message = "Exception migrating user in app client 1example23456789";
    assert_raises(sign_in(&mut pool, UNKNOWN, PASSWORD), "UserNotFoundException", message);
    for _ in 0..2 {
        let result = pool.call("ForgotPassword", &json!({ "Username": UNKNOWN }));
        assert_raises(result, "UserNotFoundException", message);
    }
    // Other flows and known users do not run the trigger.
    initiate(&mut pool, "USER_AUTH", json!({ "USERNAME": UNKNOWN })).unwrap();
    sign_in(&mut pool, USER, PASSWORD).unwrap();
    pool.call("ForgotPassword", &json!({ "Username": USER })).unwrap();
}

#[test]
fn pre_sign_up_trigger_rejects_sign_up() {
    let settings =
        Settings { pre_sign_up_error: Some("Domain not allowed".to_owned()), ..Settings::default() };
    let mut pool = pool_with(settings, User::new(USER, PASSWORD));
    for username in [USER, UNKNOWN] {
        let result = pool.call("SignUp", &json!({ "Username": username, "Password": PASSWORD }));
        let message = "PreSignUp failed with error Domain not allowed.";
        assert_raises(result, "UserLambdaValidationException", message);
    }
    assert_eq!((pool.users.len(), pool.sent.len()), (1, 0));
}
