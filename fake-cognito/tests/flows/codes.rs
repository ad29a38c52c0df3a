//! Codes of authenticator apps, and codes by email as a first factor.

use fake_cognito::{Settings, User};
use serde_json::json;

use crate::api::{Api, PASSWORD, USER, another, with_app};

#[test]
fn totp_code_is_accepted_once() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let code_in_app = api.totp_code(USER);
    let first = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    api.answer_challenge(&first, &json!({ "code": another(&code_in_app) }))
        .assert_error(400, "Invalid verification code");
    api.answer_challenge(&first, &json!({ "code": code_in_app })).token();

    let second = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let again = api.answer_challenge(&second, &json!({ "code": code_in_app }));
    again.assert_error(400, "Verification code has expired or was already used");
    api.advance_clock(30);
    api.answer_challenge(&second, &json!({ "code": api.totp_code(USER) })).token();
}

#[test]
fn malformed_code_keeps_the_session() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    for malformed in ["12345", "12345a", "123 45", "123456789"] {
        api.answer_challenge(&challenge, &json!({ "code": malformed }))
            .assert_error(422, "code: must be 6 to 8 digits");
    }
    let code = api.totp_code(USER);
    let as_shown = [&code[..3], &code[3..]].join(" ");
    api.answer_challenge(&challenge, &json!({ "code": as_shown })).token();
}

#[test]
fn email_code_signs_in_without_password() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let challenge = api.start(USER, "EMAIL_OTP").assert_challenge("EMAIL_OTP");
    let computed = json!({ "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(challenge.body["delivery"], computed);
    let sent = api.sent_code();
    assert_eq!(sent.len(), 8, "codes of a first factor are longer");
    api.answer_challenge(&challenge, &json!({ "code": another(&sent) }))
        .assert_error(400, "Invalid verification code");
    let signed_in = api.answer_challenge(&challenge, &json!({ "code": sent }));
    assert_eq!(signed_in.body["user"]["email"], USER);
    signed_in.token();
}

#[test]
fn no_preference_offers_first_factors() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let begin = || api.post("start-login", &json!({ "username": USER })).assert_challenge("SELECT_CHALLENGE");
    let challenge = begin();
    assert_eq!(challenge.body["choices"], json!(["PASSWORD", "EMAIL_OTP"]), "there is no passkey");
    api.answer_challenge(&challenge, &json!({ "choice": "PASSWORD", "password": PASSWORD })).token();
    let code_challenge =
        api.answer_challenge(&begin(), &json!({ "choice": "EMAIL_OTP" })).assert_challenge("EMAIL_OTP");
    api.answer_challenge(&code_challenge, &json!({ "code": api.sent_code() })).token();
    let password_challenge = api.start(USER, "PASSWORD").assert_challenge("PASSWORD");
    api.answer_challenge(&password_challenge, &json!({ "password": PASSWORD })).token();
}

#[test]
fn wrong_password_ends_user_auth_session() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let challenge = api.start(USER, "PASSWORD").assert_challenge("PASSWORD");
    let rejected = "Invalid session or credentials";
    api.answer_challenge(&challenge, &json!({ "password": "wrong" })).assert_error(401, rejected);
    api.answer_challenge(&challenge, &json!({ "password": PASSWORD })).assert_error(401, rejected);
}

#[test]
fn mfa_user_starts_with_password() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let challenge = api.start(USER, "EMAIL_OTP").assert_challenge("SELECT_CHALLENGE");
    assert_eq!(challenge.body["choices"], json!(["PASSWORD"]));
    let code_challenge = api
        .answer_challenge(&challenge, &json!({ "choice": "PASSWORD", "password": PASSWORD }))
        .assert_challenge("SOFTWARE_TOKEN_MFA");
    api.answer_challenge(&code_challenge, &json!({ "code": api.totp_code(USER) })).token();
}

#[test]
fn start_login_does_not_reveal_users() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    for preferred in ["EMAIL_OTP", "PASSWORD", "WEB_AUTHN"] {
        let [existing, unknown] = [USER, "u@i.org"].map(|username| {
            let mut response = api.start(username, preferred);
            response.body["session"] = response.body["session"].is_string().into();
            response.body["username"] = "".into();
            response.body["user"]["email"] = "".into();
            response
        });
        assert_eq!(existing, unknown);
    }
    let challenge = api.start("unknown-user@igad.int", "EMAIL_OTP").assert_challenge("EMAIL_OTP");
    api.answer_challenge(&challenge, &json!({ "code": "12345678" }))
        .assert_error(400, "Invalid verification code");
    let challenge = api.start("unknown-user@igad.int", "PASSWORD").assert_challenge("PASSWORD");
    api.answer_challenge(&challenge, &json!({ "password": PASSWORD }))
        .assert_error(401, "Invalid session or credentials");
}
