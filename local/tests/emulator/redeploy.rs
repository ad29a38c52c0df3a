//! What is deployed more than once, or with other parameters.

use serde_json::{Value, json};

use crate::{
    emulated::{
        create_client_with_secret, create_secret, deploy, has_stack, run_deploy, store_client_secret,
        try_to_deploy,
    },
    stack::{Answer, PASSWORD, Stack, TEMPORARY_PASSWORD, stack},
};

fn me(stack: &Stack, token: &str) -> Answer {
    stack.send("GET", "me", &[("authorization", &format!("Bearer {token}"))], "")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn assert_refused(answer: &Answer, status: u16, detail: &str) {
    assert_eq!((answer.status, &answer.body), (status, &json!({ "detail": detail })), "{answer:?}");
}

#[test]
fn a_second_deploy_changes_what_it_names_and_keeps_users_and_sessions() {
    let first = deploy("sign-in-again", &["PreventUserExistenceErrors=LEGACY"]);
    assert_refused(&first.sign_in("nobody@igad.int", PASSWORD), 401, "User not found");
    let forgotten = first.post("forgot-password", &json!({ "username": "nobody@igad.int" }));
    assert_refused(&forgotten, 404, "User not found");
    let user = "stays@igad.int";
    first.create_user(user);
    let before = first.sign_in(user, PASSWORD);
    assert_eq!((before.status, &before.body["user"]["name"]), (200, &json!("IGAD User")), "{before:?}");

    let second = deploy("sign-in-again", &["DefaultUserName=Somebody"]);

    assert_eq!(second.description, first.description);
    assert_eq!(me(&second, text(&before.body["access_token"])).status, 200, "the session goes on");
    let refreshed = second.post("refresh-token", &json!({ "refresh_token": before.body["refresh_token"] }));
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let after = second.sign_in(user, PASSWORD);
    assert_eq!((after.status, &after.body["user"]["name"]), (200, &json!("Somebody")), "{after:?}");
    // What the second deploy did not name is as the first left it.
    assert_refused(&second.sign_in("nobody@igad.int", PASSWORD), 401, "User not found");
}

#[test]
fn a_user_pool_that_is_there_already_is_used_as_it_is() {
    let ours = &stack().description;
    let guest = deploy(
        "sign-in-guest",
        &[
            &format!("ExistingUserPoolId={}", ours.user_pool_id),
            &format!("ExistingUserPoolClientId={}", ours.client_id),
            &format!("ClientSecretArn={}", store_client_secret("sign-in-guest-client")),
        ],
    );

    assert_ne!(guest.description.api_url, ours.api_url);
    assert_eq!(
        (&guest.description.user_pool_id, &guest.description.client_id),
        (&ours.user_pool_id, &ours.client_id)
    );
    let answer = guest.sign_in("admin@igad.int", PASSWORD);
    assert_eq!((answer.status, &answer.body["user"]["role"]), (200, &json!("admin")), "{answer:?}");
    assert_eq!(me(stack(), text(&answer.body["access_token"])).status, 200, "it is the same pool");
}

#[test]
fn every_route_proves_that_it_knows_the_secret_of_a_client_that_has_one() {
    let user = "confidential@igad.int";
    let client_id = create_client_with_secret("sign-in-confidential");
    let confidential = deploy(
        "sign-in-confidential",
        &[
            &format!("ExistingUserPoolId={}", stack().description.user_pool_id),
            &format!("ExistingUserPoolClientId={client_id}"),
            "ClientSecretArn=sign-in-confidential",
        ],
    );
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
    assert_eq!(me(&confidential, text(&tokens.body["access_token"])).status, 200);
    let refresh = json!({ "refresh_token": tokens.body["refresh_token"] });
    assert_eq!(confidential.post("refresh-token", &refresh).status, 200);
    assert_eq!(confidential.post("forgot-password", &json!({ "username": user })).status, 200);
    let reset = json!({ "username": user, "code": "654321", "new_password": "ThirdP@ssw0rd1" });
    assert_eq!(confidential.post("reset-password", &reset).status, 200);
    assert_eq!(confidential.post("logout", &refresh).status, 200);
    assert_refused(&confidential.post("refresh-token", &refresh), 401, "Invalid refresh token");
}

#[test]
fn wrong_client_secret_returns_500() {
    let ours = &stack().description;
    create_secret("sign-in-wrong-secret", "wrong");
    let wrong = deploy(
        "sign-in-wrong-secret",
        &[
            &format!("ExistingUserPoolId={}", ours.user_pool_id),
            &format!("ExistingUserPoolClientId={}", ours.client_id),
            "ClientSecretArn=sign-in-wrong-secret",
        ],
    );

    // Not refresh-token: the emulator ignores the secret in GetTokensFromRefreshToken. Unit tests cover that route.
    for username in ["user@igad.int", "nobody@igad.int"] {
        assert_refused(&wrong.sign_in(username, PASSWORD), 500, "Login failed: internal error");
        let forgotten = wrong.post("forgot-password", &json!({ "username": username }));
        assert_refused(&forgotten, 500, "Failed to send reset code: internal error");
        let reset = json!({ "username": username, "code": "654321", "new_password": "ThirdP@ssw0rd1" });
        let reset = wrong.post("reset-password", &reset);
        assert_refused(&reset, 500, "Failed to reset password: internal error");
        assert_eq!(reset.header("x-amzn-errortype"), Some("InternalErrorException"));
    }
}

#[test]
fn parameters_that_contradict_each_other_are_told_so_before_anything_is_made() {
    let contradiction = ["Mfa=ON", "EmailCodeSignIn=true"];
    let said = try_to_deploy("sign-in-contradiction", &contradiction).err().unwrap();
    assert!(said.contains("With Mfa ON, users cannot sign in with a code alone"), "{said}");
    assert!(!has_stack("sign-in-contradiction"));
}

#[test]
fn what_nobody_can_guess_is_asked_for_before_anything_is_made() {
    // samconfig.toml leaves both to whoever deploys to staging.
    let (deployed, said) = run_deploy(&["deploy.py", "staging"]);
    assert!(!deployed);
    assert!(said.contains("Missing parameters: AllowedOrigins, ExistingUserPoolId."), "{said}");
    assert!(!has_stack("sign-in-staging"));
}

#[test]
fn users_sign_up_if_the_parameter_allows_it() {
    let user = json!({ "username": "newcomer@igad.int", "password": PASSWORD, "name": "New Comer" });
    assert_refused(&stack().post("sign-up", &user), 403, "Sign-up is not enabled");

    let open = deploy("sign-in-open", &["SelfSignUp=true"]);
    let signed_up = open.post("sign-up", &user);
    assert_eq!(signed_up.status, 200, "{signed_up:?}");
    let again = open.post("sign-up", &user);
    assert_eq!((again.status, &again.body), (200, &signed_up.body), "it does not reveal the account");
    assert_eq!(open.post("resend-code", &json!({ "username": user["username"] })).body, signed_up.body);

    let confirm =
        |code: &str| open.post("confirm-sign-up", &json!({ "username": user["username"], "code": code }));
    assert_refused(&confirm("000000"), 400, "Invalid or expired verification code");
    let confirmed = confirm("123456");
    assert_eq!(confirmed.body, json!({ "success": true, "message": "Account confirmed successfully" }));
    let signed_in = open.sign_in("newcomer@igad.int", PASSWORD);
    assert_eq!(
        (signed_in.status, &signed_in.body["user"]["name"]),
        (200, &json!("New Comer")),
        "{signed_in:?}"
    );
}
