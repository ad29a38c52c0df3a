//! Any bytes as the body of an event, for each request that there is.
//!
//! The first byte chooses the request. The second one's lowest bit says whether API Gateway hands
//! the body over in base64, and the other bits how much white space follows it: a fuzzer does not
//! write 16 KiB by itself. A model says whether the body is understood, and as what.
#![no_main]

use std::sync::{Arc, Mutex};

use base64::{Engine, prelude::BASE64_STANDARD};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};
use shared::{
    ChangePasswordRequest, CompletePasswordChangeRequest, Done, ExposeSecret, ForgotPasswordRequest,
    LoginRequest, LogoutRequest, RefreshTokenRequest, Request, RequestBody, ResetPasswordRequest,
    SecretString, Service, Username,
    testing::{ReplayedCognito, event_with},
};

/// The largest body that is read, which is none of what `shared` exports.
const LARGEST_BODY: usize = 16 * 1024;

/// How much white space one step of the second byte is.
const PADDING: usize = 256;

/// A field that a request has, and what must stand in it.
#[derive(Clone, Copy)]
enum Field {
    /// A name, trimmed and decoded.
    Username,
    /// Text, byte for byte.
    Secret(&'static str),
    /// Text that may be left out.
    OptionalSecret(&'static str),
    /// True or false, or left out.
    Flag(&'static str),
}

use Field::{Flag, OptionalSecret, Secret};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let [request, form, body @ ..] = bytes else { return Corpus::Reject };
    let padding = " ".repeat(usize::from(form >> 1) * PADDING);
    let body = [body, padding.as_bytes()].concat();
    let Some(event) = event_of(&body, form & 1 == 1) else { return Corpus::Reject };
    let (event, body) = (event.as_str(), body.as_slice());
    match request % 7 {
        0 => check(event, body, &[Field::Username, Secret("password")], |request: LoginRequest| {
            vec![name(&request.username), text(&request.password)]
        }),
        1 => check(
            event,
            body,
            &[Field::Username, Secret("session"), Secret("new_password")],
            |request: CompletePasswordChangeRequest| {
                vec![name(&request.username), text(&request.session), text(&request.new_password)]
            },
        ),
        2 => check(event, body, &[Secret("refresh_token")], |request: RefreshTokenRequest| {
            vec![text(&request.refresh_token)]
        }),
        3 => check(
            event,
            body,
            &[OptionalSecret("refresh_token"), Flag("everywhere")],
            |request: LogoutRequest| {
                vec![request.refresh_token.as_ref().map_or(Value::Null, text), request.everywhere.into()]
            },
        ),
        4 => check(event, body, &[Field::Username], |request: ForgotPasswordRequest| {
            vec![name(&request.username)]
        }),
        5 => check(
            event,
            body,
            &[Field::Username, Secret("code"), Secret("new_password")],
            |request: ResetPasswordRequest| {
                vec![name(&request.username), text(&request.code), text(&request.new_password)]
            },
        ),
        _ => check(
            event,
            body,
            &[Secret("current_password"), Secret("new_password")],
            |request: ChangePasswordRequest| {
                vec![text(&request.current_password), text(&request.new_password)]
            },
        ),
    }
    Corpus::Keep
});

/// A well-formed event with `body`, where the laws can judge one.
fn event_of(body: &[u8], in_base64: bool) -> Option<String> {
    let headers = [("content-type", "application/json"), ("user-agent", "fuzzer")];
    let event = match std::str::from_utf8(body) {
        Ok(text) if !in_base64 => event_with(&fuzz::ROUTE, &headers, text),
        _ => {
            let event = event_with(&fuzz::ROUTE, &headers, &BASE64_STANDARD.encode(body));
            event.replace("\"isBase64Encoded\":false", "\"isBase64Encoded\":true")
        }
    };
    fuzz::is_judgeable(&event).then_some(event)
}

/// Asserts that `body` is understood as a `B` exactly where the model says so, that it then holds
/// what the model says, and that none of its values is logged, in base64 or not.
fn check<B: RequestBody + Send>(event: &str, body: &[u8], fields: &[Field], values: fn(B) -> Vec<Value>) {
    let understood = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&understood);
    let route = move |_: Arc<Service>, request: Request<B>| {
        *keep.lock().expect("one thread") = Some(values(request.body));
        async { Ok(Done::new("Understood")) }
    };
    let answer = ReplayedCognito::answering([]).call(&fuzz::ROUTE, route, event.to_owned());
    let understood = understood.lock().expect("one thread").take();
    assert_eq!(understood, model(body, fields, B::MAY_BE_ABSENT));
    let status = match &understood {
        Some(_) => 200,
        None if body.len() > LARGEST_BODY => 413,
        None => 422,
    };
    assert_eq!(answer.status(), status);
    let texts = understood.iter().flatten().filter_map(Value::as_str);
    for text in texts.filter(|text| text.len() > 8 && fuzz::is_distinct(text)) {
        assert!(!answer.log().contains(text), "{text} is in the log: {}", answer.log());
    }
}

/// What a request with `fields` holds when it is read from `body`, or `None` where it must be refused.
fn model(body: &[u8], fields: &[Field], may_be_absent: bool) -> Option<Vec<Value>> {
    let members = match serde_json::from_slice(body) {
        _ if body.is_empty() && may_be_absent => Map::new(),
        Ok(Value::Object(members)) if body.len() <= LARGEST_BODY => members,
        _ => return None,
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let read = |field: &Field| match *field {
        Field::Username => {
            let name = fuzz::unquote(text("username")?.trim()).trim().to_owned();
            (!name.is_empty()).then(|| name.into())
        }
        Secret(name) => text(name).map(Value::from),
        OptionalSecret(name) => match members.get(name) {
            None | Some(Value::Null) => Some(Value::Null),
            Some(Value::String(text)) if text.is_empty() => Some(Value::Null),
            Some(Value::String(text)) => Some(text.as_str().into()),
            Some(_) => None,
        },
        Flag(name) => match members.get(name) {
            None | Some(Value::Null) => Some(false.into()),
            Some(Value::Bool(flag)) => Some((*flag).into()),
            Some(_) => None,
        },
    };
    fields.iter().map(read).collect()
}

fn name(username: &Username) -> Value {
    username.as_str().into()
}

fn text(secret: &SecretString) -> Value {
    secret.expose_secret().into()
}
