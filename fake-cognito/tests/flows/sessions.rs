//! Sessions that have expired or were used, at every step.

use fake_cognito::{Mfa, Settings, Status, User};
use serde_json::{Value, json};

use crate::{
    api::{Answer, Api, PASSWORD, USER, with_app},
    browser::Browser,
    passkeys::register,
};

/// A step of a sign-in, and its right answer.
struct Step {
    api: Api,
    asked: Answer,
    answer: Value,
}

fn everybody_must() -> Settings {
    Settings { mfa: Mfa::On, ..Settings::default() }
}

/// Every challenge, each in front of a pool of its own.
fn steps() -> Vec<Step> {
    let user = || User::new(USER, PASSWORD);
    let mut new = user();
    new.status = Status::ForceChangePassword;
    let api = Api::with(Settings::default(), [new]);
    let asked = api.log_in(USER).asks("NEW_PASSWORD_REQUIRED");
    let mut steps = vec![Step { api, asked, answer: json!({ "new_password": "An0ther P@ssword" }) }];

    let api = Api::with(everybody_must(), [user()]);
    let asked = api.log_in(USER).asks("MFA_SETUP");
    steps.push(Step { api, asked, answer: json!({ "choice": "SOFTWARE_TOKEN_MFA" }) });

    let api = Api::with(everybody_must(), [user()]);
    let offered = api.log_in(USER).asks("MFA_SETUP");
    let asked = api.answer(&offered, &json!({ "choice": "SOFTWARE_TOKEN_MFA" })).asks("MFA_SETUP");
    let secret = asked.body["totp"]["secret"].as_str().unwrap().to_owned();
    let shown = fake_cognito::code(&secret, api.cognito.pool().now());
    steps.push(Step { api, asked, answer: json!({ "code": shown }) });

    let api = Api::with(everybody_must(), [user()]);
    let asked = api.log_in(USER).asks("MFA_SETUP");
    steps.push(Step { api, asked, answer: json!({ "email": USER }) });

    let api = Api::with(Settings::default(), [with_app(USER)]);
    let asked = api.log_in(USER).asks("SOFTWARE_TOKEN_MFA");
    let answer = json!({ "code": api.app_shows(USER) });
    steps.push(Step { api, asked, answer });

    let mut both = with_app(USER);
    both.email_is_second_factor = true;
    let api = Api::with(Settings::default(), [both]);
    let asked = api.log_in(USER).asks("SELECT_MFA_TYPE");
    steps.push(Step { api, asked, answer: json!({ "choice": "EMAIL_OTP" }) });

    let api = Api::with(Settings::default(), [user()]);
    let asked = api.start(USER, "EMAIL_OTP").asks("EMAIL_OTP");
    let answer = json!({ "code": api.sent() });
    steps.push(Step { api, asked, answer });

    let api = Api::with(Settings::default(), [user()]);
    let asked = api.post("start-login", &json!({ "username": USER })).asks("SELECT_CHALLENGE");
    steps.push(Step { api, asked, answer: json!({ "choice": "EMAIL_OTP" }) });

    let api = Api::with(Settings::default(), [user()]);
    let asked = api.start(USER, "PASSWORD").asks("PASSWORD");
    steps.push(Step { api, asked, answer: json!({ "password": PASSWORD }) });

    let api = Api::with(Settings::default(), [user()]);
    let mut browser = Browser::at("http://localhost");
    register(&mut browser, &api, &api.log_in(USER).token());
    let asked = api.start(USER, "WEB_AUTHN").asks("WEB_AUTHN");
    let answer = json!({ "credential": browser.sign(&asked.body["passkey"]) });
    steps.push(Step { api, asked, answer });
    steps
}

#[test]
fn expired_session_returns_401() {
    for Step { api, asked, answer } in steps() {
        api.pass(15 * 60 + 1);
        api.answer(&asked, &answer).refuses(401, "Invalid session or credentials");
    }
}

#[test]
fn used_session_returns_401() {
    for Step { api, asked, answer } in steps() {
        let first = api.answer(&asked, &answer);
        assert_eq!(first.status, 200, "{asked:?} {first:?}");
        api.answer(&asked, &answer).refuses(401, "Invalid session or credentials");
    }
}

#[test]
fn session_of_another_user_returns_401() {
    let api = Api::with(Settings::default(), [with_app(USER), with_app("other@igad.int")]);
    let mut asked = api.log_in(USER).asks("SOFTWARE_TOKEN_MFA");
    let code = json!({ "code": api.app_shows(USER) });
    let own = asked.body["username"].clone();
    asked.body["username"] = api.log_in("other@igad.int").body["username"].clone();
    api.answer(&asked, &code).refuses(401, "Invalid session or credentials");
    asked.body["username"] = own;
    api.answer(&asked, &code).token();
}

#[test]
fn password_reset_ends_other_sessions() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let device_a = api.log_in(USER);
    let new_password = "An0ther P@ssword";

    assert_eq!(api.post("forgot-password", &json!({ "username": USER })).status, 200);
    let reset = json!({ "username": USER, "code": api.sent(), "new_password": new_password });
    assert_eq!(api.post("reset-password", &reset).status, 200);

    let refresh_token = device_a.clone_of("refresh_token");
    let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token }));
    refreshed.refuses(401, "Invalid refresh token");
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
        let [token_a, token_b] = [&device_a, &device_b].map(|device| device.clone_of("refresh_token"));

        let logout = json!({ "everywhere": true, "refresh_token": token_a });
        let logged_out = api.post_as(&device_a.token(), "logout", &logout);
        assert_eq!(logged_out.status, 200);
        assert_eq!(logged_out.body, json!({ "message": "Logged out successfully" }));

        for refresh_token in [token_b, token_a] {
            let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token }));
            refreshed.refuses(401, "Invalid refresh token");
        }
        assert_eq!(api.post_as(&device_b.token(), "me", &json!({})).status, 401);
    }
}
