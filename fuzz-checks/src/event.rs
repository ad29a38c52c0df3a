//! Any bytes as an event of API Gateway, for a route that is open and for one that is not.
//!
//! [`ReplayedCognito::call`] asserts the invariants. Each event is handled as it is, and with a canary in each secret.
use std::sync::Arc;

use serde_json::{Map, Value, json};
use shared::{
    ChangePasswordRequest, Done, Error, LoginRequest, Request, Service, SignIn, SignedIn, testing::Event,
};
use test_support::{ReplayedCognito, Reply, canary::plant_in_event};

/// Checks `bytes`. False if they are not worth keeping in the corpus.
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
    assert!(is_an_event || !is_an_event_without_headers(event), "headers decide whether it is a request");
    // Status 204 for a warm-up ping or a scheduled event, 500 for all else that is not an event.
    let status_of_others = if is_no_request(event) { 204 } else { 500 };

    let cognito = ReplayedCognito::answering([Reply::synthetic(&crate::tokens())]).with_arbitrary_input();
    let answer = cognito.call(&crate::ROUTE, sign_in, event.to_owned());
    let expected: &[u16] = if is_an_event { &[200, 413, 415, 422] } else { &[status_of_others] };
    assert!(expected.contains(&answer.status()), "status {}", answer.status());
    let requests = cognito.requests();
    assert_eq!(requests.len(), usize::from(answer.status() == 200), "{requests:?}");
    assert!(
        requests.iter().all(|request| request.operation == "AdminInitiateAuth" && request.signed),
        "{requests:?}"
    );
    let audit_lines = answer.log().lines().filter(|line| line.contains("\"_aws\":")).count();
    assert_eq!(audit_lines > 0, answer.status() != 204, "{}", answer.log());

    // No event that a fuzzer can write holds a token that the pool has signed.
    let cognito = ReplayedCognito::answering([Reply::key_set()]).with_arbitrary_input();
    let answer = cognito.call(&crate::ROUTE, change_password, event.to_owned());
    assert_eq!(answer.status(), if is_an_event { 401 } else { status_of_others });
}

/// Whether `event` is a JSON object that is no request of API Gateway.
fn is_no_request(event: &str) -> bool {
    matches!(serde_json::from_str(event), Ok(Value::Object(event)) if event.get("requestContext").is_none())
}

/// Whether `event` is an event once it has no headers: those that HTTP does not allow are ignored.
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
    let LoginRequest { username, password } = request.body;
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
