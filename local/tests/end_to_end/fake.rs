//! Features of the stack with the fake Cognito: sent codes, the command `local code`, and the reset.

use serde_json::{Value, json};

use crate::{
    local::Local,
    stack::{Description, PASSWORD, Stack, stack},
};

#[test]
fn code_command_prints_the_sent_code() {
    stack().create_user("reader@igad.int");
    assert_eq!(stack().post("forgot-password", &json!({ "username": "reader@igad.int" })).status, 200);
    let code = stack().sent_code("reader@igad.int", "");
    assert_eq!(stack().code_of("reader@igad.int"), format!("{code}  sent by email\n"));
}

#[test]
fn email_changes_when_the_code_is_entered() {
    let (old, new) = ("before@igad.int", "after@igad.int");
    stack().create_user(old);
    let token = stack().sign_in(old, PASSWORD).body["access_token"].as_str().unwrap().to_owned();
    let post = |route: &str, body: &Value| {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        stack().send("POST", route, &headers, body.to_string()).status
    };
    assert_eq!(post("change-email", &json!({ "email": new })), 200);
    assert_eq!(stack().sign_in(new, PASSWORD).status, 401);
    assert_eq!(post("verify-email", &json!({ "code": stack().sent_code(new, "") })), 200);
    assert_eq!(stack().sign_in(old, PASSWORD).status, 401);
    assert_eq!(stack().sign_in(new, PASSWORD).body["user"]["email"], new);

    assert_eq!(post("send-email-code", &json!({})), 200);
    assert_eq!(post("verify-email", &json!({ "code": stack().sent_code(new, "") })), 200);
}

#[test]
fn reset_restores_the_demo_users() {
    let local = Local::start("reset", &["--no-watch"], &[]);
    let stack = Stack::at(local.description::<Description>());
    stack.create_user("temporary@igad.int");
    let token = stack.sign_in("user@igad.int", PASSWORD).body["access_token"].as_str().unwrap().to_owned();
    let change = json!({ "current_password": PASSWORD, "new_password": "BrandNewP@ss1" }).to_string();
    let headers =
        [("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(stack.send("POST", "change-password", &headers, change).status, 200);
    assert_eq!(stack.sign_in("user@igad.int", PASSWORD).status, 401);

    let reset = stack.request("POST", stack.description.reset_url.as_ref().unwrap(), &[], "");

    let users = reset.body["users"].as_array().unwrap();
    assert!(users.iter().any(|user: &Value| user["username"] == "user@igad.int"), "{reset:?}");
    assert_eq!(stack.sign_in("user@igad.int", PASSWORD).status, 200);
    assert_eq!(stack.sign_in("temporary@igad.int", PASSWORD).status, 401);
}

#[test]
fn unsupported_parameter_is_an_error() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_local"))
        .args(["--no-watch", "--parameter", "Tracing=Active"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("the parameter Tracing has no effect here"), "{output}");
}
