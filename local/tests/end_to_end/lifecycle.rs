//! Lifecycle of a user: sessions, passwords and logout, with their errors.

use serde_json::{Value, json};

use crate::stack::{ApiResponse, PASSWORD, stack};

const NEW_PASSWORD: &str = "BrandNewP@ss1";

/// Code of a password reset that was sent to `user`.
fn reset_code(user: &str) -> String {
    stack().sent_code(user, "654321")
}

struct Tokens {
    access: String,
    refresh: String,
}

fn signed_in(username: &str, password: &str) -> Tokens {
    let response = stack().sign_in(username, password);
    let token = |name: &str| response.body[name].as_str().unwrap().to_owned();
    Tokens { access: token("access_token"), refresh: token("refresh_token") }
}

fn with_bearer(method: &str, route: &str, token: &str, body: &Value) -> ApiResponse {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    stack().send(method, route, &headers, &body)
}

fn me(token: &str) -> ApiResponse {
    with_bearer("GET", "me", token, &Value::Null)
}

fn assert_error(response: &ApiResponse, status: u16, detail: &str) {
    assert_eq!((response.status, &response.body), (status, &json!({ "detail": detail })), "{response:?}");
}

#[test]
fn password_lifecycle_succeeds() {
    let user = "life@igad.int";
    stack().create_user(user);

    let tokens = signed_in(user, PASSWORD);
    let profile = me(&tokens.access);
    assert_eq!(profile.status, 200, "{profile:?}");
    let id = profile.body["user_id"].clone();
    assert_eq!(
        profile.body,
        json!({
            "user_id": id, "email": user, "username": profile.body["username"], "email_verified": true,
            "role": "user", "name": "IGAD User", "is_admin": false
        })
    );

    let refreshed = stack().post("refresh-token", &json!({ "refresh_token": tokens.refresh }));
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(refreshed.body["user"]["user_id"], id);
    assert_eq!(me(refreshed.body["access_token"].as_str().unwrap()).status, 200);

    let change = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    let changed = with_bearer("POST", "change-password", &tokens.access, &change);
    assert_eq!((changed.status, changed.body), (200, json!({ "message": "Password changed successfully" })));
    assert_error(&stack().sign_in(user, PASSWORD), 401, "Invalid credentials");

    let forgotten = stack().post("forgot-password", &json!({ "username": user }));
    assert_eq!(forgotten.status, 200, "{forgotten:?}");
    assert_eq!(forgotten.body["success"], true);
    assert_eq!(forgotten.body["delivery"]["DeliveryMedium"], "EMAIL");
    assert_eq!(forgotten.body["delivery"]["AttributeName"], "email");

    let reset = json!({ "username": user, "code": reset_code(user), "new_password": "ThirdP@ssw0rd1" });
    let reset = stack().post("reset-password", &reset);
    assert_eq!((reset.status, &reset.body["success"]), (200, &json!(true)), "{reset:?}");
    assert_error(&stack().sign_in(user, NEW_PASSWORD), 401, "Invalid credentials");

    let tokens = signed_in(user, "ThirdP@ssw0rd1");
    let signed_out = stack().post("logout", &json!({ "refresh_token": tokens.refresh }));
    assert_eq!((signed_out.status, signed_out.body), (200, json!({ "message": "Logged out successfully" })));
    let rejected = stack().post("refresh-token", &json!({ "refresh_token": tokens.refresh }));
    assert_error(&rejected, 401, "Invalid refresh token");

    let tokens = signed_in(user, "ThirdP@ssw0rd1");
    assert_eq!(me(&tokens.access).status, 200);
    assert_eq!(with_bearer("POST", "logout", &tokens.access, &json!({ "everywhere": true })).status, 200);
    assert_error(&me(&tokens.access), 401, "Invalid token");
}

#[test]
fn password_reset_ends_other_sessions() {
    let user = "stolen@igad.int";
    stack().create_user(user);
    let sessions = [signed_in(user, PASSWORD), signed_in(user, PASSWORD)];
    assert_eq!(stack().post("forgot-password", &json!({ "username": user })).status, 200);

    let reset = json!({ "username": user, "code": reset_code(user), "new_password": NEW_PASSWORD });
    let reset = stack().post("reset-password", &reset);
    assert_eq!(
        (reset.status, &reset.body),
        (200, &json!({ "success": true, "message": "Password reset successfully" })),
        "{reset:?}"
    );

    for tokens in sessions {
        let refreshed = stack().post("refresh-token", &json!({ "refresh_token": tokens.refresh }));
        assert_error(&refreshed, 401, "Invalid refresh token");
        assert_error(&me(&tokens.access), 401, "Invalid token");
    }
    assert_eq!(me(&signed_in(user, NEW_PASSWORD).access).status, 200);
}

#[test]
fn global_sign_out_ends_all_sessions() {
    let user = "everywhere@igad.int";
    stack().create_user(user);
    let here = signed_in(user, PASSWORD);
    let elsewhere = signed_in(user, PASSWORD);

    let both = json!({ "refresh_token": here.refresh, "everywhere": true });
    assert_eq!(with_bearer("POST", "logout", &here.access, &both).status, 200);

    for tokens in [here, elsewhere] {
        let rejected = stack().post("refresh-token", &json!({ "refresh_token": tokens.refresh }));
        assert_error(&rejected, 401, "Invalid refresh token");
        assert_error(&me(&tokens.access), 401, "Invalid token");
    }
}

#[test]
fn admin_role_comes_from_token_groups() {
    let profile = me(&signed_in("admin@igad.int", PASSWORD).access);
    assert_eq!((profile.status, &profile.body["role"]), (200, &json!("admin")), "{profile:?}");
    assert_eq!(profile.body["is_admin"], true);
}

#[test]
fn bearer_route_requires_a_valid_token() {
    let valid = signed_in("user@igad.int", PASSWORD).access;
    let (content, _) = valid.rsplit_once('.').unwrap();
    let forged = format!("{content}.AAAA");
    let change = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    for (method, route, body) in [("GET", "me", Value::Null), ("POST", "change-password", change)] {
        let missing = stack().send(method, route, &[("content-type", "application/json")], body.to_string());
        assert_error(&missing, 401, "Not authenticated");
        assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
        for token in ["garbage", &forged] {
            let rejected = with_bearer(method, route, token, &body);
            assert_error(&rejected, 401, "Invalid token");
            assert_eq!(rejected.header("www-authenticate"), Some(r#"Bearer error="invalid_token""#));
        }
    }
}

#[test]
fn wrong_or_weak_password_returns_400() {
    let token = signed_in("user@igad.int", PASSWORD).access;
    let cases = [
        ("WrongP@ssw0rd1", NEW_PASSWORD, "Current password is incorrect"),
        (PASSWORD, "weak", "Password does not meet requirements"),
    ];
    for (current, new, detail) in cases {
        let change = json!({ "current_password": current, "new_password": new });
        assert_error(&with_bearer("POST", "change-password", &token, &change), 400, detail);
    }
    assert_eq!(stack().sign_in("user@igad.int", PASSWORD).status, 200);
}

#[test]
fn invalid_password_reset_returns_400() {
    let user = "forgetful@igad.int";
    stack().create_user(user);
    assert_eq!(stack().post("forgot-password", &json!({ "username": user })).status, 200);
    let cases = [
        ("000000", NEW_PASSWORD, "Invalid verification code"),
        (&reset_code(user), "weak", "Password does not meet requirements"),
    ];
    for (code, new, detail) in cases {
        let reset = json!({ "username": user, "code": code, "new_password": new });
        assert_error(&stack().post("reset-password", &reset), 400, detail);
    }
    assert_eq!(stack().sign_in(user, PASSWORD).status, 200);
}

#[test]
fn code_with_hyphen_and_spaces_is_accepted() {
    let user = "pasted@igad.int";
    stack().create_user(user);
    assert_eq!(stack().post("forgot-password", &json!({ "username": user })).status, 200);
    let code = reset_code(user);
    let (first, last) = code.split_at(3);
    let code = format!("\u{a0}{first} - {last}\u{200b}");
    let reset = json!({ "username": user, "code": code, "new_password": NEW_PASSWORD });
    let reset = stack().post("reset-password", &reset);
    assert_eq!(reset.status, 200, "{reset:?}");
    assert_eq!(stack().sign_in(user, NEW_PASSWORD).status, 200);
}

#[test]
fn logout_always_returns_200() {
    let bodies = [json!({}), json!({ "refresh_token": "garbage" }), json!({ "everywhere": true })];
    for body in bodies {
        let response = with_bearer("POST", "logout", "garbage", &body);
        assert_eq!((response.status, response.body), (200, json!({ "message": "Logged out successfully" })));
    }
    assert_eq!(stack().send("POST", "logout", &[], "").status, 200, "without a body");
}

#[test]
fn invalid_refresh_token_returns_401() {
    let rejected = stack().post("refresh-token", &json!({ "refresh_token": "garbage" }));
    assert_error(&rejected, 401, "Invalid refresh token");
}
