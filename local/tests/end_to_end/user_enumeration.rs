//! Nobody can find out here who has an account.

use serde_json::json;

use crate::stack::{Answer, PASSWORD, stack};

/// Everything of an answer that does not differ from one request to the next by its nature.
fn as_seen(answer: &Answer) -> String {
    let own_to_each_request = ["x-request-id", "apigw-requestid", "date"];
    let mut headers: Vec<String> = answer
        .headers()
        .filter(|(name, _)| !own_to_each_request.contains(name))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    format!("{}\n{}\n{}", answer.status, headers.join("\n"), answer.body)
}

#[test]
fn login_does_not_reveal_users() {
    let wrong = as_seen(&stack().sign_in("user@igad.int", "WrongP@ssw0rd1"));
    assert!(wrong.contains("Invalid credentials"), "{wrong}");
    for username in ["nobody@igad.int", "disabled@igad.int"] {
        assert_eq!(as_seen(&stack().sign_in(username, PASSWORD)), wrong, "{username}");
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
        as_seen(&response).replace(destination, "DESTINATION")
    };
    assert_eq!(response(existing, "k***@i***"), response(unknown, "u***@e***"));
}
