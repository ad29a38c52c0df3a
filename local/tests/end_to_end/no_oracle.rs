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
fn a_sign_in_is_refused_alike_for_whoever_may_not_sign_in() {
    let wrong = as_seen(&stack().sign_in("user@igad.int", "WrongP@ssw0rd1"));
    assert!(wrong.contains("Invalid credentials"), "{wrong}");
    for username in ["nobody@igad.int", "disabled@igad.int"] {
        assert_eq!(as_seen(&stack().sign_in(username, PASSWORD)), wrong, "{username}");
    }
}

#[test]
fn a_code_is_promised_alike_to_somebody_and_to_nobody() {
    stack().create_user("unknowable@igad.int");
    // Of one length and first letter, as the destination is told with the rest masked.
    let [somebody, nobody] = ["unknowable@igad.int", "unheard-of@igad.int"]
        .map(|username| as_seen(&stack().post("forgot-password", &json!({ "username": username }))));
    assert!(somebody.contains("Reset instructions sent"), "{somebody}");
    assert_eq!(somebody, nobody);
}
