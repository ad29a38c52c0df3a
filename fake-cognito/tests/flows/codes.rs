//! Codes: of apps, and sent by e-mail to whoever has no password at hand.

use fake_cognito::{Settings, User};
use serde_json::json;

use crate::api::{Api, PASSWORD, USER, another, with_app};

#[test]
fn totp_code_is_accepted_once() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let shown = api.app_shows(USER);
    let first = api.log_in(USER).asks("SOFTWARE_TOKEN_MFA");
    api.answer(&first, &json!({ "code": another(&shown) })).refuses(400, "Invalid verification code");
    api.answer(&first, &json!({ "code": shown })).token();

    let second = api.log_in(USER).asks("SOFTWARE_TOKEN_MFA");
    let again = api.answer(&second, &json!({ "code": shown }));
    again.refuses(400, "Verification code has expired or was already used");
    api.pass(30);
    api.answer(&second, &json!({ "code": api.app_shows(USER) })).token();
}

#[test]
fn malformed_code_keeps_the_session() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let asked = api.log_in(USER).asks("SOFTWARE_TOKEN_MFA");
    for malformed in ["12345", "12345a", "123 45", "123456789"] {
        api.answer(&asked, &json!({ "code": malformed })).refuses(422, "code: must be 6 to 8 digits");
    }
    let code = api.app_shows(USER);
    let as_shown = [&code[..3], &code[3..]].join(" ");
    api.answer(&asked, &json!({ "code": as_shown })).token();
}

#[test]
fn email_code_signs_in_without_password() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let asked = api.start(USER, "EMAIL_OTP").asks("EMAIL_OTP");
    let computed = json!({ "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(asked.body["delivery"], computed);
    let sent = api.sent();
    assert_eq!(sent.len(), 8, "a first factor's codes are longer");
    api.answer(&asked, &json!({ "code": another(&sent) })).refuses(400, "Invalid verification code");
    let signed_in = api.answer(&asked, &json!({ "code": sent }));
    assert_eq!(signed_in.body["user"]["email"], USER);
    signed_in.token();
}

#[test]
fn no_preference_offers_first_factors() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let begin = || api.post("start-login", &json!({ "username": USER })).asks("SELECT_CHALLENGE");
    let asked = begin();
    assert_eq!(asked.body["choices"], json!(["PASSWORD", "EMAIL_OTP"]), "there is no passkey yet");
    api.answer(&asked, &json!({ "choice": "PASSWORD", "password": PASSWORD })).token();
    let code_wanted = api.answer(&begin(), &json!({ "choice": "EMAIL_OTP" })).asks("EMAIL_OTP");
    api.answer(&code_wanted, &json!({ "code": api.sent() })).token();
    let password_wanted = api.start(USER, "PASSWORD").asks("PASSWORD");
    api.answer(&password_wanted, &json!({ "password": PASSWORD })).token();
}

#[test]
fn wrong_password_ends_user_auth_session() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let asked = api.start(USER, "PASSWORD").asks("PASSWORD");
    let refused = "Invalid session or credentials";
    api.answer(&asked, &json!({ "password": "wrong" })).refuses(401, refused);
    api.answer(&asked, &json!({ "password": PASSWORD })).refuses(401, refused);
}

#[test]
fn mfa_user_starts_with_password() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let asked = api.start(USER, "EMAIL_OTP").asks("SELECT_CHALLENGE");
    assert_eq!(asked.body["choices"], json!(["PASSWORD"]));
    let code_wanted =
        api.answer(&asked, &json!({ "choice": "PASSWORD", "password": PASSWORD })).asks("SOFTWARE_TOKEN_MFA");
    api.answer(&code_wanted, &json!({ "code": api.app_shows(USER) })).token();
}

#[test]
fn start_login_does_not_reveal_users() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    for preferred in ["EMAIL_OTP", "PASSWORD", "WEB_AUTHN"] {
        let [somebody, nobody] = [USER, "u@i.org"].map(|username| {
            let mut answer = api.start(username, preferred);
            answer.body["session"] = answer.body["session"].is_string().into();
            answer.body["username"] = "".into();
            answer.body["user"]["email"] = "".into();
            answer
        });
        assert_eq!(somebody, nobody);
    }
    let asked = api.start("nobody@igad.int", "EMAIL_OTP").asks("EMAIL_OTP");
    api.answer(&asked, &json!({ "code": "12345678" })).refuses(400, "Invalid verification code");
    let asked = api.start("nobody@igad.int", "PASSWORD").asks("PASSWORD");
    api.answer(&asked, &json!({ "password": PASSWORD })).refuses(401, "Invalid session or credentials");
}
