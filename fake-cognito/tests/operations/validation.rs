//! Constraints on request members, which are checked first.

use serde_json::{Value, json};

use crate::pool::{PASSWORD, UNKNOWN, USER, assert_raises, pool, respond, sign_in, tokens};

const PASSWORD_PATTERN: &str = r"^[\S]+.*[\S]+$";
const USERNAME_PATTERN: &str = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+";

/// Asserts that `operation` rejects `input` because of one member.
#[track_caller]
fn assert_violates(operation: &str, input: &Value, member: &str, requirement: &str) {
    let message = format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {requirement}"
    );
    assert_raises(pool().call(operation, input), "InvalidParameterException", &message);
}

#[test]
fn password_with_outer_space_is_invalid_parameter() {
    let requirement = format!("satisfy regular expression pattern: {PASSWORD_PATTERN}");
    for password in [" SecureP@ssw0rd1", "SecureP@ssw0rd1 ", "SecureP@ssw0rd1\t", "S"] {
        for operation in ["SignUp", "ConfirmForgotPassword"] {
            let input = json!({ "Username": UNKNOWN, "Password": password, "ConfirmationCode": "123456" });
            assert_violates(operation, &input, "password", &requirement);
        }
        for (member, name) in
            [("PreviousPassword", "previousPassword"), ("ProposedPassword", "proposedPassword")]
        {
            let mut input = json!({ "AccessToken": "invalid", "PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD });
            input[member] = password.into();
            assert_violates("ChangePassword", &input, name, &requirement);
        }
    }
}

#[test]
fn password_with_inner_space_is_accepted() {
    let mut pool = pool();
    let (access_token, _) = tokens(&mut pool);
    let change = json!({
        "AccessToken": access_token, "PreviousPassword": PASSWORD, "ProposedPassword": "An0ther P@ssword"
    });
    pool.call("ChangePassword", &change).unwrap();
    sign_in(&mut pool, USER, "An0ther P@ssword").unwrap();
}

#[test]
fn invalid_new_password_keeps_the_session() {
    let mut pool = pool();
    pool.users[0].status = fake_cognito::Status::ForceChangePassword;
    let challenge = sign_in(&mut pool, USER, PASSWORD).unwrap();
    let username = challenge["ChallengeParameters"]["USER_ID_FOR_SRP"].clone();
    let answer = |password: &str| json!({ "USERNAME": username, "NEW_PASSWORD": password });
    let message = format!(
        "1 validation error detected: Value at 'password' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: {PASSWORD_PATTERN}"
    );
    let rejected = respond(&mut pool, &challenge, answer("An0ther P@ssword "));
    assert_raises(rejected, "InvalidParameterException", &message);
    respond(&mut pool, &challenge, answer("An0ther P@ssword")).unwrap();
}

#[test]
fn code_with_space_is_invalid_parameter() {
    for operation in ["ConfirmSignUp", "ConfirmForgotPassword"] {
        let input = json!({ "Username": USER, "Password": PASSWORD, "ConfirmationCode": "123 456" });
        assert_violates(operation, &input, "confirmationCode", r"satisfy regular expression pattern: [\S]+");
    }
}

#[test]
fn malformed_username_is_invalid_parameter() {
    let operations = [
        "SignUp",
        "ConfirmSignUp",
        "ResendConfirmationCode",
        "ForgotPassword",
        "ConfirmForgotPassword",
        "AdminUserGlobalSignOut",
    ];
    for operation in operations {
        let input = |username: &str| json!({ "Username": username });
        let pattern = format!("satisfy regular expression pattern: {USERNAME_PATTERN}");
        for username in ["", "a user@igad.int", "user@igad.int\n", "user\u{200b}@igad.int"] {
            assert_violates(operation, &input(username), "username", &pattern);
        }
        let long = format!("{}@igad.int", "u".repeat(120));
        assert_violates(operation, &input(&long), "username", "have length less than or equal to 128");
    }
}

#[test]
fn several_violations_are_listed_together() {
    let input = json!({ "Username": "a user", "Password": "S" });
    let message = format!(
        "2 validation errors detected: Value at 'username' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: {USERNAME_PATTERN}; Value at 'password' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: {PASSWORD_PATTERN}"
    );
    assert_raises(pool().call("SignUp", &input), "InvalidParameterException", &message);
}
