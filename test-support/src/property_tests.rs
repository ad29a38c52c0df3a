//! Property tests: the invariants hold for generated requests and responses of Cognito.
//!
//! [`run`] calls a route's function with generated events and responses, in which every text has a canary. A short run is
//! part of the route's tests. A long run: `PROPTEST_CASES=1000000 cargo test --release invariants_hold`. Inputs that
//! failed before, and other edge cases, are in `corpus/`.

use std::{
    collections::BTreeSet,
    num::NonZero,
    sync::{Mutex, PoisonError},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::{
    collection::{hash_map, vec},
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{
    canary::{canary, plant_in_body},
    cognito_response::CognitoResponse,
    events::{COOKIE_VARIABLES, FEDERATION_VARIABLES, configuration},
    invariants::INTERNAL,
    privileges,
    replay::ReplayedCognito,
};
use shared::testing::Handler;

/// Events of both payload formats, from which others are generated.
const EVENTS: [&str; 2] = [include_str!("corpus/http-api.json"), include_str!("corpus/rest-api.json")];

/// Responses of Cognito, from which others are generated.
const RESPONSES: [&str; 5] = [
    include_str!("corpus/tokens.json"),
    include_str!("corpus/federated-tokens.json"),
    include_str!("corpus/challenge.json"),
    include_str!("corpus/user.json"),
    include_str!("corpus/delivery.json"),
];

/// Errors of the token endpoint, from which others are generated.
const TOKEN_ERRORS: [&str; 4] = ["invalid_grant", "invalid_request", "invalid_client", "unauthorized_client"];

/// Asserts the invariants for the route of `handler` with generated events, and with generated responses of Cognito
/// after those of `first`; and that the route uses every permission of its template, and no other. `fields` is a valid
/// body for the route, `token` a valid bearer token.
pub(crate) fn run(handler: &Handler, first: &[CognitoResponse], fields: &Value, token: &str) {
    let planted =
        plant_in_body(&fields.to_string()).map(|fields| serde_json::from_str(&fields).expect("JSON"));
    let fields: &Value = planted.as_ref().unwrap_or(fields);
    let signed = Mutex::new(BTreeSet::new());
    let call = |event: String, response: CognitoResponse| {
        // Twice, because some calls are retried.
        let responses = first.iter().cloned().chain([response.clone(), response]);
        let cognito = ReplayedCognito::new(responses);
        // Otherwise the routes for sign-up and federated sign-in would not call Cognito, and cookies would be ignored.
        let mut open = vec![("SELF_SIGN_UP", "true")];
        open.extend(COOKIE_VARIABLES);
        open.extend(FEDERATION_VARIABLES);
        cognito.handle_event(configuration(&open), handler, event);
        let requests = cognito.requests().into_iter().filter(|request| request.signed);
        let mut signed = signed.lock().unwrap_or_else(PoisonError::into_inner);
        signed.extend(requests.map(|request| request.operation));
    };
    for event in EVENTS {
        for response in RESPONSES {
            call(valid_event(event, fields, token).to_string(), CognitoResponse::raw(200, response));
        }
    }
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let config = Config { failure_persistence: None, ..Config::default() };
    // Each thread generates its own cases.
    let cases = config.cases.div_ceil(processors as u32);
    let results: Vec<_> = thread::scope(|scope| {
        let runners: Vec<_> = (0..processors)
            .map(|_| {
                scope.spawn(|| {
                    let inputs = (events(fields.clone(), token.to_owned()), responses());
                    TestRunner::new(Config { cases, ..config.clone() }).run(&inputs, |(event, response)| {
                        call(event, response);
                        Ok(())
                    })
                })
            })
            .collect();
        runners.into_iter().map(|thread| thread.join().expect("a runner that does not panic")).collect()
    });
    if let Some(failure) = results.into_iter().find_map(Result::err) {
        panic!("{failure}");
    }
    privileges::assert_least(handler.route, &signed.into_inner().unwrap_or_else(PoisonError::into_inner));
}

/// `event` with a valid body and a valid token.
fn valid_event(event: &str, fields: &Value, token: &str) -> Value {
    let mut event: Value = serde_json::from_str(event).expect("the corpus is JSON");
    event["body"] = fields.to_string().into();
    event["headers"]["authorization"] = format!("Bearer {token}").into();
    event
}

/// Any event: most of them valid except in a few places.
fn events(fields: Value, token: String) -> impl Strategy<Value = String> {
    let body_changed = (changed(fields.clone()), select(&EVENTS[..])).prop_map({
        let token = token.clone();
        move |(fields, event)| valid_event(event, &fields, &token).to_string()
    });
    let body_of_bytes =
        (any::<Vec<u8>>(), any::<bool>(), select(&EVENTS[..])).prop_map(|(bytes, is_base64, event)| {
            let mut event: Value = serde_json::from_str(event).expect("the corpus is JSON");
            let bytes = [bytes.as_slice(), canary().as_bytes()].concat();
            event["body"] = if is_base64 {
                BASE64_STANDARD.encode(bytes).into()
            } else {
                String::from_utf8_lossy(&bytes).into()
            };
            event["isBase64Encoded"] = is_base64.into();
            event.to_string()
        });
    let event_changed = select(&EVENTS[..])
        .prop_flat_map(move |event| changed(valid_event(event, &fields, &token)))
        .prop_map(|event| event.to_string());
    let any_token =
        (r"(Bearer|bearer|Basic|)[ ]{0,2}\PC{0,40}", select(&EVENTS[..])).prop_map(|(header, event)| {
            let mut event: Value = serde_json::from_str(event).expect("the corpus is JSON");
            event["headers"]["authorization"] = format!("{header}{}", canary()).into();
            event.to_string()
        });
    prop_oneof![
        4 => body_changed,
        2 => body_of_bytes,
        4 => event_changed,
        2 => any_token,
        1 => r"\PC{0,60}",
        1 => values().prop_map(|value| value.to_string()),
    ]
}

/// Any response of Cognito.
fn responses() -> impl Strategy<Value = CognitoResponse> {
    let response_changed = select(&RESPONSES[..])
        .prop_flat_map(|response| changed(serde_json::from_str(response).expect("the corpus is JSON")))
        .prop_map(|response| response.to_string());
    let name = prop_oneof![3 => r"[A-Za-z#:/._ -]{0,80}", 1 => Just(INTERNAL.to_owned())];
    let exception = (name.clone(), r"\PC{0,40}").prop_map(|(name, message)| {
        json!({ "__type": name, "message": format!("{message} {INTERNAL}") }).to_string()
    });
    let error = prop_oneof![select(&TOKEN_ERRORS[..]).prop_map(str::to_owned), name.clone()];
    let error = (error, r"\PC{0,40}").prop_map(|(error, description)| {
        json!({ "error": error, "error_description": format!("{description} {INTERNAL}") }).to_string()
    });
    let cut_short = (select(&RESPONSES[..]), any::<Index>())
        .prop_map(|(response, end)| response.get(..end.index(response.len())).unwrap_or_default().to_owned());
    let huge = Just("x".repeat(1 << 20));
    let body = prop_oneof![
        4 => response_changed,
        4 => exception,
        1 => error,
        2 => cut_short,
        1 => r"\PC{0,60}".prop_map(|text| format!("<html>{text}{INTERNAL}</html>")),
        1 => huge,
    ];
    let status = prop_oneof![Just(200_u16), Just(400), Just(500), 201..600_u16];
    (status, body, proptest::option::of(name)).prop_map(|(status, body, error_type)| {
        CognitoResponse::raw(status, &body).with_error_type(error_type)
    })
}

/// `value` with up to three of its members removed or replaced.
fn changed(value: Value) -> impl Strategy<Value = Value> {
    let changes = vec((any::<Index>(), proptest::option::of(values())), 0..4);
    changes.prop_map(move |changes| {
        let mut value = value.clone();
        for (place, replacement) in changes {
            let places = places(&value);
            let (parent, member) = &places[place.index(places.len())];
            let Some(Value::Object(parent)) = value.pointer_mut(parent) else { continue };
            match replacement {
                Some(replacement) => parent.insert(member.clone(), replacement),
                None => parent.remove(member),
            };
        }
        value
    })
}

/// Every member of every object in `value`: the object's pointer, and the member's name.
fn places(value: &Value) -> Vec<(String, String)> {
    fn add(value: &Value, pointer: &str, places: &mut Vec<(String, String)>) {
        for (name, member) in value.as_object().into_iter().flatten() {
            places.push((pointer.to_owned(), name.clone()));
            add(member, &format!("{pointer}/{name}"), places);
        }
    }
    let mut places = vec![(String::new(), "added".to_owned())];
    add(value, "", &mut places);
    places
}

/// `text` with a canary of its own.
fn with_canary(text: String) -> Value {
    (text + &canary()).into()
}

/// Any JSON, with a canary in each text.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        r"\PC{0,20}".prop_map(with_canary),
        Just("x".repeat(20_000)).prop_map(with_canary),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(r"[a-z_]{0,8}", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}
