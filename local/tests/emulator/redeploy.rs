//! Repeated deployments, and deployments with other parameters.

use serde_json::{Value, json};

use crate::{
    emulated::{
        CONFIDENTIAL, create_secret, deploy, has_stack, run_deploy, store_client_secret, try_to_deploy,
    },
    stack::{ApiResponse, PASSWORD, Stack, TEMPORARY_PASSWORD, stack},
};

fn me(stack: &Stack, token: &str) -> ApiResponse {
    stack.send("GET", "me", &[("authorization", &format!("Bearer {token}"))], "")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn assert_error(response: &ApiResponse, status: u16, detail: &str) {
    assert_eq!((response.status, &response.body), (status, &json!({ "detail": detail })), "{response:?}");
}

#[test]
fn second_deploy_keeps_users_and_sessions() {
    let first = deploy("sign-in-again", &["PreventUserExistenceErrors=LEGACY"]);
    assert_error(&first.sign_in("unknown-user@igad.int", PASSWORD), 401, "User not found");
    let forgotten = first.post("forgot-password", &json!({ "username": "unknown-user@igad.int" }));
    assert_error(&forgotten, 404, "User not found");
    let user = "stays@igad.int";
    first.create_user(user);
    let before = first.sign_in(user, PASSWORD);
    assert_eq!((before.status, &before.body["user"]["name"]), (200, &json!("IGAD User")), "{before:?}");

    let second = deploy("sign-in-again", &["DefaultUserName=Member"]);

    assert_eq!(second.description, first.description);
    assert_eq!(me(&second, text(&before.body["access_token"])).status, 200, "the session stays valid");
    let refreshed = second.post("refresh-token", &json!({ "refresh_token": before.body["refresh_token"] }));
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let after = second.sign_in(user, PASSWORD);
    assert_eq!((after.status, &after.body["user"]["name"]), (200, &json!("Member")), "{after:?}");
    // Parameters that the second deployment does not set keep their values.
    assert_error(&second.sign_in("unknown-user@igad.int", PASSWORD), 401, "User not found");
}

#[test]
fn existing_user_pool_is_used_unchanged() {
    let shared_stack = &stack().description;
    let guest = deploy(
        "sign-in-guest",
        &[
            &format!("ExistingUserPoolId={}", shared_stack.user_pool_id),
            &format!("ExistingUserPoolClientId={}", shared_stack.client_id),
            &format!("ClientSecretArn={}", store_client_secret("sign-in-guest-client")),
        ],
    );

    assert_ne!(guest.description.api_url, shared_stack.api_url);
    assert_eq!(
        (&guest.description.user_pool_id, &guest.description.client_id),
        (&shared_stack.user_pool_id, &shared_stack.client_id)
    );
    let response = guest.sign_in("admin@igad.int", PASSWORD);
    assert_eq!((response.status, &response.body["user"]["role"]), (200, &json!("admin")), "{response:?}");
    assert_eq!(me(stack(), text(&response.body["access_token"])).status, 200, "both stacks share the pool");
}

#[test]
fn every_route_sends_the_client_secret() {
    let user = "confidential@igad.int";
    let confidential = &*CONFIDENTIAL;
    stack().create_new_user(user);

    let challenge = confidential.sign_in(user, TEMPORARY_PASSWORD);
    assert_eq!((challenge.status, &challenge.body["requires_password_change"]), (200, &json!(true)));
    let chosen = json!({
        "username": challenge.body["username"], "session": challenge.body["session"], "new_password": PASSWORD
    });
    let chosen = confidential.post("complete-password-change", &chosen);
    assert_eq!(chosen.status, 200, "{chosen:?}");
    let tokens = confidential.sign_in(user, PASSWORD);
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(me(confidential, text(&tokens.body["access_token"])).status, 200);
    let refresh = json!({ "refresh_token": tokens.body["refresh_token"] });
    assert_eq!(confidential.post("refresh-token", &refresh).status, 200);
    assert_eq!(confidential.post("forgot-password", &json!({ "username": user })).status, 200);
    let reset = json!({ "username": user, "code": "654321", "new_password": "ThirdP@ssw0rd1" });
    assert_eq!(confidential.post("reset-password", &reset).status, 200);
    assert_eq!(confidential.post("logout", &refresh).status, 200);
    assert_error(&confidential.post("refresh-token", &refresh), 401, "Invalid refresh token");
}

#[test]
fn wrong_client_secret_returns_500() {
    let shared_stack = &stack().description;
    create_secret("sign-in-wrong-secret", "wrong");
    let wrong = deploy(
        "sign-in-wrong-secret",
        &[
            &format!("ExistingUserPoolId={}", shared_stack.user_pool_id),
            &format!("ExistingUserPoolClientId={}", shared_stack.client_id),
            "ClientSecretArn=sign-in-wrong-secret",
        ],
    );

    // Not refresh-token: the emulator ignores the secret in GetTokensFromRefreshToken. Unit tests cover that route.
    for username in ["user@igad.int", "unknown-user@igad.int"] {
        assert_error(&wrong.sign_in(username, PASSWORD), 500, "Login failed: internal error");
        let forgotten = wrong.post("forgot-password", &json!({ "username": username }));
        assert_error(&forgotten, 500, "Failed to send reset code: internal error");
        let reset = json!({ "username": username, "code": "654321", "new_password": "ThirdP@ssw0rd1" });
        let reset = wrong.post("reset-password", &reset);
        assert_error(&reset, 500, "Failed to reset password: internal error");
        assert_eq!(reset.header("x-amzn-errortype"), Some("InternalErrorException"));
    }
}

#[test]
fn contradictory_parameters_stop_deployment() {
    let contradiction = ["Mfa=ON", "EmailCodeSignIn=true"];
    let output = try_to_deploy("sign-in-contradiction", &contradiction).err().unwrap();
    assert!(output.contains("With Mfa ON, users cannot sign in with a code alone"), "{output}");
    assert!(!has_stack("sign-in-contradiction"));
}

#[test]
fn missing_parameters_stop_deployment() {
    // samconfig.toml has no value for either parameter of staging.
    let (deployed, output) = run_deploy(&["deploy.py", "staging"]);
    assert!(!deployed);
    assert!(output.contains("Missing parameters: AllowedOrigins, ExistingUserPoolId."), "{output}");
    assert!(!has_stack("sign-in-staging"));
}

#[test]
fn users_sign_up_if_the_parameter_allows_it() {
    let user = json!({ "username": "newcomer@igad.int", "password": PASSWORD, "name": "New Comer" });
    assert_error(&stack().post("sign-up", &user), 403, "Sign-up is not enabled");

    let open = deploy("sign-in-open", &["SelfSignUp=true"]);
    let signed_up = open.post("sign-up", &user);
    assert_eq!(signed_up.status, 200, "{signed_up:?}");
    let again = open.post("sign-up", &user);
    assert_eq!((again.status, &again.body), (200, &signed_up.body), "it does not reveal the account");
    assert_eq!(open.post("resend-code", &json!({ "username": user["username"] })).body, signed_up.body);

    let confirm =
        |code: &str| open.post("confirm-sign-up", &json!({ "username": user["username"], "code": code }));
    assert_error(&confirm("000000"), 400, "Invalid or expired verification code");
    let confirmed = confirm("123456");
    assert_eq!(confirmed.body, json!({ "success": true, "message": "Account confirmed successfully" }));
    let signed_in = open.sign_in("newcomer@igad.int", PASSWORD);
    assert_eq!(
        (signed_in.status, &signed_in.body["user"]["name"]),
        (200, &json!("New Comer")),
        "{signed_in:?}"
    );
}
