//! Fault injection into the binary of every function.

use std::{collections::BTreeSet, fs, path::Path};

use fake_cognito::Settings;
use serde_json::{Value, json};
use test_support::{
    endpoint::TOKEN_ENDPOINT,
    fault_injection::{RouteUsage, tokens},
    unsigned_token,
};

use crate::api::{Api, executable};

/// Variables of a deployment with self-service sign-up.
const OPEN: &[(&str, &str)] = &[("SELF_SIGN_UP", "true")];

/// Address of the page in events of federated sign-in.
const REDIRECT_URI: &str = "https://app.example.org/signed-in";

/// Usage of a route with its event and these responses of Cognito, without a second attempt.
fn usage(route: &str, responses: impl Into<Vec<(&'static str, Value)>>, failure_prefix: &str) -> RouteUsage {
    RouteUsage {
        binary: executable(route),
        event: event(route),
        variables: &[],
        responses: responses.into(),
        attempts: 1,
        unavailable: RouteUsage::unavailable(failure_prefix),
    }
}

/// The event of this name.
fn event(name: &str) -> String {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    fs::read_to_string(events.join(format!("{name}.json"))).expect("an event")
}

/// A test for each route, and their names.
macro_rules! routes {
    ($($route:ident: $usage:expr,)*) => {
        $(
            #[test]
            fn $route() {
                $usage.assert_fault_tolerance();
            }
        )*

        const ROUTES: &[&str] = &[$(stringify!($route)),*];
    };
}

fn login_usage() -> RouteUsage {
    usage("login", [("AdminInitiateAuth", tokens())], "Login failed")
}

fn complete_federated_login_usage() -> RouteUsage {
    let id_token = unsigned_token(&json!({ "sub": "1", "cognito:username": "google_1234567890" }));
    let tokens = json!({
        "access_token": "the-access-token",
        "refresh_token": "the-refresh-token",
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": 3600
    });
    RouteUsage {
        variables: &[("REDIRECT_URIS", REDIRECT_URI)],
        ..usage("complete-federated-login", [(TOKEN_ENDPOINT, tokens)], "Login failed")
    }
}

fn me_usage() -> RouteUsage {
    let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let attributes =
        [attribute("sub", "1"), attribute("name", "Johannes"), attribute("phone_number", "+254700000123")];
    let user = json!({ "Username": "1", "UserAttributes": attributes });
    RouteUsage { attempts: 2, ..usage("me", [("GetUser", user)], "Authentication failed") }
}

fn delete_account_usage() -> RouteUsage {
    let email = json!({ "Name": "email", "Value": "user@igad.int" });
    let user = json!({ "Username": "1", "UserAttributes": [{ "Name": "sub", "Value": "1" }, email] });
    let responses = [("GetUser", user), ("DeleteUser", json!({}))];
    RouteUsage { attempts: 2, ..usage("delete-account", responses, "Account deletion failed") }
}

#[test]
fn settings_calls_no_operation() {
    let api = Api::with(Settings::default(), []);
    assert_eq!(api.call("settings", event("settings")).status, 200);
    assert_eq!(api.cognito.operations(), Vec::<String>::new());
}

#[test]
fn public_route_clears_memory() {
    login_usage().assert_memory_is_cleared();
}

#[test]
fn token_endpoint_clears_memory() {
    let usage = complete_federated_login_usage();
    let variables = &[("REDIRECT_URIS", REDIRECT_URI), ("COGNITO_CLIENT_SECRET", "the-client-secret")];
    RouteUsage { variables, ..usage }.assert_memory_is_cleared();
}

#[test]
fn bearer_route_clears_memory() {
    me_usage().assert_memory_is_cleared();
}

#[test]
fn every_function_has_a_test() {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let functions = fs::read_dir(functions).expect("a folder").map(|function| {
        let name = function.expect("an entry").file_name();
        name.to_string_lossy().replace('-', "_")
    });
    // No fault of Cognito can affect these, which call nothing.
    let tested = ROUTES.iter().chain(&["settings", "start_federated_login"]).map(|route| (*route).to_owned());
    assert_eq!(tested.collect::<BTreeSet<_>>(), functions.collect());
}

routes! {
    answer_challenge: usage("answer-challenge", [("AdminRespondToAuthChallenge", tokens())], "Challenge failed"),
    change_email: RouteUsage {
        variables: &[("EMAIL_CHANGE", "true")],
        ..usage("change-email", [("UpdateUserAttributes", json!({}))], "Email change failed")
    },
    change_password: usage("change-password", [("ChangePassword", json!({}))], "Password change failed"),
    complete_federated_login: complete_federated_login_usage(),
    complete_passkey: usage("complete-passkey", [("CompleteWebAuthnRegistration", json!({}))], "Passkey failed"),
    complete_password_change: usage(
        "complete-password-change",
        [("AdminRespondToAuthChallenge", tokens())],
        "Password change failed",
    ),
    confirm_sign_up: RouteUsage {
        variables: OPEN,
        ..usage("confirm-sign-up", [("ConfirmSignUp", json!({}))], "Sign-up failed")
    },
    delete_account: delete_account_usage(),
    delete_passkey: usage("delete-passkey", [("DeleteWebAuthnCredential", json!({}))], "Passkey failed"),
    factors: RouteUsage {
        attempts: 2,
        ..usage("factors", [("GetUserAuthFactors", json!({ "Username": "1" }))], "Factors failed")
    },
    forgot_password: usage("forgot-password", [("ForgotPassword", json!({}))], "Failed to send reset code"),
    login: login_usage(),
    logout: RouteUsage {
        event: event("logout-200-everywhere-and-this-session"),
        attempts: 4,
        unavailable: (200, json!({ "message": "Logged out successfully" })),
        ..usage("logout", [("GlobalSignOut", json!({})), ("RevokeToken", json!({}))], "")
    },
    me: me_usage(),
    passkeys: RouteUsage {
        attempts: 2,
        ..usage("passkeys", [("ListWebAuthnCredentials", json!({ "Credentials": [] }))], "Passkey failed")
    },
    prefer_factor: RouteUsage {
        attempts: 2,
        ..usage("prefer-factor", [("SetUserMFAPreference", json!({}))], "Preference failed")
    },
    refresh_token: usage("refresh-token", [("GetTokensFromRefreshToken", tokens())], "Token refresh failed"),
    resend_code: RouteUsage {
        variables: OPEN,
        ..usage("resend-code", [("ResendConfirmationCode", json!({}))], "Sign-up failed")
    },
    reset_password: usage("reset-password", [("ConfirmForgotPassword", json!({})), ("AdminUserGlobalSignOut", json!({}))], "Failed to reset password"),
    send_email_code: usage(
        "send-email-code",
        [("GetUserAttributeVerificationCode", json!({}))],
        "Email verification failed",
    ),
    set_up_totp: usage(
        "set-up-totp",
        [("AssociateSoftwareToken", json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }))],
        "Set-up failed",
    ),
    sign_up: RouteUsage {
        variables: OPEN,
        ..usage(
            "sign-up",
            [("SignUp", json!({ "UserConfirmed": false, "UserSub": "1" }))],
            "Sign-up failed",
        )
    },
    start_login: usage("start-login", [( "AdminInitiateAuth", json!({ "ChallengeName": "EMAIL_OTP", "Session": "AYABeF-one-time-code", "ChallengeParameters": {} }), )], "Login failed"),
    start_passkey: usage(
        "start-passkey",
        [("StartWebAuthnRegistration", json!({ "CredentialCreationOptions": { "challenge": "Y2g" } }))],
        "Passkey failed",
    ),
    update_profile: usage("update-profile", [("UpdateUserAttributes", json!({}))], "Profile update failed"),
    verify_email: usage("verify-email", [("VerifyUserAttribute", json!({}))], "Email verification failed"),
    verify_totp: usage(
        "verify-totp",
        [
            ("VerifySoftwareToken", json!({ "Status": "SUCCESS" })),
            ("GetUser", json!({ "Username": "1", "UserAttributes": [] })),
            ("SetUserMFAPreference", json!({})),
        ],
        "Set-up failed",
    ),
}
