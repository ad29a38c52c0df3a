//! Self-service sign-up.

use fake_cognito::{Mfa, Settings, Status, User};
use serde_json::json;

use crate::api::{Api, PASSWORD, USER, another, masked_delivery};

/// Configuration with one administrator, whose address has no account.
const ADMIN_EMAILS: &[(&str, &str)] = &[("ADMIN_EMAILS", "Chief@igad.int")];

/// Password that differs from [`PASSWORD`].
const OTHER_PASSWORD: &str = "An0ther P@ssword";

#[test]
fn confirmed_sign_up_can_sign_in() {
    // The first sign-in returns tokens, even if MFA is required.
    let api = Api::with(Settings { mfa: Mfa::On, ..Settings::default() }, []);
    let sign_up = json!({ "username": USER, "password": PASSWORD, "name": "Jane Doe" });
    let signed_up = api.post("sign-up", &sign_up);
    assert_eq!(
        signed_up.body,
        json!({
            "success": true,
            "message": "Confirmation code sent. Please check your inbox.",
            "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
        })
    );
    api.log_in(USER).assert_error(403, "Authentication error: UserNotConfirmedException");
    let confirm = |code: &str| api.post("confirm-sign-up", &json!({ "username": USER, "code": code }));
    confirm(&another(&api.sent_code())).assert_error(400, "Invalid or expired verification code");
    let first = api.sent_code();
    assert_eq!(api.post("resend-code", &json!({ "username": USER })).body, signed_up.body);
    if first != api.sent_code() {
        confirm(&first).assert_error(400, "Invalid or expired verification code");
    }
    assert_eq!(
        confirm(&api.sent_code()).body,
        json!({ "success": true, "message": "Account confirmed successfully" })
    );
    confirm(&api.sent_code()).assert_error(400, "Invalid or expired verification code");
    let signed_in = api.log_in(USER);
    assert_eq!(signed_in.body["user"]["name"], "Jane Doe");
    signed_in.token();
    api.log_in(USER).assert_challenge("MFA_SETUP");
}

#[test]
fn wrong_password_of_unconfirmed_user_returns_403() {
    let mut unconfirmed = User::new(USER, PASSWORD);
    unconfirmed.status = Status::Unconfirmed;
    let api = Api::with(Settings::default(), [unconfirmed]);
    for password in [OTHER_PASSWORD, PASSWORD] {
        let rejected = api.post("login", &json!({ "username": USER, "password": password }));
        rejected.assert_error(403, "Authentication error: UserNotConfirmedException");
    }
    let unknown = api.post("login", &json!({ "username": "uma@igad.int", "password": OTHER_PASSWORD }));
    unknown.assert_error(401, "Invalid credentials");
}

/// SECURITY.md documents this difference as a residual risk of user enumeration.
#[test]
fn login_after_sign_up_reveals_taken_name() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    for (username, status, detail) in [
        (USER, 401, "Invalid credentials"),
        ("uma@igad.int", 403, "Authentication error: UserNotConfirmedException"),
    ] {
        let account = json!({ "username": username, "password": OTHER_PASSWORD });
        assert_eq!(api.post("sign-up", &account).status, 200);
        api.post("login", &account).assert_error(status, detail);
    }
}

#[test]
fn sign_up_does_not_reveal_users() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    for route in ["sign-up", "resend-code", "forgot-password"] {
        let [taken, free] = [USER, "uma@igad.int"]
            .map(|username| api.post(route, &json!({ "username": username, "password": PASSWORD })));
        assert_eq!(taken, free, "{route}");
        assert_eq!(taken.status, 200);
    }
    // The existing account is unchanged.
    api.log_in(USER).token();
}

/// Account pre-hijacking of an administrator's address, with either spelling, since the pool ignores case.
#[test]
fn pre_registered_address_yields_no_admin_tokens() {
    for attackers_spelling in ["chief@igad.int", "CHIEF@IGAD.INT"] {
        let api = Api::with_variables(Settings::default(), [], ADMIN_EMAILS);
        let call = |route: &str, username: &str, password: &str| {
            api.post(route, &json!({ "username": username, "password": password }))
        };
        let mut responses = vec![
            call("sign-up", attackers_spelling, PASSWORD),
            call("login", attackers_spelling, PASSWORD),
            call("sign-up", "chief@igad.int", OTHER_PASSWORD),
            api.post("resend-code", &json!({ "username": "chief@igad.int" })),
        ];
        let sent = api.cognito.pool().sent.last().map(|sent| sent.code.clone());
        let code = sent.unwrap_or_else(|| "123456".to_owned());
        responses.push(api.post("confirm-sign-up", &json!({ "username": "chief@igad.int", "code": code })));
        for (username, password) in
            [("chief@igad.int", OTHER_PASSWORD), ("chief@igad.int", PASSWORD), (attackers_spelling, PASSWORD)]
        {
            responses.push(call("login", username, password));
        }
        for response in &responses {
            assert_ne!(response.body["user"]["is_admin"], true, "{response:?}");
            assert_ne!(response.body["user"]["role"], "admin", "{response:?}");
        }
    }
}

#[test]
fn admin_address_sign_up_skips_cognito() {
    let api = Api::with_variables(Settings::default(), [], ADMIN_EMAILS);
    let sign_up =
        |username: &str| api.post("sign-up", &json!({ "username": username, "password": PASSWORD }));
    for username in ["chief@igad.int", "CHIEF@IGAD.INT"] {
        let response = sign_up(username);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.body["delivery"], masked_delivery(username));
        assert!(api.cognito.operations().is_empty());
        assert!(api.cognito.pool().sent.is_empty());
    }
    let [mut listed, mut free] = ["chief@igad.int", "free@mail.example"].map(sign_up);
    for response in [&mut listed, &mut free] {
        response.body["delivery"]["Destination"] = "".into();
    }
    assert_eq!(listed, free);
}

#[test]
fn disabled_sign_up_does_not_call_cognito() {
    let api = Api::with(Settings { self_sign_up: false, ..Settings::default() }, []);
    let anything = json!({ "username": USER, "password": PASSWORD, "code": "123456" });
    for route in ["sign-up", "confirm-sign-up", "resend-code"] {
        api.post(route, &anything).assert_error(403, "Sign-up is not enabled");
    }
    assert!(api.cognito.operations().is_empty());
}
