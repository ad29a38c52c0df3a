//! Sign-up, confirmation and password reset.

use fake_cognito::{Pool, Settings, Status, User};
use serde_json::{Value, json};

use crate::pool::{PASSWORD, USER, assert_raises, pool, pool_with, sent_code, sign_in, tokens};

const EXPIRED: &str = "Invalid code provided, please request a code again.";
const NEW_PASSWORD: &str = "An0ther P@ssword";

fn confirm_reset(code: &str) -> Value {
    json!({ "Username": USER, "ConfirmationCode": code, "Password": NEW_PASSWORD })
}

/// Attribute of the caller as `GetUser` returns it.
fn attribute(pool: &mut Pool, access_token: &Value, name: &str) -> Value {
    let user = pool.call("GetUser", &json!({ "AccessToken": access_token })).unwrap();
    let attributes = user["UserAttributes"].as_array().unwrap();
    attributes.iter().find(|attribute| attribute["Name"] == name).unwrap()["Value"].clone()
}

#[test]
fn owner_confirms_the_attackers_password() {
    let mut pool = Pool::new(Settings::default());
    let sign_up = |password: &str| json!({ "Username": USER, "Password": password });
    pool.call("SignUp", &sign_up(PASSWORD)).unwrap();
    assert!(!pool.users[0].email_verified);
    let exists = pool.call("SignUp", &sign_up(NEW_PASSWORD));
    let message = "An account with the given email already exists.";
    assert_raises(exists, "UsernameExistsException", message);
    assert_eq!(pool.sent.len(), 1);

    pool.call("ResendConfirmationCode", &json!({ "Username": USER })).unwrap();
    let code = sent_code(&pool);
    pool.call("ConfirmSignUp", &json!({ "Username": USER, "ConfirmationCode": code })).unwrap();

    let message = "Incorrect username or password.";
    assert_raises(sign_in(&mut pool, USER, NEW_PASSWORD), "NotAuthorizedException", message);
    let (access_token, _) = tokens(&mut pool);
    assert_eq!(attribute(&mut pool, &access_token, "email_verified"), "true");
}

#[test]
fn unverified_email_is_not_reported_as_verified() {
    let mut pool = pool();
    pool.users[0].email_verified = false;
    let (access_token, _) = tokens(&mut pool);
    assert_eq!(attribute(&mut pool, &access_token, "email_verified"), "false");
}

#[test]
fn reset_needs_a_verified_address() {
    let message =
        "Cannot reset password for the user as there is no registered/verified email or phone_number";
    let mut unconfirmed = User::new(USER, PASSWORD);
    unconfirmed.status = Status::Unconfirmed;
    unconfirmed.email_verified = false;
    let mut unverified = User::new(USER, PASSWORD);
    unverified.email_verified = false;
    for user in [unconfirmed, unverified] {
        let mut pool = pool_with(Settings::default(), user);
        let result = pool.call("ForgotPassword", &json!({ "Username": USER }));
        assert_raises(result, "InvalidParameterException", message);
        assert!(pool.sent.is_empty());
    }
}

#[test]
fn invited_user_cannot_reset_the_password() {
    let mut pool = pool();
    pool.users[0].status = Status::ForceChangePassword;
    let result = pool.call("ForgotPassword", &json!({ "Username": USER }));
    let message = "User password cannot be reset in the current state.";
    assert_raises(result, "NotAuthorizedException", message);
}

#[test]
fn disabled_user_cannot_reset_the_password() {
    let mut pool = pool();
    pool.users[0].is_disabled = true;
    for operation in ["ForgotPassword", "ResendConfirmationCode"] {
        let result = pool.call(operation, &json!({ "Username": USER }));
        assert_raises(result, "NotAuthorizedException", "User is disabled.");
    }
    let message = "Invalid verification code provided, please try again.";
    let result = pool.call("ConfirmForgotPassword", &confirm_reset("123456"));
    assert_raises(result, "CodeMismatchException", message);
}

#[test]
fn code_that_was_not_requested_is_expired() {
    let mut pool = pool();
    let result = pool.call("ConfirmForgotPassword", &confirm_reset("123456"));
    assert_raises(result, "ExpiredCodeException", EXPIRED);
    pool.users[0].status = Status::Unconfirmed;
    let result = pool.call("ConfirmSignUp", &json!({ "Username": USER, "ConfirmationCode": "123456" }));
    assert_raises(result, "ExpiredCodeException", EXPIRED);
}

#[test]
fn sign_up_code_resets_no_password() {
    let mut pool = Pool::new(Settings::default());
    pool.call("SignUp", &json!({ "Username": USER, "Password": PASSWORD })).unwrap();
    let code = sent_code(&pool);
    let result = pool.call("ConfirmForgotPassword", &confirm_reset(&code));
    assert_raises(result, "ExpiredCodeException", EXPIRED);
}

#[test]
fn password_reset_keeps_sessions() {
    let mut pool = pool();
    let (access_token, refresh_token) = tokens(&mut pool);
    pool.call("ForgotPassword", &json!({ "Username": USER })).unwrap();
    let code = sent_code(&pool);
    pool.call("ConfirmForgotPassword", &confirm_reset(&code)).unwrap();
    sign_in(&mut pool, USER, NEW_PASSWORD).unwrap();
    pool.call("GetUser", &json!({ "AccessToken": access_token })).unwrap();
    pool.call("GetTokensFromRefreshToken", &json!({ "RefreshToken": refresh_token })).unwrap();
}
