//! Arbitrary bytes as an event of API Gateway, for a public route and a bearer route.
//!
//! [`ReplayedCognito::call`] asserts the invariants. Each event is handled as it is, and with a canary in each secret.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use shared::{
    ChangePasswordRequest, Done, Error, LoginRequest, Request, Service, SignIn, SignedIn, testing::Event,
};
use test_support::{CognitoResponse, ReplayedCognito, canary::plant_in_event};

/// Checks `bytes`. Returns false for input that the corpus does not need.
pub fn run(bytes: &[u8]) -> bool {
    let event = String::from_utf8_lossy(bytes);
    check(&event);
    if let Some(event) = plant_in_event(&event) {
        check(&event);
    }
    true
}

fn check(event: &str) {
    let is_an_event = Event::parse(event).is_some();
    assert!(
        is_an_event || !is_an_event_without_headers(event),
        "headers decide whether the event is a request"
    );
    // 204 for a warm-up ping or a scheduled event, 500 for other input that is not a request.
    let status_of_others = if is_not_a_request(event) { 204 } else { 500 };

    let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&crate::tokens())]).with_arbitrary_input();
    let response = cognito.call(&crate::ROUTE, sign_in, event.to_owned());
    let expected: &[u16] = if is_an_event { &[200, 413, 415, 422] } else { &[status_of_others] };
    assert!(expected.contains(&response.status()), "status {}", response.status());
    let requests = cognito.requests();
    assert_eq!(requests.len(), usize::from(response.status() == 200), "{requests:?}");
    assert!(
        requests.iter().all(|request| request.operation == "AdminInitiateAuth" && request.signed),
        "{requests:?}"
    );
    let audit_lines = response.log().lines().filter(|line| line.contains("\"_aws\":")).count();
    assert_eq!(audit_lines > 0, response.status() != 204, "{}", response.log());

    // A fuzzer cannot generate a token with a valid signature.
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]).with_arbitrary_input();
    let response = cognito.call(&crate::ROUTE, change_password, event.to_owned());
    assert_eq!(response.status(), if is_an_event { 401 } else { status_of_others });
}

/// Whether `event` is a JSON object but not a request of API Gateway.
fn is_not_a_request(event: &str) -> bool {
    matches!(serde_json::from_str(event), Ok(Value::Object(event)) if event.get("requestContext").is_none())
}

/// Whether `event` is a request without its headers. Invalid headers are ignored.
fn is_an_event_without_headers(event: &str) -> bool {
    let Ok(mut event) = serde_json::from_str::<Map<String, Value>>(event) else { return false };
    for member in ["headers", "multiValueHeaders"] {
        if let Some(headers @ Value::Object(_)) = event.get_mut(member) {
            *headers = json!({});
        }
    }
    Event::parse(&json!(event).to_string()).is_some()
}

async fn sign_in(service: Arc<Service>, request: Request<LoginRequest>) -> Result<SignIn, Error> {
    let LoginRequest { username, password, .. } = request.body;
    let authentication = service.cognito.sign_in(&username, &password, &request.client_context).await?;
    Ok(SignIn::new(authentication, &username, &service.settings))
}

async fn change_password(
    service: Arc<Service>,
    request: SignedIn<ChangePasswordRequest>,
) -> Result<Done, Error> {
    let SignedIn { caller, body } = request;
    service.cognito.change_password(&caller, &body.current_password, &body.new_password).await?;
    Ok(Done::new("Changed"))
}
