//! Responses that do not reveal which users exist.

use fake_cognito::{Settings, Status, User};
use serde_json::json;

use crate::api::{Api, PASSWORD, masked_delivery};

#[test]
fn forgot_password_does_not_reveal_users() {
    let user = |email: &str, change: fn(&mut User)| {
        let mut user = User::new(email, PASSWORD);
        change(&mut user);
        user
    };
    let users = [
        user("amy@first.example", |_| {}),
        user("bob@second.example", |user| {
            user.status = Status::Unconfirmed;
            user.email_verified = false;
        }),
        user("carl@third.example", |user| user.status = Status::ForceChangePassword),
        user("dora@other.example", |user| user.email_verified = false),
        user("eve@last.example", |user| user.is_disabled = true),
    ];
    let existing: Vec<_> = users.iter().map(|user| user.email.clone()).collect();
    let api = Api::with(Settings::default(), users);
    // Cognito alternates for unknown users: an invented email, an exception, an invented phone number, an exception.
    let unknown = ["xena@none.example", "yuri@mail.example", "zoe@site.example", "walt@page.example"];
    for username in existing.iter().map(String::as_str).chain(unknown) {
        let response = api.post("forgot-password", &json!({ "username": username }));
        assert_eq!(response.status, 200, "{username}");
        assert_eq!(
            response.body,
            json!({
                "success": true,
                "message":
                    "Reset instructions sent to email. Please check your inbox for the verification code.",
                "delivery": masked_delivery(username)
            }),
            "{username}"
        );
    }
    assert_eq!(api.cognito.operations(), ["ForgotPassword"; 9]);
    assert_eq!(api.cognito.pool().sent.len(), 1);
}
