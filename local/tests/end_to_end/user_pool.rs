//! `local --user-pool`: the functions in front of a user pool that `local` does not run. Here it is the fake of the shared
//! stack.

use std::process::Command;

use serde_json::Value;

use crate::{
    local::Local,
    stack::{Description, PASSWORD, Stack, stack},
};

fn options() -> [&'static str; 5] {
    let Description { user_pool_id, client_id, .. } = &stack().description;
    ["--no-watch", "--user-pool", user_pool_id, "--client-id", client_id]
}

#[test]
fn users_of_the_pool_sign_in() {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", stack().description.aws_endpoint_url.as_str()),
    ];
    stack().create_user("developer@igad.int");

    let local = Local::start("user-pool", &options(), &variables);

    let description: Value = local.description();
    assert_eq!(description["users"], serde_json::json!([]), "the pool's users stay as they are");
    assert!(description.get("reset_url").is_none());
    let other = Stack::at(local.description::<Description>());
    assert_eq!(other.sign_in("developer@igad.int", PASSWORD).status, 200);
}

#[test]
fn missing_credentials_are_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_local"))
        .args(options())
        .env_remove("AWS_ACCESS_KEY_ID")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("AWS_ACCESS_KEY_ID is not set"), "{output}");
}
