//! Attributes of a signed-in user, pending addresses, and deletion of the account.

use fake_cognito::{Exception, Pool, Settings, User};
use serde_json::{Value, json};

use crate::pool::{PASSWORD, USER, assert_raises, pool, pool_with, sent_code, sign_in, tokens};

const NEW_ADDRESS: &str = "jane.roe@igad.int";
const TAKEN: &str = "taken@igad.int";

fn update(pool: &mut Pool, token: &Value, name: &str, value: &str) -> Result<Value, Exception> {
    let attributes = json!([{ "Name": name, "Value": value }]);
    pool.call("UpdateUserAttributes", &json!({ "AccessToken": token, "UserAttributes": attributes }))
}

fn send_code(pool: &mut Pool, token: &Value) -> Value {
    let input = json!({ "AccessToken": token, "AttributeName": "email" });
    pool.call("GetUserAttributeVerificationCode", &input).unwrap()
}

fn verify(pool: &mut Pool, token: &Value, code: &str) -> Result<Value, Exception> {
    let input = json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
    pool.call("VerifyUserAttribute", &input)
}

/// Pool with a user, and another who has the address [`TAKEN`].
fn pool_with_another(settings: Settings) -> Pool {
    let mut pool = pool_with(settings, User::new(USER, PASSWORD));
    pool.users.push(User::new(TAKEN, PASSWORD));
    pool
}

#[test]
fn verified_address_replaces_the_old_one() {
    let mut pool = pool();
    let (token, _) = tokens(&mut pool);
    let updated = update(&mut pool, &token, "email", NEW_ADDRESS).unwrap();
    assert_eq!(updated["CodeDeliveryDetailsList"][0]["Destination"], "j***@i***");
    assert_eq!((pool.users[0].email.as_str(), pool.users[0].email_verified), (USER, true));
    sign_in(&mut pool, NEW_ADDRESS, PASSWORD).unwrap_err();

    verify(&mut pool, &token, "000").unwrap_err();
    sign_in(&mut pool, USER, PASSWORD).unwrap();

    let code = sent_code(&pool);
    assert_eq!(pool.sent.last().unwrap().to, NEW_ADDRESS);
    verify(&mut pool, &token, &code).unwrap();
    sign_in(&mut pool, NEW_ADDRESS, PASSWORD).unwrap();
    sign_in(&mut pool, USER, PASSWORD).unwrap_err();
    assert_raises(
        verify(&mut pool, &token, &code),
        "ExpiredCodeException",
        "Invalid code provided, please request a code again.",
    );
}

#[test]
fn same_pending_address_sends_no_code() {
    let mut pool = pool();
    let (token, _) = tokens(&mut pool);
    for _ in 0..2 {
        update(&mut pool, &token, "email", NEW_ADDRESS).unwrap();
        assert_eq!(pool.sent.len(), 1);
    }
    assert_eq!(send_code(&mut pool, &token)["CodeDeliveryDetails"]["Destination"], "j***@i***");
    assert_eq!(pool.sent.len(), 2);
}

#[test]
fn address_changes_at_once_without_verification() {
    let mut pool = pool_with_another(Settings { verifies_before_update: false, ..Settings::default() });
    let (token, _) = tokens(&mut pool);
    update(&mut pool, &token, "email", NEW_ADDRESS).unwrap();
    assert_eq!((pool.users[0].email.as_str(), pool.users[0].email_verified), (NEW_ADDRESS, false));
}

#[test]
fn taken_address_is_rejected() {
    let message = "An account with the given email already exists.";
    for reports_taken_address_at_update in [true, false] {
        let settings = Settings { reports_taken_address_at_update, ..Settings::default() };
        let mut pool = pool_with_another(settings);
        let (token, _) = tokens(&mut pool);
        let mut result = update(&mut pool, &token, "email", "TAKEN@igad.int");
        if !reports_taken_address_at_update {
            result.unwrap();
            let code = sent_code(&pool);
            result = verify(&mut pool, &token, &code);
        }
        assert_raises(result, "AliasExistsException", message);
        assert_eq!(pool.users[0].email, USER);
    }
}

#[test]
fn unverified_address_can_be_verified() {
    let mut pool = pool();
    pool.users[0].email_verified = false;
    let (token, _) = tokens(&mut pool);
    send_code(&mut pool, &token);
    let code = sent_code(&pool);
    verify(&mut pool, &token, &code).unwrap();
    assert!(pool.users[0].email_verified);
}

#[test]
fn attributes_are_set_and_deleted() {
    let mut pool = pool();
    let (token, _) = tokens(&mut pool);
    update(&mut pool, &token, "locale", "en").unwrap();
    assert_eq!(pool.users[0].attributes["locale"], "en");
    update(&mut pool, &token, "locale", "").unwrap();
    assert!(!pool.users[0].attributes.contains_key("locale"));
    let unwritable = update(&mut pool, &token, "email_verified", "true");
    let message = "A client attempted to write unauthorized attribute";
    assert_raises(unwritable, "NotAuthorizedException", message);
    let malformed = update(&mut pool, &token, "email", "jane.roe");
    assert_raises(malformed, "InvalidParameterException", "Invalid email address format.");
}

#[test]
fn only_the_email_address_can_be_verified() {
    let mut pool = pool();
    let (token, _) = tokens(&mut pool);
    for operation in ["GetUserAttributeVerificationCode", "VerifyUserAttribute"] {
        let input = json!({ "AccessToken": token, "AttributeName": "name", "Code": "123456" });
        let message = "Invalid attribute name. Only phone_number and email can be verified.";
        assert_raises(pool.call(operation, &input), "InvalidParameterException", message);
    }
}

#[test]
fn deleted_user_can_sign_up_again() {
    let mut pool = pool();
    let (token, refresh_token) = tokens(&mut pool);
    let sub = pool.users[0].sub.clone();
    pool.call("DeleteUser", &json!({ "AccessToken": token })).unwrap();
    let message = "User does not exist.";
    for (operation, input) in [
        ("GetUser", json!({ "AccessToken": token })),
        ("DeleteUser", json!({ "AccessToken": token })),
        ("GetTokensFromRefreshToken", json!({ "RefreshToken": refresh_token })),
    ] {
        assert_raises(pool.call(operation, &input), "UserNotFoundException", message);
    }
    pool.call("SignUp", &json!({ "Username": USER, "Password": PASSWORD })).unwrap();
    assert_ne!(pool.users[0].sub, sub);
}
