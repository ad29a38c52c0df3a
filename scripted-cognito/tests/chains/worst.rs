//! What every function withstands, tried on its real binary: a Cognito, a network and a Lambda that do their worst.

use std::{fs, path::Path};

use serde_json::{Value, json};
use shared::testing::withstands::{Subject, tokens};

use crate::api::binary;

/// A pool in which people make themselves an account.
const OPEN: &[(&str, &str)] = &[("SELF_SIGN_UP", "true")];

/// A route that says `failed` before the reason where Cognito cannot be used. It is used as in its event, to which
/// Cognito gives these replies, and a call that does not succeed is not tried again.
fn subject(route: &str, replies: impl Into<Vec<(&'static str, Value)>>, failed: &str) -> Subject {
    Subject {
        binary: binary(route),
        event: event(route),
        variables: &[],
        replies: replies.into(),
        attempts: 1,
        unavailable: Subject::unavailable(failed),
    }
}

/// The event of this name.
fn event(name: &str) -> String {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    fs::read_to_string(events.join(format!("{name}.json"))).expect("an event")
}

#[test]
fn no_function_is_left_out() {
    let tried: String = include_str!("worst.rs").split_whitespace().collect();
    let functions =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions")).expect("a folder");
    for function in functions.map(|function| function.expect("an entry").file_name()) {
        let call = format!("subject(\"{}\",", function.to_string_lossy());
        assert!(tried.contains(&call), "{function:?} is not tried");
    }
}

#[test]
fn answer_challenge_withstands_the_worst() {
    subject("answer-challenge", [("AdminRespondToAuthChallenge", tokens())], "Challenge failed")
        .withstands_the_worst();
}

#[test]
fn change_password_withstands_the_worst() {
    subject("change-password", [("ChangePassword", json!({}))], "Password change failed")
        .withstands_the_worst();
}

#[test]
fn complete_passkey_withstands_the_worst() {
    subject("complete-passkey", [("CompleteWebAuthnRegistration", json!({}))], "Passkey failed")
        .withstands_the_worst();
}

#[test]
fn complete_password_change_withstands_the_worst() {
    subject(
        "complete-password-change",
        [("AdminRespondToAuthChallenge", tokens())],
        "Password change failed",
    )
    .withstands_the_worst();
}

#[test]
fn confirm_sign_up_withstands_the_worst() {
    Subject {
        variables: OPEN,
        ..subject("confirm-sign-up", [("ConfirmSignUp", json!({}))], "Sign-up failed")
    }
    .withstands_the_worst();
}

#[test]
fn delete_passkey_withstands_the_worst() {
    subject("delete-passkey", [("DeleteWebAuthnCredential", json!({}))], "Passkey failed")
        .withstands_the_worst();
}

#[test]
fn factors_withstands_the_worst() {
    Subject {
        attempts: 2,
        ..subject("factors", [("GetUserAuthFactors", json!({ "Username": "1" }))], "Factors failed")
    }
    .withstands_the_worst();
}

#[test]
fn forgot_password_withstands_the_worst() {
    subject("forgot-password", [("ForgotPassword", json!({}))], "Failed to send reset code")
        .withstands_the_worst();
}

#[test]
fn login_withstands_the_worst() {
    subject("login", [("AdminInitiateAuth", tokens())], "Login failed").withstands_the_worst();
}

#[test]
fn logout_withstands_the_worst() {
    Subject {
        event: event("logout-200-everywhere-and-this-session"),
        attempts: 4,
        unavailable: (200, json!({ "message": "Logged out successfully" })),
        ..subject("logout", [("GlobalSignOut", json!({})), ("RevokeToken", json!({}))], "")
    }
    .withstands_the_worst();
}

#[test]
fn me_withstands_the_worst() {
    Subject {
        attempts: 2,
        ..subject(
            "me",
            [("GetUser", json!({ "Username": "1", "UserAttributes": [{ "Name": "sub", "Value": "1" }] }))],
            "Authentication failed",
        )
    }
    .withstands_the_worst();
}

#[test]
fn passkeys_withstands_the_worst() {
    Subject {
        attempts: 2,
        ..subject("passkeys", [("ListWebAuthnCredentials", json!({ "Credentials": [] }))], "Passkey failed")
    }
    .withstands_the_worst();
}

#[test]
fn prefer_factor_withstands_the_worst() {
    Subject {
        attempts: 2,
        ..subject("prefer-factor", [("SetUserMFAPreference", json!({}))], "Preference failed")
    }
    .withstands_the_worst();
}

#[test]
fn refresh_token_withstands_the_worst() {
    subject("refresh-token", [("GetTokensFromRefreshToken", tokens())], "Token refresh failed")
        .withstands_the_worst();
}

#[test]
fn resend_code_withstands_the_worst() {
    Subject {
        variables: OPEN,
        ..subject("resend-code", [("ResendConfirmationCode", json!({}))], "Sign-up failed")
    }
    .withstands_the_worst();
}

#[test]
fn reset_password_withstands_the_worst() {
    let replies = [("ConfirmForgotPassword", json!({})), ("AdminUserGlobalSignOut", json!({}))];
    subject("reset-password", replies, "Failed to reset password").withstands_the_worst();
}

#[test]
fn set_up_totp_withstands_the_worst() {
    subject(
        "set-up-totp",
        [("AssociateSoftwareToken", json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }))],
        "Set-up failed",
    )
    .withstands_the_worst();
}

#[test]
fn sign_up_withstands_the_worst() {
    Subject {
        variables: OPEN,
        ..subject(
            "sign-up",
            [("SignUp", json!({ "UserConfirmed": false, "UserSub": "1" }))],
            "Sign-up failed",
        )
    }
    .withstands_the_worst();
}

#[test]
fn start_login_withstands_the_worst() {
    subject("start-login", [( "AdminInitiateAuth", json!({ "ChallengeName": "EMAIL_OTP", "Session": "a session of Cognito", "ChallengeParameters": {} }), )], "Login failed").withstands_the_worst();
}

#[test]
fn start_passkey_withstands_the_worst() {
    subject(
        "start-passkey",
        [("StartWebAuthnRegistration", json!({ "CredentialCreationOptions": { "challenge": "Y2g" } }))],
        "Passkey failed",
    )
    .withstands_the_worst();
}

#[test]
fn verify_totp_withstands_the_worst() {
    subject(
        "verify-totp",
        [
            ("VerifySoftwareToken", json!({ "Status": "SUCCESS" })),
            ("GetUser", json!({ "Username": "1", "UserAttributes": [] })),
            ("SetUserMFAPreference", json!({})),
        ],
        "Set-up failed",
    )
    .withstands_the_worst();
}
