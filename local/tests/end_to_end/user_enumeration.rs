//! Responses that do not reveal which users exist.

use serde_json::json;

use crate::stack::{ApiResponse, PASSWORD, stack};

/// Status, headers and body of a response without the headers that vary for each request.
fn comparable(response: &ApiResponse) -> String {
    let varying_headers = ["x-request-id", "apigw-requestid", "date"];
    let mut headers: Vec<String> = response
        .headers()
        .filter(|(name, _)| !varying_headers.contains(name))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    format!("{}\n{}\n{}", response.status, headers.join("\n"), response.body)
}

#[test]
fn login_does_not_reveal_users() {
    let wrong = comparable(&stack().sign_in("user@igad.int", "WrongP@ssw0rd1"));
    assert!(wrong.contains("Invalid credentials"), "{wrong}");
    for username in ["unknown-user@igad.int", "disabled@igad.int"] {
        assert_eq!(comparable(&stack().sign_in(username, PASSWORD)), wrong, "{username}");
    }
}

#[test]
fn forgot_password_does_not_reveal_users() {
    let (existing, unknown) = ("known@igad.int", "unknown@example.org");
    stack().create_user(existing);
    let response = |username: &str, destination: &str| {
        let response = stack().post("forgot-password", &json!({ "username": username }));
        assert_eq!(
            (response.status, &response.body),
            (
                200,
                &json!({
                    "success": true,
                    "message": "Reset instructions sent to email. Please check your inbox for the verification code.",
                    "delivery": {
                        "Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email"
                    }
                })
            ),
            "{response:?}"
        );
        // The masked form shows the first letters of the submitted username, and nothing else differs.
        comparable(&response).replace(destination, "DESTINATION")
    };
    assert_eq!(response(existing, "k***@i***"), response(unknown, "u***@e***"));
}
