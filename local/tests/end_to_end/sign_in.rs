use serde_json::json;

use crate::stack::{PASSWORD, TEMPORARY_PASSWORD, stack};

#[test]
fn sign_in_returns_tokens_of_the_pool() {
    let response = stack().sign_in("user@igad.int", PASSWORD);

    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.body["token_type"], "bearer");
    assert_eq!(response.body["expires_in"], 3600);
    let user = &response.body["user"];
    assert_eq!(user["email"], "user@igad.int");
    assert_eq!(user["name"], "John Doe");
    assert_eq!((&user["role"], &user["is_admin"]), (&json!("user"), &json!(false)));
    assert!(!user["user_id"].as_str().unwrap().is_empty());
    assert!(!response.body["refresh_token"].as_str().unwrap().is_empty());
    let access_token = response.body["access_token"].as_str().unwrap();
    assert!(stack().is_issued_by_the_pool(access_token));
    let (content, _) = access_token.rsplit_once('.').unwrap();
    assert!(!stack().is_issued_by_the_pool(&format!("{content}.AAAA")), "the check can fail");
}

#[test]
fn admin_group_member_is_admin() {
    let response = stack().sign_in("admin@igad.int", PASSWORD);
    assert_eq!(response.status, 200, "{response:?}");
    let user = &response.body["user"];
    assert_eq!(
        (&user["role"], &user["is_admin"], &user["name"]),
        (&json!("admin"), &json!(true), &json!("IGAD User"))
    );
}

#[test]
fn encoded_username_is_accepted() {
    for username in ["user%40igad.int", " user@igad.int ", "%20user%40igad.int"] {
        let response = stack().sign_in(username, PASSWORD);
        assert_eq!(
            (response.status, &response.body["user"]["email"]),
            (200, &json!("user@igad.int")),
            "{username}"
        );
    }
}

#[test]
fn new_user_sets_password_and_signs_in() {
    let challenge = stack().sign_in("new@igad.int", TEMPORARY_PASSWORD);
    let session = challenge.body["session"].clone();
    assert!(!session.as_str().unwrap().is_empty());
    assert_eq!(challenge.status, 200, "{challenge:?}");
    assert_eq!(
        challenge.body,
        json!({
            "access_token": "",
            "token_type": "bearer",
            "user": { "user_id": "", "email": "new@igad.int", "role": "user", "name": "IGAD User", "is_admin": false },
            "expires_in": 0,
            "requires_password_change": true,
            "challenge": "NEW_PASSWORD_REQUIRED",
            "session": session,
            "username": challenge.body["username"],
            "message": "Password change required"
        })
    );

    let changed = stack().post(
        "complete-password-change",
        &json!({ "username": challenge.body["username"], "session": session, "new_password": "BrandNewP@ss1" }),
    );
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["message"], "Password changed successfully");
    assert_eq!(changed.body["user"]["email"], "new@igad.int");
    assert!(stack().is_issued_by_the_pool(changed.body["access_token"].as_str().unwrap()));

    assert_eq!(stack().sign_in("new@igad.int", TEMPORARY_PASSWORD).status, 401);
    assert_eq!(stack().sign_in("new@igad.int", "BrandNewP@ss1").status, 200);
}

#[test]
fn rejected_sign_in_returns_documented_error() {
    let cases = [
        ("user@igad.int", "WrongP@ssw0rd1", 401, "Invalid credentials", "NotAuthorizedException"),
        ("unknown-user@igad.int", PASSWORD, 401, "Invalid credentials", "NotAuthorizedException"),
        ("disabled@igad.int", PASSWORD, 401, "Invalid credentials", "NotAuthorizedException"),
        (
            "unconfirmed@igad.int",
            PASSWORD,
            403,
            "Authentication error: UserNotConfirmedException",
            "UserNotConfirmedException",
        ),
        (
            "reset@igad.int",
            PASSWORD,
            403,
            "Authentication error: PasswordResetRequiredException",
            "PasswordResetRequiredException",
        ),
    ];
    for (username, password, status, detail, error_type) in cases {
        let response = stack().sign_in(username, password);
        assert_eq!((response.status, &response.body), (status, &json!({ "detail": detail })), "{username}");
        assert_eq!(response.header("x-amzn-errortype"), Some(error_type));
    }
}

#[test]
fn invalid_request_is_rejected() {
    let too_large = "x".repeat(16 * 1024 + 1);
    let cases = [
        ("application/json", "", 422, "body: field required"),
        ("application/json", "{", 422, "body: must be a JSON object"),
        ("application/json", "{}", 422, "username: field required"),
        ("application/json", r#"{"username": "user@igad.int"}"#, 422, "password: field required"),
        ("text/plain", "{}", 415, "Content-Type must be application/json"),
        ("application/json", &too_large, 413, "Request body too large"),
    ];
    for (content_type, body, status, detail) in cases {
        let response = stack().send("POST", "login", &[("content-type", content_type)], body);
        assert_eq!((response.status, &response.body), (status, &json!({ "detail": detail })));
    }
}

#[test]
fn responses_have_the_common_headers() {
    for response in [stack().sign_in("user@igad.int", PASSWORD), stack().sign_in("user@igad.int", "wrong")] {
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert!(response.header("strict-transport-security").is_some());
        assert!(response.header("x-request-id").is_some());
        assert_eq!(response.header("content-type"), Some("application/json; charset=utf-8"));
    }
}
