//! Exact messages of exceptions. The functions depend on them.

use fake_cognito::{Settings, Status};
use serde_json::json;

use crate::pool::{
    PASSWORD, UNKNOWN, USER, assert_raises, initiate, pool, pool_with, respond, sign_in, tokens,
};

fn pool_with_secret() -> fake_cognito::Pool {
    let settings = Settings { client_secret: Some("client-secret".to_owned()), ..Settings::default() };
    pool_with(settings, fake_cognito::User::new(USER, PASSWORD))
}

#[test]
fn missing_secret_hash_is_not_authorized() {
    let mut pool = pool_with_secret();
    let message = "Client 1example23456789 is configured with secret but SECRET_HASH was not received";
    assert_raises(sign_in(&mut pool, USER, PASSWORD), "NotAuthorizedException", message);
    for operation in ["SignUp", "ConfirmSignUp", "ForgotPassword", "ResendConfirmationCode"] {
        let input = json!({ "Username": UNKNOWN, "Password": PASSWORD, "ConfirmationCode": "123456" });
        assert_raises(pool.call(operation, &input), "NotAuthorizedException", message);
    }
}

#[test]
fn wrong_secret_hash_is_not_authorized() {
    let mut pool = pool_with_secret();
    let message = "Unable to verify secret hash for client 1example23456789";
    let parameters = json!({ "USERNAME": USER, "PASSWORD": PASSWORD, "SECRET_HASH": "d3Jvbmc=" });
    let rejected = initiate(&mut pool, "ADMIN_USER_PASSWORD_AUTH", parameters);
    assert_raises(rejected, "NotAuthorizedException", message);
    for operation in ["SignUp", "ConfirmSignUp", "ForgotPassword", "ResendConfirmationCode"] {
        let input = json!({
            "Username": UNKNOWN, "Password": PASSWORD, "ConfirmationCode": "123456", "SecretHash": "d3Jvbmc="
        });
        assert_raises(pool.call(operation, &input), "NotAuthorizedException", message);
    }
}

#[test]
fn revoked_refresh_token_says_revoked() {
    let mut pool = pool();
    for operation in ["RevokeToken", "GlobalSignOut"] {
        let (access_token, refresh_token) = tokens(&mut pool);
        pool.call(operation, &json!({ "AccessToken": access_token, "Token": refresh_token })).unwrap();
        let refreshed = pool.call("GetTokensFromRefreshToken", &json!({ "RefreshToken": refresh_token }));
        assert_raises(refreshed, "NotAuthorizedException", "Refresh Token has been revoked");
        let user = pool.call("GetUser", &json!({ "AccessToken": access_token }));
        assert_raises(user, "NotAuthorizedException", "Access Token has been revoked");
    }
}

#[test]
fn confirmed_account_cannot_be_confirmed_again() {
    let mut pool = pool();
    let input = json!({ "Username": USER, "ConfirmationCode": "123456" });
    let message = "User cannot be confirmed. Current status is CONFIRMED";
    assert_raises(pool.call("ConfirmSignUp", &input), "NotAuthorizedException", message);
    pool.users[0].status = Status::ForceChangePassword;
    let message = "User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD";
    assert_raises(pool.call("ConfirmSignUp", &input), "NotAuthorizedException", message);
}

#[test]
fn new_password_checks_attributes() {
    for (attributes, name, message) in [
        (json!({}), "InvalidParameterException", "Invalid attributes given, name is missing"),
        (
            json!({ "userAttributes.name": "Jane Doe", "userAttributes.email": USER }),
            "NotAuthorizedException",
            "Cannot modify an already provided email",
        ),
    ] {
        let mut pool = pool();
        pool.users[0].status = Status::ForceChangePassword;
        pool.users[0].required_attributes = vec!["name".to_owned()];
        let challenge = sign_in(&mut pool, USER, PASSWORD).unwrap();
        let mut responses = attributes;
        responses["USERNAME"] = challenge["ChallengeParameters"]["USER_ID_FOR_SRP"].clone();
        responses["NEW_PASSWORD"] = "An0ther P@ssword".into();
        assert_raises(respond(&mut pool, &challenge, responses), name, message);
    }
}

#[test]
fn malformed_email_cannot_sign_up() {
    for (username, message) in [
        ("user", "Username should be an email."),
        ("user@", "Invalid email address format."),
        ("@igad.int", "Invalid email address format."),
    ] {
        let result = pool().call("SignUp", &json!({ "Username": username, "Password": PASSWORD }));
        assert_raises(result, "InvalidParameterException", message);
    }
}
