//! Expired and used sessions at every step, and revoked tokens.

use fake_cognito::{Mfa, Settings, Status, User};
use serde_json::{Value, json};

use crate::{
    api::{Api, ApiResponse, PASSWORD, USER, with_app},
    browser::Browser,
    passkeys::register,
};

/// Challenge of a sign-in, and its valid answer.
struct Step {
    api: Api,
    challenge: ApiResponse,
    answer: Value,
}

fn mfa_required() -> Settings {
    Settings { mfa: Mfa::On, ..Settings::default() }
}

/// All challenges, each with its own pool.
fn steps() -> Vec<Step> {
    let user = || User::new(USER, PASSWORD);
    let mut new = user();
    new.status = Status::ForceChangePassword;
    let api = Api::with(Settings::default(), [new]);
    let challenge = api.log_in(USER).assert_challenge("NEW_PASSWORD_REQUIRED");
    let mut steps = vec![Step { api, challenge, answer: json!({ "new_password": "An0ther P@ssword" }) }];

    let api = Api::with(mfa_required(), [user()]);
    let challenge = api.log_in(USER).assert_challenge("MFA_SETUP");
    steps.push(Step { api, challenge, answer: json!({ "choice": "SOFTWARE_TOKEN_MFA" }) });

    let api = Api::with(mfa_required(), [user()]);
    let offered = api.log_in(USER).assert_challenge("MFA_SETUP");
    let challenge = api
        .answer_challenge(&offered, &json!({ "choice": "SOFTWARE_TOKEN_MFA" }))
        .assert_challenge("MFA_SETUP");
    let secret = challenge.body["totp"]["secret"].as_str().unwrap().to_owned();
    let code_in_app = fake_cognito::code(&secret, api.cognito.pool().now());
    steps.push(Step { api, challenge, answer: json!({ "code": code_in_app }) });

    let api = Api::with(mfa_required(), [user()]);
    let challenge = api.log_in(USER).assert_challenge("MFA_SETUP");
    steps.push(Step { api, challenge, answer: json!({ "email": USER }) });

    let api = Api::with(Settings::default(), [with_app(USER)]);
    let challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let answer = json!({ "code": api.totp_code(USER) });
    steps.push(Step { api, challenge, answer });

    let mut both = with_app(USER);
    both.email_is_second_factor = true;
    let api = Api::with(Settings::default(), [both]);
    let challenge = api.log_in(USER).assert_challenge("SELECT_MFA_TYPE");
    steps.push(Step { api, challenge, answer: json!({ "choice": "EMAIL_OTP" }) });

    let api = Api::with(Settings::default(), [user()]);
    let challenge = api.start(USER, "EMAIL_OTP").assert_challenge("EMAIL_OTP");
    let answer = json!({ "code": api.sent_code() });
    steps.push(Step { api, challenge, answer });

    let api = Api::with(Settings::default(), [user()]);
    let challenge =
        api.post("start-login", &json!({ "username": USER })).assert_challenge("SELECT_CHALLENGE");
    steps.push(Step { api, challenge, answer: json!({ "choice": "EMAIL_OTP" }) });

    let api = Api::with(Settings::default(), [user()]);
    let challenge = api.start(USER, "PASSWORD").assert_challenge("PASSWORD");
    steps.push(Step { api, challenge, answer: json!({ "password": PASSWORD }) });

    let api = Api::with(Settings::default(), [user()]);
    let mut browser = Browser::at("http://localhost");
    register(&mut browser, &api, &api.log_in(USER).token());
    let challenge = api.start(USER, "WEB_AUTHN").assert_challenge("WEB_AUTHN");
    let answer = json!({ "credential": browser.sign(&challenge.body["passkey"]) });
    steps.push(Step { api, challenge, answer });
    steps
}

#[test]
fn expired_session_returns_401() {
    for Step { api, challenge, answer } in steps() {
        api.advance_clock(15 * 60 + 1);
        api.answer_challenge(&challenge, &answer).assert_error(401, "Invalid session or credentials");
    }
}

#[test]
fn used_session_returns_401() {
    for Step { api, challenge, answer } in steps() {
        let first = api.answer_challenge(&challenge, &answer);
        assert_eq!(first.status, 200, "{challenge:?} {first:?}");
        api.answer_challenge(&challenge, &answer).assert_error(401, "Invalid session or credentials");
    }
}

#[test]
fn session_of_another_user_returns_401() {
    let api = Api::with(Settings::default(), [with_app(USER), with_app("other@igad.int")]);
    let mut challenge = api.log_in(USER).assert_challenge("SOFTWARE_TOKEN_MFA");
    let code = json!({ "code": api.totp_code(USER) });
    let own = challenge.body["username"].clone();
    challenge.body["username"] = api.log_in("other@igad.int").body["username"].clone();
    api.answer_challenge(&challenge, &code).assert_error(401, "Invalid session or credentials");
    challenge.body["username"] = own;
    api.answer_challenge(&challenge, &code).token();
}

#[test]
fn password_reset_ends_other_sessions() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let device_a = api.log_in(USER);
    let new_password = "An0ther P@ssword";

    assert_eq!(api.post("forgot-password", &json!({ "username": USER })).status, 200);
    let reset = json!({ "username": USER, "code": api.sent_code(), "new_password": new_password });
    assert_eq!(api.post("reset-password", &reset).status, 200);

    let refresh_token = device_a.member("refresh_token");
    let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token }));
    refreshed.assert_error(401, "Invalid refresh token");
    assert_eq!(api.post_as(&device_a.token(), "me", &json!({})).status, 401);
    api.post("login", &json!({ "username": USER, "password": new_password })).token();
}

#[test]
fn expired_token_logout_ends_all_sessions() {
    for rotates_refresh_tokens in [false, true] {
        let settings = Settings { rotates_refresh_tokens, ..Settings::default() };
        let api = Api::with(settings, [User::new(USER, PASSWORD)]);
        let now = api.cognito.pool().now();
        // Two hours ago: the access token has expired by the functions' clock too.
        api.cognito.pool().set_clock(now - 2 * 3600);
        let device_a = api.log_in(USER);
        api.cognito.pool().set_clock(now);
        let device_b = api.log_in(USER);
        let [token_a, token_b] = [&device_a, &device_b].map(|device| device.member("refresh_token"));

        let logout = json!({ "everywhere": true, "refresh_token": token_a });
        let logged_out = api.post_as(&device_a.token(), "logout", &logout);
        assert_eq!(logged_out.status, 200);
        assert_eq!(logged_out.body, json!({ "message": "Logged out successfully" }));

        for refresh_token in [token_b, token_a] {
            let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token }));
            refreshed.assert_error(401, "Invalid refresh token");
        }
        assert_eq!(api.post_as(&device_b.token(), "me", &json!({})).status, 401);
    }
}
