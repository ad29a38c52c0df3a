use serde_json::{Value, json};
use test_support::{ReplayedCognito, TestResponse, configuration, event_with};

use super::{SETTINGS as ROUTE, settings};

test_support::route_contract!(public(&ROUTE, settings, [json!({})]).never_failing());

/// Response of a deployment with these variables.
fn of(variables: &[(&str, &str)]) -> TestResponse {
    let event = event_with(&ROUTE, &[], "");
    ReplayedCognito::new([]).call_with(configuration(variables), &ROUTE, settings, event)
}

#[test]
fn settings_of_a_new_pool_are_complete() {
    let response = of(&[
        ("SELF_SIGN_UP", "true"),
        ("PASSKEYS", "true"),
        ("EMAIL_CODE", "false"),
        ("MFA", "OPTIONAL"),
        ("PASSWORD_POLICY", "12 uppercase lowercase numbers"),
        ("EMAIL_CHANGE", "true"),
        ("REAUTHENTICATION_MINUTES", "7"),
    ]);
    let expected: Value = json!({
        "sign_up": true,
        "passkeys": true,
        "email_code": false,
        "mfa": "OPTIONAL",
        "password_policy": {
            "minimum_length": 12, "uppercase": true, "lowercase": true, "numbers": true, "symbols": false
        },
        "email_change": true,
        "providers": [],
        "reauthentication_minutes": 7
    });
    assert_eq!((response.status(), response.body()), (200, expected));
}

#[test]
fn unknown_settings_of_an_existing_pool_are_absent() {
    let expected =
        json!({ "sign_up": false, "email_change": false, "providers": [], "reauthentication_minutes": 15 });
    assert_eq!(of(&[]).body(), expected);
}

#[test]
fn browsers_may_cache_the_response() {
    let response = of(&[]);
    assert_eq!(response.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(response.header("vary"), Some("Origin"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn providers_are_listed_in_order() {
    let response = of(&[("FEDERATED_PROVIDERS", "Google, Microsoft,SignInWithApple")]);
    assert_eq!(response.body()["providers"], json!(["Google", "Microsoft", "SignInWithApple"]));
}
