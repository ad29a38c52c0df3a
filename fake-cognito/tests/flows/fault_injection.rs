//! What every function withstands, tried on its real binary: a Cognito, a network and a Lambda that do their worst.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};
use test_support::withstands::{Subject, tokens};

use crate::api::executable;

/// A pool in which users make themselves an account.
const OPEN: &[(&str, &str)] = &[("SELF_SIGN_UP", "true")];

/// A route that says `failed` before the reason where Cognito cannot be used. It is used as in its event, to which
/// Cognito gives these replies, and a call that does not succeed is not tried again.
fn subject(route: &str, replies: impl Into<Vec<(&'static str, Value)>>, failed: &str) -> Subject {
    Subject {
        binary: executable(route),
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

/// A test for each route, and their names.
macro_rules! routes {
    ($($route:ident: $subject:expr,)*) => {
        $(
            #[test]
            fn $route() {
                $subject.withstands_the_worst();
            }
        )*

        const ROUTES: &[&str] = &[$(stringify!($route)),*];
    };
}

#[test]
fn every_function_has_a_test() {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let functions = fs::read_dir(functions).expect("a folder").map(|function| {
        let name = function.expect("an entry").file_name();
        name.to_string_lossy().replace('-', "_")
    });
    let tested = ROUTES.iter().map(|route| (*route).to_owned());
    assert_eq!(tested.collect::<BTreeSet<_>>(), functions.collect());
}

routes! {
    answer_challenge: subject("answer-challenge", [("AdminRespondToAuthChallenge", tokens())], "Challenge failed"),
    change_password: subject("change-password", [("ChangePassword", json!({}))], "Password change failed"),
    complete_passkey: subject("complete-passkey", [("CompleteWebAuthnRegistration", json!({}))], "Passkey failed"),
    complete_password_change: subject(
        "complete-password-change",
        [("AdminRespondToAuthChallenge", tokens())],
        "Password change failed",
    ),
    confirm_sign_up: Subject {
        variables: OPEN,
        ..subject("confirm-sign-up", [("ConfirmSignUp", json!({}))], "Sign-up failed")
    },
    delete_passkey: subject("delete-passkey", [("DeleteWebAuthnCredential", json!({}))], "Passkey failed"),
    factors: Subject {
        attempts: 2,
        ..subject("factors", [("GetUserAuthFactors", json!({ "Username": "1" }))], "Factors failed")
    },
    forgot_password: subject("forgot-password", [("ForgotPassword", json!({}))], "Failed to send reset code"),
    login: subject("login", [("AdminInitiateAuth", tokens())], "Login failed"),
    logout: Subject {
        event: event("logout-200-everywhere-and-this-session"),
        attempts: 4,
        unavailable: (200, json!({ "message": "Logged out successfully" })),
        ..subject("logout", [("GlobalSignOut", json!({})), ("RevokeToken", json!({}))], "")
    },
    me: Subject {
        attempts: 2,
        ..subject(
            "me",
            [("GetUser", json!({ "Username": "1", "UserAttributes": [{ "Name": "sub", "Value": "1" }] }))],
            "Authentication failed",
        )
    },
    passkeys: Subject {
        attempts: 2,
        ..subject("passkeys", [("ListWebAuthnCredentials", json!({ "Credentials": [] }))], "Passkey failed")
    },
    prefer_factor: Subject {
        attempts: 2,
        ..subject("prefer-factor", [("SetUserMFAPreference", json!({}))], "Preference failed")
    },
    refresh_token: subject("refresh-token", [("GetTokensFromRefreshToken", tokens())], "Token refresh failed"),
    resend_code: Subject {
        variables: OPEN,
        ..subject("resend-code", [("ResendConfirmationCode", json!({}))], "Sign-up failed")
    },
    reset_password: subject("reset-password", [("ConfirmForgotPassword", json!({})), ("AdminUserGlobalSignOut", json!({}))], "Failed to reset password"),
    set_up_totp: subject(
        "set-up-totp",
        [("AssociateSoftwareToken", json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }))],
        "Set-up failed",
    ),
    sign_up: Subject {
        variables: OPEN,
        ..subject(
            "sign-up",
            [("SignUp", json!({ "UserConfirmed": false, "UserSub": "1" }))],
            "Sign-up failed",
        )
    },
    start_login: subject("start-login", [( "AdminInitiateAuth", json!({ "ChallengeName": "EMAIL_OTP", "Session": "a session of Cognito", "ChallengeParameters": {} }), )], "Login failed"),
    start_passkey: subject(
        "start-passkey",
        [("StartWebAuthnRegistration", json!({ "CredentialCreationOptions": { "challenge": "Y2g" } }))],
        "Passkey failed",
    ),
    verify_totp: subject(
        "verify-totp",
        [
            ("VerifySoftwareToken", json!({ "Status": "SUCCESS" })),
            ("GetUser", json!({ "Username": "1", "UserAttributes": [] })),
            ("SetUserMFAPreference", json!({})),
        ],
        "Set-up failed",
    ),
}
