use serde_json::{Value, json};
use test_support::{FEDERATION_VARIABLES, ReplayedCognito, TestResponse, configuration, event};

use super::{START_FEDERATED_LOGIN as ROUTE, start_federated_login};

test_support::route_contract!(public(&ROUTE, start_federated_login, [complete_request()]).never_failing());

fn request() -> Value {
    json!({
        "provider": "Google",
        "redirect_uri": "https://app.igad.int/signed-in",
        "state": "aRandomState_of-32-characters-xy",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    })
}

fn complete_request() -> Value {
    let mut request = request();
    request["login_hint"] = "user+1@igad.int".into();
    request["reauthenticate"] = true.into();
    request
}

fn call_with(variables: &[(&str, &str)], body: &Value) -> TestResponse {
    let cognito = ReplayedCognito::new([]);
    let response =
        cognito.call_with(configuration(variables), &ROUTE, start_federated_login, event(&ROUTE, body));
    assert_eq!(cognito.requests(), []);
    response
}

fn call(body: &Value) -> TestResponse {
    call_with(&FEDERATION_VARIABLES, body)
}

#[test]
fn url_has_all_parameters() {
    let url = "https://sign-in.auth.eu-west-1.amazoncognito.com/oauth2/authorize?response_type=code\
        &client_id=1example23456789&redirect_uri=https%3A%2F%2Fapp.igad.int%2Fsigned-in\
        &scope=openid%20email%20profile%20aws.cognito.signin.user.admin&state=aRandomState_of-32-characters-xy\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
        &identity_provider=Google";
    let response = call(&request());
    assert_eq!((response.status(), response.body()), (200, json!({ "url": url })));
    let response = call(&complete_request());
    let url = format!("{url}&login_hint=user%2B1%40igad.int&prompt=login");
    assert_eq!((response.status(), response.body()), (200, json!({ "url": url })));
}

#[test]
fn absent_options_are_omitted() {
    for absent in [Value::Null, "".into(), "  ".into()] {
        let mut body = request();
        body["login_hint"] = absent;
        body["reauthenticate"] = false.into();
        assert_eq!(call(&body).body(), call(&request()).body());
    }
}

#[test]
fn unknown_provider_returns_422() {
    let not_available = (422, "provider: not available".to_owned(), "ValidationException");
    for provider in ["google", "COGNITO", "Google,Microsoft", " Google", "Facebook"] {
        let mut body = request();
        body["provider"] = provider.into();
        assert_eq!(call(&body).error(), not_available, "{provider}");
    }
    assert_eq!(call_with(&[], &request()).error(), not_available, "federation is off");
}

#[test]
fn redirect_uri_matches_exactly() {
    let other = [
        "https://app.igad.int/signed-in/",
        "https://app.igad.int/signed-in?next=1",
        "https://app.igad.int/signed-in#",
        "https://APP.igad.int/signed-in",
        "https://app.igad.int/signed%2din",
        "https://app.igad.int:443/signed-in",
        "https://app.igad.int",
        " https://app.igad.int/signed-in",
        "https://app.igad.int/signed-in,http://localhost:3000/signed-in",
        "https://app.igad.int/",
        "https://evil.example/signed-in",
        "javascript:alert(1)",
    ];
    for redirect_uri in other {
        let mut body = request();
        body["redirect_uri"] = redirect_uri.into();
        let not_allowed = (422, "redirect_uri: not allowed".to_owned(), "ValidationException");
        assert_eq!(call(&body).error(), not_allowed, "{redirect_uri}");
    }
    let mut body = request();
    body["redirect_uri"] = "http://localhost:3000/signed-in".into();
    assert_eq!(call(&body).status(), 200);
}

#[test]
fn malformed_field_returns_422() {
    let state = "must be 8 to 512 base64url characters";
    let challenge = "must be 43 base64url characters";
    let cases: [(&str, Value, &str); 19] = [
        ("provider", Value::Null, "field required"),
        ("provider", "".into(), "field required"),
        ("provider", json!(["Google"]), "must be a string"),
        ("redirect_uri", Value::Null, "field required"),
        ("redirect_uri", 1.into(), "must be a string"),
        ("state", Value::Null, "field required"),
        ("state", 1.into(), "must be a string"),
        ("state", "1234567".into(), state),
        ("state", "a".repeat(513).into(), state),
        ("state", "padded-base64=".into(), state),
        ("state", "percent%20encoded".into(), state),
        ("state", "state&identity_provider=COGNITO".into(), state),
        ("state", "st\u{e4}te-of-the-page".into(), state),
        ("code_challenge", Value::Null, "field required"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c".into(), challenge),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=".into(), challenge),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM".into(), challenge),
        ("login_hint", "x".repeat(2049).into(), "must have at most 2048 characters"),
        ("reauthenticate", 1.into(), "must be true or false"),
    ];
    for (field, value, problem) in cases {
        let mut body = request();
        body[field] = value;
        assert_eq!(call(&body).error(), (422, format!("{field}: {problem}"), "ValidationException"));
    }
}

#[test]
fn longest_values_are_accepted() {
    let mut body = complete_request();
    body["state"] = "-".repeat(512).into();
    body["login_hint"] = "\u{fc}".repeat(2048).into();
    assert_eq!(call(&body).status(), 200);
    body["state"] = "_".repeat(8).into();
    assert_eq!(call(&body).status(), 200);
}
