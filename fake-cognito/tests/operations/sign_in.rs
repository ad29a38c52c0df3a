//! Sign-in: account status before the password, and expired temporary passwords.

use std::time::Duration;

use fake_cognito::{Exception, Pool, Status};
use serde_json::{Value, json};

use crate::pool::{PASSWORD, USER, assert_raises, initiate, pool, respond, sign_in, tokens};

const WRONG: &str = "Wr0ng P@ssword";

/// Status change of the user between two steps.
type Change = fn(&mut Pool);

fn unconfirm(pool: &mut Pool) {
    pool.users[0].status = Status::Unconfirmed;
}

fn disable(pool: &mut Pool) {
    pool.users[0].is_disabled = true;
}

/// Status changes and what sign-in raises for them.
const STATUSES: [(Change, &str, &str); 2] = [
    (unconfirm, "UserNotConfirmedException", "User is not confirmed."),
    (disable, "NotAuthorizedException", "User is disabled."),
];

/// The PASSWORD step of USER_AUTH, with a status that changes after the first step.
fn password_step(password: &str, change: Change) -> Result<Value, Exception> {
    let mut pool = pool();
    let parameters = json!({ "USERNAME": USER, "PREFERRED_CHALLENGE": "PASSWORD" });
    let challenge = initiate(&mut pool, "USER_AUTH", parameters).unwrap();
    change(&mut pool);
    respond(&mut pool, &challenge, json!({ "USERNAME": USER, "PASSWORD": password }))
}

#[test]
fn status_is_checked_before_password() {
    for (change, name, message) in STATUSES {
        for password in [PASSWORD, WRONG] {
            let mut pool = pool();
            change(&mut pool);
            assert_raises(sign_in(&mut pool, USER, password), name, message);
            assert_raises(initiate(&mut pool, "USER_AUTH", json!({ "USERNAME": USER })), name, message);
            assert_raises(password_step(password, change), name, message);
        }
    }
}

#[test]
fn wrong_password_is_not_authorized() {
    let message = "Incorrect username or password.";
    assert_raises(sign_in(&mut pool(), USER, WRONG), "NotAuthorizedException", message);
    assert_raises(password_step(WRONG, |_| {}), "NotAuthorizedException", message);
}

#[test]
fn disabled_user_cannot_use_tokens() {
    let mut pool = pool();
    let (access_token, refresh_token) = tokens(&mut pool);
    disable(&mut pool);
    for (operation, input) in [
        ("GetUser", json!({ "AccessToken": access_token })),
        ("GetTokensFromRefreshToken", json!({ "RefreshToken": refresh_token })),
    ] {
        assert_raises(pool.call(operation, &input), "NotAuthorizedException", "User is disabled.");
    }
}

#[test]
fn expired_temporary_password_is_not_authorized() {
    let mut pool = pool();
    pool.users[0].status = Status::ForceChangePassword;
    pool.users[0].temporary_password_expires_at = Some(pool.now() + 60);
    assert_eq!(sign_in(&mut pool, USER, PASSWORD).unwrap()["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    pool.advance_clock(Duration::from_secs(60));
    let message = "Temporary password has expired and must be reset by an administrator.";
    assert_raises(sign_in(&mut pool, USER, PASSWORD), "NotAuthorizedException", message);
    let message = "Incorrect username or password.";
    assert_raises(sign_in(&mut pool, USER, WRONG), "NotAuthorizedException", message);
}
