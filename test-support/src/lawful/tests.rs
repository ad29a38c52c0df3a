use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{ReplayedCognito, Reply, event, unsigned_token};
use shared::{
    Done, Error, LoginRequest, Request, ResetPasswordRequest, Route, Service, testing::Authentication,
};

const ROUTE: Route =
    Route { name: "test-support", error_prefix: "Refused", failure_prefix: "Failed", error_mappings: &[] };

fn call_in_vain(body: &Value, leak: fn(&Request<ResetPasswordRequest>) -> String) {
    let function = move |_: Arc<Service>, request: Request<ResetPasswordRequest>| async move {
        tracing::info!("{}", leak(&request));
        Ok::<_, Error>(Done::new("done"))
    };
    ReplayedCognito::answering([]).call(&ROUTE, function, event(&ROUTE, body));
}

fn reset(code: &str) -> Value {
    json!({ "username": "user@igad.int", "code": code, "new_password": "B7and" })
}

#[test]
fn a_log_without_secrets_is_lawful() {
    call_in_vain(&reset("654321"), |_| "all is well".to_owned());
}

#[test]
#[should_panic(expected = "654321 is in the log")]
fn a_code_in_the_log_is_not() {
    call_in_vain(&reset("654321"), |request| request.body.code.expose_secret().to_owned());
}

#[test]
#[should_panic(expected = "B7and is in the log")]
fn a_short_password_in_the_log_is_not() {
    call_in_vain(&reset("654321"), |request| format!("it is {}", request.body.new_password.expose_secret()));
}

/// Signs in, and writes what Cognito replied into the log.
fn leak_a_reply(reply: &Value) {
    let function = |service: Arc<Service>, request: Request<LoginRequest>| async move {
        let LoginRequest { username, password } = request.body;
        let leaked = match service.cognito.sign_in(&username, &password, &request.origin).await? {
            Authentication::Tokens(tokens) => tokens.access_token,
            Authentication::Challenge(challenge) => challenge.session,
        };
        tracing::info!("{}", leaked.expose_secret());
        Ok::<_, Error>(Done::new("done"))
    };
    let body = json!({ "username": "somebody", "password": "SecureP@ssw0rd1" });
    ReplayedCognito::answering([Reply::made_up(reply)]).call(&ROUTE, function, event(&ROUTE, &body));
}

#[test]
#[should_panic(expected = "AYABeE is in the log")]
fn a_session_of_cognito_in_the_log_is_not() {
    leak_a_reply(&json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "AYABeE" }));
}

#[test]
#[should_panic(expected = "eyJ.access is in the log")]
fn a_token_of_cognito_in_the_log_is_not() {
    let id_token = unsigned_token(&json!({ "sub": "1" }));
    let tokens = json!({ "AccessToken": "eyJ.access", "IdToken": id_token, "ExpiresIn": 3600 });
    leak_a_reply(&json!({ "AuthenticationResult": tokens }));
}

#[test]
fn what_cognito_says_of_a_person_is_secret_and_their_id_is_not() {
    let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let reply = json!({ "UserAttributes": [attribute("sub", "b7d8"), attribute("name", "John")] });
    assert_eq!(super::secrets_of_reply(&reply.to_string()), ["John"]);
}

#[test]
fn the_name_of_an_exception_is_no_secret_though_a_client_may_have_sent_it() {
    let function = |service: Arc<Service>, request: Request<LoginRequest>| async move {
        let LoginRequest { username, password } = request.body;
        service.cognito.sign_in(&username, &password, &request.origin).await?;
        Ok::<_, Error>(Done::new("done"))
    };
    let body = json!({ "username": "somebody", "password": "My" });
    let refused = Reply::made_up_refusal("MyException", "a message");
    let answer = ReplayedCognito::answering([refused]).call(&ROUTE, function, event(&ROUTE, &body));
    assert_eq!(answer.error(), (500, "Refused: MyException".to_owned(), "MyException"));
}
