//! Second factors of users who are signed in.

use fake_cognito::{Mfa, Settings, User};
use serde_json::json;

use crate::api::{Api, PASSWORD, USER, with_app};

#[test]
fn verified_app_is_required_at_sign_in() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    let factors = api.post_as(&token, "factors", &json!({}));
    assert_eq!(factors.body, json!({ "factors": ["PASSWORD", "EMAIL_OTP"], "mfa": [] }));

    let secret = api.post_as(&token, "set-up-totp", &json!({ "account": USER })).body["secret"].clone();
    api.log_in(USER).token();
    let code_in_app = fake_cognito::code(secret.as_str().unwrap(), api.cognito.pool().now());
    let added = api.post_as(&token, "verify-totp", &json!({ "code": code_in_app }));
    assert_eq!((added.status, added.body), (200, json!({ "message": "Authenticator app added" })));

    let factors = api.post_as(&token, "factors", &json!({}));
    assert_eq!(
        factors.body,
        json!({
            "factors": ["PASSWORD", "EMAIL_OTP"], "mfa": ["SOFTWARE_TOKEN_MFA"], "preferred": "SOFTWARE_TOKEN_MFA"
        })
    );
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    // The verification used this code.
    api.answer_challenge(&challenge, &json!({ "code": code_in_app }))
        .assert_error(400, "Verification code has expired or was already used");
    api.advance_clock(30);
    api.answer_challenge(&challenge, &json!({ "code": api.totp_code(USER) })).token();
}

#[test]
fn unverified_app_keeps_previous_app() {
    let api = Api::with(Settings::default(), [with_app(USER)]);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let token = api.answer_challenge(&challenge, &json!({ "code": api.totp_code(USER) })).token();
    assert_eq!(api.post_as(&token, "set-up-totp", &json!({})).status, 200);
    api.advance_clock(30);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    api.answer_challenge(&challenge, &json!({ "code": api.totp_code(USER) })).token();
}

#[test]
fn mfa_preference_selects_the_challenge() {
    let mut user = with_app(USER);
    user.email_is_second_factor = true;
    user.preferred = Some("SOFTWARE_TOKEN_MFA");
    let api = Api::with(Settings::default(), [user]);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let token = api.answer_challenge(&challenge, &json!({ "code": api.totp_code(USER) })).token();
    for (body, next) in [
        (json!({ "preferred": "EMAIL_OTP" }), "EMAIL_OTP"),
        (json!({ "disable": "EMAIL_OTP" }), "SOFTWARE_TOKEN_MFA"),
    ] {
        let saved = api.post_as(&token, "prefer-factor", &body);
        assert_eq!((saved.status, saved.body), (200, json!({ "message": "Sign-in preference saved" })));
        api.log_in(USER).assert_challenge(next);
    }
}

#[test]
fn factor_not_set_up_cannot_be_preferred() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    let rejected = api.post_as(&token, "prefer-factor", &json!({ "preferred": "SOFTWARE_TOKEN_MFA" }));
    rejected.assert_error(400, "Set this method up first");
}

#[test]
fn required_mfa_cannot_be_disabled() {
    let api = Api::with(Settings { mfa: Mfa::On, ..Settings::default() }, [with_app(USER)]);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let token = api.answer_challenge(&challenge, &json!({ "code": api.totp_code(USER) })).token();
    let rejected = api.post_as(&token, "prefer-factor", &json!({ "disable": "SOFTWARE_TOKEN_MFA" }));
    rejected.assert_error(400, "Factor error: InvalidParameterException");
    api.advance_clock(30);
    api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
}

#[test]
fn totp_setup_without_mfa_returns_409() {
    let api = Api::with(Settings { mfa: Mfa::Off, ..Settings::default() }, [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    api.post_as(&token, "set-up-totp", &json!({})).assert_error(409, "Authenticator apps are not enabled");
}

#[test]
fn refresh_keeps_auth_time() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let signed_in = api.log_in(USER);
    let refresh_token = signed_in.body["refresh_token"].clone();
    let before = api.cognito.pool().now();
    let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token })).token();
    let claims = |token: &serde_json::Value| {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let claims = token.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        serde_json::from_slice::<serde_json::Value>(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    };
    assert_eq!(claims(&refreshed)["auth_time"], claims(&signed_in.token())["auth_time"]);
    assert!(claims(&refreshed)["auth_time"].as_u64().unwrap() <= before);
}
