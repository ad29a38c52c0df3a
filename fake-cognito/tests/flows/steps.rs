//! Sign-ins with several steps.

use fake_cognito::{Mfa, Settings, Status, User};
use serde_json::{Value, json};

use crate::api::{Api, PASSWORD, USER, another, with_app};

/// User with a temporary password.
fn new_user() -> User {
    let mut user = User::new("new@igad.int", "TempP@ssw0rd1");
    user.status = Status::ForceChangePassword;
    user.required_attributes = vec!["name".to_owned()];
    user
}

#[test]
fn new_password_and_totp_setup_sign_in() {
    for asks_for_a_code in [false, true] {
        let settings =
            Settings { mfa: Mfa::On, requires_code_after_setup: asks_for_a_code, ..Settings::default() };
        let api = Api::with(settings, [new_user()]);

        let first = json!({ "username": "new@igad.int", "password": "TempP@ssw0rd1" });
        let password_challenge = api.post("login", &first).assert_challenge("NEW_PASSWORD_REQUIRED");
        assert_eq!(password_challenge.body["required_attributes"], json!(["name"]));
        let filled_in = json!({ "name": "Jane Doe" });
        let weak = json!({ "new_password": "weak", "attributes": filled_in });
        api.answer_challenge(&password_challenge, &weak)
            .assert_error(400, "Password does not meet requirements");
        let good = json!({ "new_password": PASSWORD, "attributes": filled_in });
        let setup_challenge = api.answer_challenge(&password_challenge, &good).assert_challenge("MFA_SETUP");
        assert_eq!(setup_challenge.body["choices"], json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]));

        let choice = json!({ "choice": "SOFTWARE_TOKEN_MFA", "account": "new@igad.int" });
        let code_challenge = api.answer_challenge(&setup_challenge, &choice).assert_challenge("MFA_SETUP");
        let secret = code_challenge.body["totp"]["secret"].as_str().unwrap().to_owned();
        let code_in_app = fake_cognito::code(&secret, api.cognito.pool().now());
        let wrong = json!({ "code": another(&code_in_app) });
        api.answer_challenge(&code_challenge, &wrong).assert_error(400, "Invalid verification code");
        let right =
            api.answer_challenge(&code_challenge, &json!({ "code": code_in_app, "device_name": "My phone" }));

        let signed_in = if asks_for_a_code {
            let code_challenge = right.assert_challenge("SOFTWARE_TOKEN_MFA");
            let used = api.answer_challenge(&code_challenge, &json!({ "code": code_in_app }));
            used.assert_error(400, "Verification code has expired or was already used");
            api.advance_clock(30);
            api.answer_challenge(&code_challenge, &json!({ "code": api.totp_code("new@igad.int") }))
        } else {
            right
        };
        assert_eq!(signed_in.body["user"]["name"], "Jane Doe");
        signed_in.token();
    }
}

#[test]
fn password_change_continues_with_mfa_setup() {
    let api = Api::with(Settings { mfa: Mfa::On, ..Settings::default() }, [new_user()]);
    let first = json!({ "username": "new@igad.int", "password": "TempP@ssw0rd1" });
    let challenge = api.post("login", &first).assert_challenge("NEW_PASSWORD_REQUIRED").body;
    let change = json!({
        "username": challenge["username"], "session": challenge["session"], "new_password": PASSWORD,
        "attributes": { "name": "Jane Doe" }
    });
    let setup_challenge = api.post("complete-password-change", &change).assert_challenge("MFA_SETUP");
    assert_eq!(setup_challenge.body.get("requires_password_change"), None);

    let code_challenge = api
        .answer_challenge(&setup_challenge, &json!({ "email": "jane@igad.int" }))
        .assert_challenge("EMAIL_OTP");
    assert_eq!(
        code_challenge.body["delivery"],
        json!({ "Destination": "j***@i***", "DeliveryMedium": "EMAIL" })
    );
    api.answer_challenge(&code_challenge, &json!({ "code": api.sent_code() })).token();
}

#[test]
fn several_factors_offer_a_choice() {
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    let api = Api::with(Settings::default(), [user]);

    let choice_challenge = api.log_in(USER).assert_challenge("SELECT_MFA_TYPE");
    assert_eq!(choice_challenge.body["choices"], json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]));
    let code_challenge = api
        .answer_challenge(&choice_challenge, &json!({ "choice": "EMAIL_OTP" }))
        .assert_challenge("EMAIL_OTP");
    api.answer_challenge(&code_challenge, &json!({ "code": another(&api.sent_code()) }))
        .assert_error(400, "Invalid verification code");
    api.answer_challenge(&code_challenge, &json!({ "code": api.sent_code() })).token();
}

#[test]
fn chosen_app_keeps_the_username() {
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    let api = Api::with(Settings::default(), [user]);
    let choice_challenge = api.log_in(USER).assert_challenge("SELECT_MFA_TYPE");
    let id = choice_challenge.body["username"].clone();
    let code_challenge = api
        .answer_challenge(&choice_challenge, &json!({ "choice": "SOFTWARE_TOKEN_MFA" }))
        .assert_challenge("SOFTWARE_TOKEN_MFA");
    // Cognito does not return the id a second time.
    assert_eq!(code_challenge.body["username"], id);
    api.answer_challenge(&code_challenge, &json!({ "code": api.totp_code(USER) })).token();
}

#[test]
fn client_secret_is_used_at_every_step() {
    let settings = Settings { client_secret: Some("client-secret".to_owned()), ..Settings::default() };
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    let api = Api::with(settings, [user, User::new("other@igad.int", PASSWORD)]);
    let choice_challenge = api.log_in(USER).assert_challenge("SELECT_MFA_TYPE");
    let code_challenge = api
        .answer_challenge(&choice_challenge, &json!({ "choice": "EMAIL_OTP" }))
        .assert_challenge("EMAIL_OTP");
    let signed_in = api.answer_challenge(&code_challenge, &json!({ "code": api.sent_code() }));
    let refresh_token = signed_in.body["refresh_token"].clone();
    api.post("refresh-token", &json!({ "refresh_token": refresh_token })).token();
    let code_challenge = api.start("other@igad.int", "EMAIL_OTP").assert_challenge("EMAIL_OTP");
    api.answer_challenge(&code_challenge, &json!({ "code": api.sent_code() })).token();
    let sign_up = json!({ "username": "third@igad.int", "password": PASSWORD });
    assert_eq!(api.post("sign-up", &sign_up).status, 200);
    assert_eq!(api.post("forgot-password", &json!({ "username": "third@igad.int" })).status, 200);
}

#[test]
fn rotated_refresh_token_is_used_once() {
    let settings = Settings { rotates_refresh_tokens: true, ..Settings::default() };
    let api = Api::with(settings, [User::new(USER, PASSWORD)]);
    let first = api.log_in(USER).body["refresh_token"].clone();
    let refreshed = api.post("refresh-token", &json!({ "refresh_token": first }));
    let second = refreshed.body["refresh_token"].clone();
    assert_ne!(first, second);
    let me = api.post_as(&refreshed.token(), "me", &json!({}));
    assert_eq!((me.status, &me.body["email"]), (200, &json!(USER)));
    api.post("refresh-token", &json!({ "refresh_token": first })).assert_error(401, "Invalid refresh token");
    let third = api.post("refresh-token", &json!({ "refresh_token": second }));
    let last = third.body["refresh_token"].clone();
    let out = api.post_as(&third.token(), "logout", &json!({ "refresh_token": last, "everywhere": true }));
    assert_eq!(out.status, 200);
    api.post("refresh-token", &json!({ "refresh_token": last })).assert_error(401, "Invalid refresh token");
}

#[test]
fn lifecycle_works_with_token_rotation() {
    let api = Api::with(Settings { rotates_refresh_tokens: true, ..Settings::default() }, []);
    let sign_up = json!({ "username": USER, "password": PASSWORD, "name": "Jane Doe" });
    assert_eq!(api.post("sign-up", &sign_up).status, 200);
    let confirmed = api.post("confirm-sign-up", &json!({ "username": USER, "code": api.sent_code() }));
    assert_eq!(confirmed.status, 200);

    let refresh = |token: &Value| api.post("refresh-token", &json!({ "refresh_token": token }));
    let signed_in = api.log_in(USER);
    let refreshed = refresh(&signed_in.body["refresh_token"]);
    let again = refresh(&refreshed.body["refresh_token"]);
    let token = again.member("access_token");
    let passwords = json!({ "current_password": PASSWORD, "new_password": "An0ther P@ssword" });
    assert_eq!(api.post_as(&token, "change-password", &passwords).status, 200);
    api.log_in(USER).assert_error(401, "Invalid credentials");

    assert_eq!(api.post("forgot-password", &json!({ "username": USER })).status, 200);
    let reset = json!({ "username": USER, "code": api.sent_code(), "new_password": PASSWORD });
    assert_eq!(api.post("reset-password", &reset).status, 200);
    api.post("reset-password", &reset).assert_error(400, "Verification code has expired");

    let token = api.log_in(USER).token();
    let secret = api.post_as(&token, "set-up-totp", &json!({})).member("secret");
    let code_in_app = fake_cognito::code(secret.as_str().unwrap(), api.cognito.pool().now());
    assert_eq!(api.post_as(&token, "verify-totp", &json!({ "code": code_in_app })).status, 200);
    api.advance_clock(30);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let signed_in = api.answer_challenge(&challenge, &json!({ "code": api.totp_code(USER) }));
    let last = refresh(&signed_in.body["refresh_token"]).member("refresh_token");
    assert_eq!(api.post("logout", &json!({ "refresh_token": last })).status, 200);
    refresh(&last).assert_error(401, "Invalid refresh token");
}
