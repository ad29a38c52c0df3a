//! Self-service of an account: profile, change of the email address, verification and deletion.

use fake_cognito::{Settings, User};
use serde_json::{Value, json};

use crate::api::{Api, ApiResponse, PASSWORD, USER, another, masked_delivery};

/// Address that a user changes to.
const NEW_ADDRESS: &str = "jane.roe@igad.int";

/// Address of another user.
const TAKEN: &str = "taken@igad.int";

fn change_email(api: &Api, token: &Value, email: &str) -> ApiResponse {
    api.post_as(token, "change-email", &json!({ "email": email }))
}

fn verify_email(api: &Api, token: &Value, code: &str) -> ApiResponse {
    api.post_as(token, "verify-email", &json!({ "code": code }))
}

#[test]
fn email_changes_with_the_right_code() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();

    let sent = change_email(&api, &token, NEW_ADDRESS);
    assert_eq!((sent.status, &sent.body["delivery"]), (200, &masked_delivery(NEW_ADDRESS)));
    let code = api.sent_code();
    verify_email(&api, &token, &another(&code)).assert_error(400, "Invalid verification code");
    api.log_in(NEW_ADDRESS).assert_error(401, "Invalid credentials");
    let profile = api.post_as(&api.log_in(USER).token(), "me", &json!({}));
    assert_eq!((&profile.body["email"], &profile.body["email_verified"]), (&json!(USER), &json!(true)));

    verify_email(&api, &token, &code).member("message");
    api.log_in(USER).assert_error(401, "Invalid credentials");
    let changed = api.log_in(NEW_ADDRESS);
    assert_eq!(changed.member("user")["email"], NEW_ADDRESS);
    verify_email(&api, &token, &code).assert_error(400, "Verification code has expired");
}

/// Cognito rejects a taken address at the update or, by an older report, only at the verification.
#[test]
fn change_to_a_taken_address_is_not_revealed() {
    for reports_taken_address_at_update in [true, false] {
        let settings = Settings { reports_taken_address_at_update, ..Settings::default() };
        let api = Api::with(settings, [User::new(USER, PASSWORD), User::new(TAKEN, PASSWORD)]);
        let token = api.log_in(USER).token();

        // Both addresses have the same masked form.
        let free = change_email(&api, &token, "tom@igad.int");
        assert_eq!(change_email(&api, &token, TAKEN), free);
        assert_eq!(free.status, 200);

        let code = api.sent_code();
        if reports_taken_address_at_update {
            verify_email(&api, &token, &another(&code)).assert_error(400, "Invalid verification code");
        } else {
            // The code is right, but the address cannot be the user's.
            verify_email(&api, &token, &code).assert_error(400, "Invalid verification code");
        }
        let owner = api.post_as(&api.log_in(TAKEN).token(), "me", &json!({}));
        assert_eq!(owner.body["user_id"], api.cognito.pool().user(TAKEN).unwrap().sub.as_str());
        assert_eq!(api.log_in(USER).member("user")["email"], USER);
    }
}

#[test]
fn disabled_email_change_returns_403() {
    let settings = Settings { verifies_before_update: false, ..Settings::default() };
    let api = Api::with(settings, [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    change_email(&api, &token, NEW_ADDRESS).assert_error(403, "Email change is not enabled");
    assert_eq!(api.log_in(USER).member("user")["email"], USER);
}

/// An address in `ADMIN_EMAILS` makes an administrator only once it is verified.
#[test]
fn pending_admin_address_makes_no_administrator() {
    let variables = &[("ADMIN_EMAILS", "chief@igad.int")];
    let api = Api::with_variables(Settings::default(), [User::new(USER, PASSWORD)], variables);
    let token = api.log_in(USER).token();
    change_email(&api, &token, "Chief@igad.int").member("delivery");
    assert_eq!(api.log_in(USER).member("user")["is_admin"], false);
    verify_email(&api, &token, &api.sent_code()).member("message");
    assert_eq!(api.log_in("chief@igad.int").member("user")["is_admin"], true);
}

#[test]
fn stale_sign_in_changes_nothing() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let now = api.cognito.pool().now();
    // The access token is valid for an hour, and the sign-in is recent for 15 minutes.
    api.cognito.pool().set_clock(now - 30 * 60);
    let token = api.log_in(USER).token();
    api.cognito.pool().set_clock(now);
    for (route, body) in
        [("change-email", json!({ "email": NEW_ADDRESS })), ("delete-account", json!({ "confirm": USER }))]
    {
        api.post_as(&token, route, &body).assert_error(403, "Please sign in again to do this");
    }
    api.log_in(USER).token();
    // These routes need no recent sign-in.
    api.post_as(&token, "update-profile", &json!({ "attributes": { "locale": "en" } })).member("message");
    api.post_as(&token, "send-email-code", &json!({})).member("message");
    verify_email(&api, &token, &api.sent_code()).member("message");
}

#[test]
fn invited_user_verifies_then_resets_the_password() {
    let mut invited = User::new(USER, PASSWORD);
    invited.email_verified = false;
    let api = Api::with(Settings::default(), [invited]);
    let forgot = || api.post("forgot-password", &json!({ "username": USER })).member("success");
    forgot();
    assert!(api.cognito.pool().sent.is_empty(), "an unverified address gets no code");

    let token = api.log_in(USER).token();
    assert_eq!(api.post_as(&token, "me", &json!({})).member("email_verified"), false);
    let sent = api.post_as(&token, "send-email-code", &json!({}));
    assert_eq!(sent.member("delivery"), masked_delivery(USER));
    verify_email(&api, &token, &api.sent_code()).member("message");
    assert_eq!(api.post_as(&token, "me", &json!({})).member("email_verified"), true);

    forgot();
    let new_password = "An0ther P@ssword";
    let reset = json!({ "username": USER, "code": api.sent_code(), "new_password": new_password });
    api.post("reset-password", &reset).member("success");
    api.post("login", &json!({ "username": USER, "password": new_password })).token();
}

#[test]
fn profile_shows_saved_attributes() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    let save = |attributes: &Value| {
        let body = json!({ "attributes": attributes });
        api.post_as(&token, "update-profile", &body).member("message");
        let me = api.post_as(&token, "me", &json!({}));
        (me.member("name"), me.member("attributes"))
    };
    let attributes = json!({ "name": "Jane Roe", "locale": "en" });
    assert_eq!(save(&attributes), (json!("Jane Roe"), attributes));
    // `null` leaves an attribute as it is, and an empty text removes it.
    let kept = json!({ "name": "Jane Roe" });
    assert_eq!(save(&json!({ "name": null, "locale": "" })), (json!("Jane Roe"), kept));
}

#[test]
fn deleted_account_can_sign_up_again() {
    let api = Api::with(Settings::default(), [User::new(USER, PASSWORD)]);
    let signed_in = api.log_in(USER);
    let token = signed_in.member("access_token");
    let delete = |confirm: &str| api.post_as(&token, "delete-account", &json!({ "confirm": confirm }));
    delete(TAKEN).assert_error(400, "Confirmation does not match");
    assert_eq!(delete(" User@IGAD.int ").body, json!({ "message": "Account deleted" }));

    let refresh = json!({ "refresh_token": signed_in.member("refresh_token") });
    api.post("refresh-token", &refresh).assert_error(401, "Invalid refresh token");
    api.log_in(USER).assert_error(401, "Invalid credentials");
    api.post_as(&token, "me", &json!({})).assert_error(401, "Invalid token");
    delete(USER).assert_error(401, "Invalid token");

    api.post("sign-up", &json!({ "username": USER, "password": PASSWORD })).member("success");
    let confirm = json!({ "username": USER, "code": api.sent_code() });
    api.post("confirm-sign-up", &confirm).member("success");
    let again = api.log_in(USER);
    assert_ne!(again.member("user")["user_id"], signed_in.member("user")["user_id"]);
}

#[test]
fn settings_describe_the_pool() {
    let settings = Settings { first_factors: vec!["PASSWORD", "WEB_AUTHN"], ..Settings::default() };
    let api = Api::with(settings, []);
    let expected = json!({
        "sign_up": true,
        "passkeys": true,
        "email_code": false,
        "mfa": "OPTIONAL",
        "password_policy": {
            "minimum_length": 8, "uppercase": true, "lowercase": true, "numbers": true, "symbols": true
        },
        "email_change": true,
        "providers": [],
        "reauthentication_minutes": 15
    });
    assert_eq!(api.post("settings", &json!({})).body, expected);
}
