use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Secrets, canary, plant_in_event, plant_in_response};
use crate::{CognitoResponse, ReplayedCognito, TestResponse, event, event_with, signed_in, unsigned_token};
use shared::{
    Done, Error, LoginRequest, Request, ResetPasswordRequest, Route, Service, testing::Authentication,
};

const ROUTE: Route =
    Route { name: "test-support", error_prefix: "Refused", failure_prefix: "Failed", error_mappings: &[] };

type Leak = fn(&Request<ResetPasswordRequest>) -> String;

/// Calls a function that logs what `leak` returns.
fn call(cognito: &ReplayedCognito, event: String, leak: Leak) -> TestResponse {
    let function = move |_: Arc<Service>, request: Request<ResetPasswordRequest>| async move {
        tracing::info!("{}", leak(&request));
        Ok::<_, Error>(Done::new("done"))
    };
    cognito.call(&ROUTE, function, event)
}

fn log_of(body: &Value, leak: Leak) {
    call(&ReplayedCognito::new([]), event(&ROUTE, body), leak);
}

fn reset(code: &str, new_password: &str) -> Value {
    json!({ "username": "user@igad.int", "code": code, "new_password": new_password })
}

fn password(request: &Request<ResetPasswordRequest>) -> String {
    format!("it is {}", request.body.new_password.expose_secret())
}

#[test]
fn log_without_secrets_passes() {
    log_of(&reset("654321", "B7and"), |_| "all is well".to_owned());
}

#[test]
#[should_panic(expected = "the secret 654321 is in the log")]
fn code_in_log_fails() {
    log_of(&reset("654321", "B7and"), |request| request.body.code.expose_secret().to_owned());
}

#[test]
#[should_panic(expected = "the secret 654 is in the log")]
fn normalized_code_in_log_fails() {
    log_of(&reset("654 321", "B7and"), |request| request.body.code.expose_secret().to_owned());
}

#[test]
#[should_panic(expected = "the secret B7and is in the log")]
fn short_password_in_log_fails() {
    log_of(&reset("654321", "B7and"), password);
}

#[test]
#[should_panic(expected = "the secret 1500 is in the log")]
fn number_from_source_in_log_fails() {
    log_of(&reset("654321", "1500"), password);
}

#[test]
#[should_panic(expected = "the secret NotAuthorizedException is in the log")]
fn name_from_source_in_log_fails() {
    log_of(&reset("654321", "NotAuthorizedException"), password);
}

#[test]
#[should_panic(expected = "or it is not unique")]
fn common_word_is_not_exempt() {
    // The audit line contains `request`.
    log_of(&reset("654321", "request"), |_| "all is well".to_owned());
}

#[test]
#[should_panic(expected = "the secret ibis@example.org is in the log")]
fn decoded_username_in_log_fails() {
    let body = json!({ "username": "ibis%40example.org", "code": "654321", "new_password": "B7and" });
    log_of(&body, |request| request.body.username.as_str().to_owned());
}

/// Signs in, and logs what `leak` returns if that succeeds.
fn sign_in(
    body: &Value,
    cognito_response: CognitoResponse,
    leak: fn(Authentication) -> String,
) -> TestResponse {
    let function = move |service: Arc<Service>, request: Request<LoginRequest>| async move {
        let LoginRequest { username, password, .. } = request.body;
        let authentication = service.cognito.sign_in(&username, &password, &request.client_context).await?;
        tracing::info!("{}", leak(authentication));
        Ok::<_, Error>(Done::new("done"))
    };
    ReplayedCognito::new([cognito_response]).call(&ROUTE, function, event(&ROUTE, body))
}

fn credentials() -> Value {
    json!({ "username": "user@igad.int", "password": "SecureP@ssw0rd1" })
}

fn session_or_token(authentication: Authentication) -> String {
    match authentication {
        Authentication::Tokens(tokens) => tokens.access_token.expose_secret().to_owned(),
        Authentication::Challenge(challenge) => challenge.session.expose_secret().to_owned(),
    }
}

#[test]
#[should_panic(expected = "the secret AYABeE is in the log")]
fn session_of_cognito_in_log_fails() {
    let challenge = json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "AYABeE" });
    sign_in(&credentials(), CognitoResponse::synthetic(&challenge), session_or_token);
}

#[test]
#[should_panic(expected = "the secret eyJ.access is in the log")]
fn token_of_cognito_in_log_fails() {
    let id_token = unsigned_token(&json!({ "sub": "1" }));
    let tokens = json!({ "AccessToken": "eyJ.access", "IdToken": id_token, "ExpiresIn": 3600 });
    sign_in(
        &credentials(),
        CognitoResponse::synthetic(&json!({ "AuthenticationResult": tokens })),
        session_or_token,
    );
}

#[test]
#[should_panic(expected = "the secret @igad.int is in the log")]
fn address_from_id_token_in_log_fails() {
    let claims = json!({ "sub": "1", "email": "other@igad.int" });
    sign_in(&credentials(), CognitoResponse::tokens("AdminInitiateAuth", &claims), |_| {
        "other@igad.int".to_owned()
    });
}

#[test]
#[should_panic(expected = "the secret Quokka is in the error response")]
fn secret_in_error_response_fails() {
    // The name of an exception is part of the response.
    let body = json!({ "username": "user@igad.int", "password": "Quokka" });
    sign_in(&body, CognitoResponse::synthetic_error("QuokkaException", "a message"), |_| String::new());
}

#[test]
fn secrets_are_found_by_their_place() {
    let body = json!({
        "username": "Ibis", "code": "654 321", "challenge": "SMS_MFA", "nested": { "type": "public-key", "id": "Y3J" }
    });
    let found = |event: &str, responses: &[Value]| {
        let secrets = Secrets::of(event, responses.iter().map(Value::to_string));
        let mut found: Vec<_> = secrets.iter().skip(1).map(str::to_owned).collect();
        found.sort();
        found
    };
    assert_eq!(found(&signed_in(&ROUTE, "a.b.c", &body), &[]), ["321", "654", "Ibis", "Y3J", "a.b.c"]);

    let headers = [("Cookie", "session=Gecko"), ("accept", "*/*")];
    let rest_api = json!({
        "multiValueHeaders": { "Authorization": ["Basic Z2Vja28="] },
        "cookies": ["theme=Okapi"],
        "body": BASE64_STANDARD.encode(r#"{"password": "Tapir"}"#),
        "isBase64Encoded": true
    });
    assert_eq!(found(&event_with(&ROUTE, &headers, "Numbat"), &[]), ["session=Gecko"]);
    assert_eq!(found(&rest_api.to_string(), &[]), ["Tapir", "Z2Vja28=", "theme=Okapi"]);

    let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let user = json!({ "UserAttributes": [attribute("sub", "b7d8"), attribute("name", "Jan Kea")] });
    let session = json!({ "Session": "AYABeE", "ChallengeName": "SMS_MFA" });
    assert_eq!(found("", &[user, session]), ["AYABeE", "Jan", "Kea"]);
}

/// An event whose values appear in every log, and a copy with canaries.
fn generated(code: &str) -> (String, String) {
    let event = event(&ROUTE, &reset(code, "request"));
    let planted = plant_in_event(&event).unwrap();
    (event, planted)
}

#[test]
fn arbitrary_values_without_canary_pass() {
    let cognito = || ReplayedCognito::new([]).with_arbitrary_input();
    let (event, planted) = generated("654321");
    call(&cognito(), event, password);
    call(&cognito(), planted, |_| "request".to_owned());
}

#[test]
#[should_panic(expected = "the secret canary-")]
fn canary_in_log_fails() {
    call(&ReplayedCognito::new([]).with_arbitrary_input(), generated("654321").1, password);
}

#[test]
#[should_panic(expected = "the secret 730914 is in the log")]
fn planted_code_in_log_fails() {
    call(&ReplayedCognito::new([]).with_arbitrary_input(), generated("111111").1, |request| {
        request.body.code.expose_secret().to_owned()
    });
}

#[test]
fn responses_without_secrets_get_no_canary() {
    let planted = |response: &Value| plant_in_response(&response.to_string());
    assert_eq!(planted(&json!({ "__type": "Exception", "message": "a message" })), None);
    let planted = planted(&json!({ "Session": "AYABeE", "ChallengeName": "SMS_MFA" })).unwrap();
    assert!(planted.contains("AYABeEcanary-") && planted.contains("\"SMS_MFA\""), "{planted}");
}

#[test]
fn canary_is_found_in_malformed_body_and_any_field() {
    for body in ["{\"password\": \"", "{\"challenge\": \""] {
        let canary = canary();
        let event = event_with(&ROUTE, &[], &format!("{body}{canary}"));
        assert!(Secrets::of(&event, [""; 0]).iter().any(|secret| secret == canary));
    }
}

#[test]
#[should_panic(expected = "the secret Tapir is in the log")]
fn line_that_is_not_json_is_searched() {
    let secrets = Secrets::of(&event(&ROUTE, &json!({ "password": "Tapir" })), [""; 0]);
    secrets.assert_absent_from_log("thread 'main' panicked: Tapir\n");
}

#[test]
fn ids_and_client_in_log_are_public() {
    let secrets = Secrets::of(&event(&ROUTE, &json!({ "password": "Tapir" })), [""; 0]);
    secrets.assert_absent_from_log(r#"{"user_agent": "Tapir", "request_id": "Tapir"}"#);
}
