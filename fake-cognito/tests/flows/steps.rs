//! Sign-ins of several steps.

use fake_cognito::{Mfa, Settings, Status, User};
use serde_json::{Value, json};

use crate::api::{Api, PASSWORD, USER, another, with_app};

/// Somebody whom an administrator has just made.
fn new_person() -> User {
    let mut user = User::new("new@igad.int", "TempP@ssw0rd1");
    user.status = Status::ForceChangePassword;
    user.required_attributes = vec!["name".to_owned()];
    user
}

#[test]
fn new_password_and_totp_setup_sign_in() {
    for asks_for_a_code in [false, true] {
        let settings =
            Settings { mfa: Mfa::On, asks_for_a_code_after_set_up: asks_for_a_code, ..Settings::default() };
        let api = Api::with(settings, [new_person()]);

        let first = json!({ "username": "new@igad.int", "password": "TempP@ssw0rd1" });
        let password_wanted = api.post("login", &first).asks("NEW_PASSWORD_REQUIRED");
        assert_eq!(password_wanted.body["required_attributes"], json!(["name"]));
        let filled_in = json!({ "name": "Jane Doe" });
        let weak = json!({ "new_password": "weak", "attributes": filled_in });
        api.answer(&password_wanted, &weak).refuses(400, "Password does not meet requirements");
        let good = json!({ "new_password": PASSWORD, "attributes": filled_in });
        let set_up_wanted = api.answer(&password_wanted, &good).asks("MFA_SETUP");
        assert_eq!(set_up_wanted.body["choices"], json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]));

        let choice = json!({ "choice": "SOFTWARE_TOKEN_MFA", "account": "new@igad.int" });
        let code_wanted = api.answer(&set_up_wanted, &choice).asks("MFA_SETUP");
        let secret = code_wanted.body["totp"]["secret"].as_str().unwrap().to_owned();
        let shown = fake_cognito::code(&secret, api.cognito.pool().now());
        let wrong = json!({ "code": another(&shown) });
        api.answer(&code_wanted, &wrong).refuses(400, "Invalid verification code");
        let right = api.answer(&code_wanted, &json!({ "code": shown, "device_name": "My phone" }));

        let signed_in = if asks_for_a_code {
            let code_wanted = right.asks("SOFTWARE_TOKEN_MFA");
            let used = api.answer(&code_wanted, &json!({ "code": shown }));
            used.refuses(400, "Verification code has expired or was already used");
            api.pass(30);
            api.answer(&code_wanted, &json!({ "code": api.app_shows("new@igad.int") }))
        } else {
            right
        };
        assert_eq!(signed_in.body["user"]["name"], "Jane Doe");
        signed_in.token();
    }
}

#[test]
fn password_change_continues_with_mfa_setup() {
    let api = Api::with(Settings { mfa: Mfa::On, ..Settings::default() }, [new_person()]);
    let first = json!({ "username": "new@igad.int", "password": "TempP@ssw0rd1" });
    let asked = api.post("login", &first).asks("NEW_PASSWORD_REQUIRED").body;
    let change = json!({
        "username": asked["username"], "session": asked["session"], "new_password": PASSWORD,
        "attributes": { "name": "Jane Doe" }
    });
    let set_up_wanted = api.post("complete-password-change", &change).asks("MFA_SETUP");
    assert_eq!(set_up_wanted.body.get("requires_password_change"), None);

    let code_wanted = api.answer(&set_up_wanted, &json!({ "email": "jane@igad.int" })).asks("EMAIL_OTP");
    assert_eq!(
        code_wanted.body["delivery"],
        json!({ "Destination": "j***@i***", "DeliveryMedium": "EMAIL" })
    );
    api.answer(&code_wanted, &json!({ "code": api.sent() })).token();
}

#[test]
fn several_factors_offer_a_choice() {
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    let api = Api::with(Settings::default(), [user]);

    let choice_wanted = api.log_in(USER).asks("SELECT_MFA_TYPE");
    assert_eq!(choice_wanted.body["choices"], json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]));
    let code_wanted = api.answer(&choice_wanted, &json!({ "choice": "EMAIL_OTP" })).asks("EMAIL_OTP");
    api.answer(&code_wanted, &json!({ "code": another(&api.sent()) }))
        .refuses(400, "Invalid verification code");
    api.answer(&code_wanted, &json!({ "code": api.sent() })).token();
}

#[test]
fn chosen_app_keeps_the_username() {
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    let api = Api::with(Settings::default(), [user]);
    let choice_wanted = api.log_in(USER).asks("SELECT_MFA_TYPE");
    let id = choice_wanted.body["username"].clone();
    let code_wanted =
        api.answer(&choice_wanted, &json!({ "choice": "SOFTWARE_TOKEN_MFA" })).asks("SOFTWARE_TOKEN_MFA");
    // Cognito does not say the id a second time.
    assert_eq!(code_wanted.body["username"], id);
    api.answer(&code_wanted, &json!({ "code": api.app_shows(USER) })).token();
}

#[test]
fn client_secret_is_used_at_every_step() {
    let settings = Settings { client_secret: Some("client-secret".to_owned()), ..Settings::default() };
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    let api = Api::with(settings, [user, User::new("other@igad.int", PASSWORD)]);
    let choice_wanted = api.log_in(USER).asks("SELECT_MFA_TYPE");
    let code_wanted = api.answer(&choice_wanted, &json!({ "choice": "EMAIL_OTP" })).asks("EMAIL_OTP");
    let signed_in = api.answer(&code_wanted, &json!({ "code": api.sent() }));
    let refresh_token = signed_in.body["refresh_token"].clone();
    api.post("refresh-token", &json!({ "refresh_token": refresh_token })).token();
    let code_wanted = api.start("other@igad.int", "EMAIL_OTP").asks("EMAIL_OTP");
    api.answer(&code_wanted, &json!({ "code": api.sent() })).token();
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
    api.post("refresh-token", &json!({ "refresh_token": first })).refuses(401, "Invalid refresh token");
    let third = api.post("refresh-token", &json!({ "refresh_token": second }));
    let last = third.body["refresh_token"].clone();
    let out = api.post_as(&third.token(), "logout", &json!({ "refresh_token": last, "everywhere": true }));
    assert_eq!(out.status, 200);
    api.post("refresh-token", &json!({ "refresh_token": last })).refuses(401, "Invalid refresh token");
}

#[test]
fn lifecycle_works_with_token_rotation() {
    let api = Api::with(Settings { rotates_refresh_tokens: true, ..Settings::default() }, []);
    let sign_up = json!({ "username": USER, "password": PASSWORD, "name": "Jane Doe" });
    assert_eq!(api.post("sign-up", &sign_up).status, 200);
    let confirmed = api.post("confirm-sign-up", &json!({ "username": USER, "code": api.sent() }));
    assert_eq!(confirmed.status, 200);

    let refresh = |token: &Value| api.post("refresh-token", &json!({ "refresh_token": token }));
    let signed_in = api.log_in(USER);
    let refreshed = refresh(&signed_in.body["refresh_token"]);
    let again = refresh(&refreshed.body["refresh_token"]);
    let token = again.clone_of("access_token");
    let passwords = json!({ "current_password": PASSWORD, "new_password": "An0ther P@ssword" });
    assert_eq!(api.post_as(&token, "change-password", &passwords).status, 200);
    api.log_in(USER).refuses(401, "Invalid credentials");

    assert_eq!(api.post("forgot-password", &json!({ "username": USER })).status, 200);
    let reset = json!({ "username": USER, "code": api.sent(), "new_password": PASSWORD });
    assert_eq!(api.post("reset-password", &reset).status, 200);
    api.post("reset-password", &reset).refuses(400, "Verification code has expired");

    let token = api.log_in(USER).token();
    let secret = api.post_as(&token, "set-up-totp", &json!({})).clone_of("secret");
    let shown = fake_cognito::code(secret.as_str().unwrap(), api.cognito.pool().now());
    assert_eq!(api.post_as(&token, "verify-totp", &json!({ "code": shown })).status, 200);
    api.pass(30);
    let asked = api.log_in(USER).asks("SOFTWARE_TOKEN_MFA");
    let signed_in = api.answer(&asked, &json!({ "code": api.app_shows(USER) }));
    let last = refresh(&signed_in.body["refresh_token"]).clone_of("refresh_token");
    assert_eq!(api.post("logout", &json!({ "refresh_token": last })).status, 200);
    refresh(&last).refuses(401, "Invalid refresh token");
}
