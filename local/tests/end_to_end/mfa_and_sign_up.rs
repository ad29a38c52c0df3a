//! Second factors.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::stack::{ApiResponse, PASSWORD, stack};

fn with_bearer(route: &str, token: &Value, body: &Value) -> ApiResponse {
    let authorization = format!("Bearer {}", token.as_str().unwrap());
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    stack().send("POST", route, &headers, body.to_string())
}

fn assert_error(response: &ApiResponse, status: u16, detail: &str) {
    assert_eq!((response.status, &response.body), (status, &json!({ "detail": detail })), "{response:?}");
}

/// Authenticator app with this secret.
fn app(secret: &Value) -> Totp {
    let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
    Builder::new().with_secret(secret).build_noncompliant()
}

/// A code that the app does not show now or soon.
fn wrong(code: &str) -> String {
    code.chars().map(|digit| char::from_digit((digit.to_digit(10).unwrap() + 5) % 10, 10).unwrap()).collect()
}

#[test]
fn added_totp_is_required_at_sign_in() {
    let user = "authenticator@igad.int";
    stack().create_user(user);
    let signed_in = stack().sign_in(user, PASSWORD).body;
    let token = &signed_in["access_token"];

    let set_up = with_bearer("set-up-totp", token, &json!({ "account": user }));
    assert_eq!(set_up.status, 200, "{set_up:?}");
    let app = app(&set_up.body["secret"]);
    let uri = set_up.body["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/IGAD:authenticator%40igad.int?secret="), "{uri}");

    let code = app.generate_current().to_string();
    let rejected = with_bearer("verify-totp", token, &json!({ "code": wrong(&code) }));
    assert_error(&rejected, 400, "Invalid verification code");
    let verified = with_bearer("verify-totp", token, &json!({ "code": code, "device_name": "A test" }));
    assert_eq!((verified.status, &verified.body), (200, &json!({ "message": "Authenticator app added" })));
    assert_eq!(with_bearer("logout", token, &json!({ "everywhere": true })).status, 200);

    let challenge = stack().sign_in(user, PASSWORD);
    assert_eq!(
        (challenge.status, &challenge.body["challenge"]),
        (200, &json!("SOFTWARE_TOKEN_MFA")),
        "{challenge:?}"
    );
    let respond = |code: &str| {
        stack().post(
            "answer-challenge",
            &json!({
                "challenge": "SOFTWARE_TOKEN_MFA",
                "session": challenge.body["session"],
                "username": challenge.body["username"],
                "code": code
            }),
        )
    };
    // A code is accepted once, and the code of the next period is accepted early.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let code = app.generate(now + 30).to_string();
    assert_error(&respond(&wrong(&code)), 400, "Invalid verification code");
    let tokens = respond(&code);
    assert_eq!((tokens.status, &tokens.body["user"]["email"]), (200, &json!(user)), "{tokens:?}");

    let off = with_bearer(
        "prefer-factor",
        &tokens.body["access_token"],
        &json!({ "disable": "SOFTWARE_TOKEN_MFA" }),
    );
    assert_eq!(off.status, 200, "{off:?}");
    let without = stack().sign_in(user, PASSWORD);
    assert_eq!((without.status, without.body.get("challenge")), (200, None), "{without:?}");
}

#[test]
fn printed_code_signs_the_demo_user_in() {
    let challenge = stack().sign_in("app@igad.int", PASSWORD).body;
    let code = stack().code_of("app@igad.int");
    let code = code.split_whitespace().next().unwrap();
    let tokens = stack().post(
        "answer-challenge",
        &json!({
            "challenge": challenge["challenge"],
            "session": challenge["session"],
            "username": challenge["username"],
            "code": code
        }),
    );
    assert_eq!((tokens.status, &tokens.body["user"]["email"]), (200, &json!("app@igad.int")), "{tokens:?}");
}
