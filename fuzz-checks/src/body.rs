//! Arbitrary bytes as the body of an event, for each request type.
//!
//! The first byte selects the request. The lowest bit of the second byte selects base64. Its other bits are the amount
//! of white space after the body, because a fuzzer does not generate 16 KiB by itself. A model decides whether the body
//! is valid and what the request contains. Each body is sent as it is, and with a canary in each secret.

use std::sync::{Arc, Mutex};

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use shared::{
    AnswerChallengeRequest, ChangeEmailRequest, ChangePasswordRequest, CompleteFederatedLoginRequest,
    CompletePasskeyRequest, CompletePasswordChangeRequest, ConfirmSignUpRequest, DeleteAccountRequest,
    DeletePasskeyRequest, Done, ForgotPasswordRequest, LoginRequest, LogoutRequest, PreferFactorRequest,
    RefreshTokenRequest, Request, ResendCodeRequest, ResetPasswordRequest, SecretString, Service,
    SetUpTotpRequest, SignUpRequest, StartFederatedLoginRequest, StartLoginRequest, UpdateProfileRequest,
    Username, VerifyEmailRequest, VerifyTotpRequest, testing::RequestBody,
};
use test_support::{ReplayedCognito, canary::plant_in_body, configuration, event_with};

/// Maximum length of a body. `shared` does not export it.
const MAX_BODY_LENGTH: usize = 16 * 1024;

/// UTF-8 byte order mark, which some clients send before JSON.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// White space for one step of the second byte, in bytes.
const PADDING: usize = 256;

/// Field of a request, and its format.
#[derive(Clone, Copy)]
enum Field {
    /// A username, trimmed and decoded.
    Username,
    /// A username that comes with a session.
    ReturnedUsername,
    /// Text, byte for byte.
    Secret(&'static str),
    /// Optional text.
    OptionalSecret(&'static str),
    /// Optional boolean.
    Flag(&'static str),
    /// `cookie`: an optional boolean that may not be true, because the deployment does not allow cookies.
    NoCookie,
    /// A code that is not empty after normalization.
    Code(&'static str),
    /// A code with six to eight digits.
    Digits(&'static str),
    /// Text, trimmed of white space and invisible characters.
    Text(&'static str),
    /// Optional text, trimmed of white space and invisible characters.
    OptionalText(&'static str),
    /// Text, byte for byte, of a form.
    Matching(&'static str, fn(&str) -> bool),
    /// Optional text, trimmed, of at most 2048 characters.
    OptionalShortText(&'static str),
    /// Optional standard attributes, each with a text.
    Attributes(&'static str),
    /// At least one attribute with a text, which may be empty.
    NewAttributes(&'static str),
}

use Field::{
    Attributes, Code, Digits, Flag, Matching, NewAttributes, OptionalSecret, OptionalShortText, OptionalText,
    Secret, Text,
};

/// Standard attributes of AWS's page on user attributes.
const STANDARD_ATTRIBUTES: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Checks `bytes`. Returns false for input that the corpus does not need.
pub fn run(bytes: &[u8]) -> bool {
    let [request, form, body @ ..] = bytes else { return false };
    let padding = " ".repeat(usize::from(form >> 1) * PADDING);
    let body = [body, padding.as_bytes()].concat();
    let in_base64 = form & 1 == 1;
    check_request(*request, &body, in_base64);
    let planted = std::str::from_utf8(&body).ok().and_then(plant_in_body);
    if let Some(planted) = planted {
        check_request(*request, planted.as_bytes(), in_base64);
    }
    true
}

fn check_request(request: u8, body: &[u8], in_base64: bool) {
    let event = event_of(body, in_base64);
    let event = event.as_str();
    match request % 23 {
        0 => check(
            event,
            body,
            &[Field::Username, Secret("password"), Field::NoCookie],
            |request: LoginRequest| {
                vec![name(&request.username), text(&request.password), request.cookie.into()]
            },
        ),
        1 => check(
            event,
            body,
            &[
                Field::ReturnedUsername,
                Secret("session"),
                Secret("new_password"),
                Attributes("attributes"),
                Field::NoCookie,
            ],
            |request: CompletePasswordChangeRequest| {
                let attributes =
                    request.attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value)));
                vec![
                    name(&request.username),
                    text(&request.session),
                    text(&request.new_password),
                    Value::Object(attributes.collect()),
                    request.cookie.into(),
                ]
            },
        ),
        // The function of the route requires the token.
        2 => check(
            event,
            body,
            &[OptionalSecret("refresh_token"), Field::NoCookie],
            |request: RefreshTokenRequest| {
                vec![request.refresh_token.as_ref().map_or(Value::Null, text), request.cookie.into()]
            },
        ),
        3 => check(
            event,
            body,
            &[OptionalSecret("refresh_token"), Flag("everywhere"), OptionalSecret("redirect_uri")],
            |request: LogoutRequest| {
                vec![
                    request.refresh_token.as_ref().map_or(Value::Null, text),
                    request.everywhere.into(),
                    optional(request.redirect_uri),
                ]
            },
        ),
        4 => check(event, body, &[Field::Username], |request: ForgotPasswordRequest| {
            vec![name(&request.username)]
        }),
        5 => check(
            event,
            body,
            &[Field::Username, Code("code"), Secret("new_password")],
            |request: ResetPasswordRequest| {
                vec![name(&request.username), text(&request.code), text(&request.new_password)]
            },
        ),
        6 => check(
            event,
            body,
            &[Secret("current_password"), Secret("new_password")],
            |request: ChangePasswordRequest| {
                vec![text(&request.current_password), text(&request.new_password)]
            },
        ),
        7 => check(
            event,
            body,
            &[Field::Username, Secret("password"), OptionalText("name")],
            |request: SignUpRequest| {
                vec![name(&request.username), text(&request.password), optional(request.name)]
            },
        ),
        8 => check(event, body, &[Field::Username, Code("code")], |request: ConfirmSignUpRequest| {
            vec![name(&request.username), text(&request.code)]
        }),
        9 => {
            check(event, body, &[Field::Username], |request: ResendCodeRequest| vec![name(&request.username)])
        }
        10 => check(event, body, &[OptionalText("account")], |request: SetUpTotpRequest| {
            vec![optional(request.account)]
        }),
        11 => check(
            event,
            body,
            &[Digits("code"), OptionalText("device_name")],
            |request: VerifyTotpRequest| vec![text(&request.code), optional(request.device_name)],
        ),
        12 => check_status::<AnswerChallengeRequest>(event),
        13 => check_status::<PreferFactorRequest>(event),
        14 => check(event, body, &[Secret("credential_id")], |request: DeletePasskeyRequest| {
            vec![request.credential_id.into()]
        }),
        15 => check_status::<StartLoginRequest>(event),
        16 => check_status::<CompletePasskeyRequest>(event),
        17 => check(event, body, &[Text("email")], |request: ChangeEmailRequest| vec![text(&request.email)]),
        18 => check(event, body, &[Code("code")], |request: VerifyEmailRequest| vec![text(&request.code)]),
        19 => check(event, body, &[Text("confirm")], |request: DeleteAccountRequest| {
            vec![text(&request.confirm)]
        }),
        20 => check(event, body, &[NewAttributes("attributes")], |request: UpdateProfileRequest| {
            let attributes = request.attributes.iter().map(|(name, value)| (name.clone(), text(value)));
            vec![Value::Object(attributes.collect())]
        }),
        21 => check(
            event,
            body,
            &[
                Secret("provider"),
                Secret("redirect_uri"),
                Matching("state", |state| {
                    (8..=512).contains(&state.len()) && state.chars().all(is_base64url)
                }),
                Matching("code_challenge", |hash| hash.len() == 43 && hash.chars().all(is_base64url)),
                OptionalShortText("login_hint"),
                Flag("reauthenticate"),
            ],
            |request: StartFederatedLoginRequest| {
                vec![
                    request.provider.into(),
                    request.redirect_uri.into(),
                    request.state.into(),
                    request.code_challenge.into(),
                    optional(request.login_hint),
                    request.reauthenticate.into(),
                ]
            },
        ),
        _ => check(
            event,
            body,
            &[
                Matching("code", is_short),
                Matching("code_verifier", |verifier| {
                    let is_unreserved = |character| is_base64url(character) || ".~".contains(character);
                    (43..=128).contains(&verifier.len()) && verifier.chars().all(is_unreserved)
                }),
                Secret("redirect_uri"),
                Field::NoCookie,
            ],
            |request: CompleteFederatedLoginRequest| {
                vec![
                    text(&request.code),
                    text(&request.code_verifier),
                    request.redirect_uri.into(),
                    request.cookie.into(),
                ]
            },
        ),
    }
}

/// Optional text, trimmed. An empty one is null. `None` for a value that must be rejected.
fn optional_text(value: Option<&Value>) -> Option<Value> {
    match value {
        None | Some(Value::Null) => Some(Value::Null),
        Some(Value::String(text)) => {
            Some(Some(crate::trim(text)).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from))
        }
        Some(_) => None,
    }
}

/// The URL-safe alphabet of RFC 4648, section 5.
fn is_base64url(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_')
}

fn is_short(text: &str) -> bool {
    text.chars().nth(2048).is_none()
}

/// A well-formed event with `body`.
fn event_of(body: &[u8], in_base64: bool) -> String {
    let headers = [("content-type", "application/json"), ("user-agent", "fuzzer")];
    match std::str::from_utf8(body) {
        Ok(text) if !in_base64 => event_with(&crate::ROUTE, &headers, text),
        _ => {
            let event = event_with(&crate::ROUTE, &headers, &BASE64_STANDARD.encode(body));
            event.replace("\"isBase64Encoded\":false", "\"isBase64Encoded\":true")
        }
    }
}

/// Asserts that `body` is parsed as a `B` if and only if the model accepts it, with the same values.
fn check<B: RequestBody + Send + 'static>(
    event: &str,
    body: &[u8],
    fields: &[Field],
    values: fn(B) -> Vec<Value>,
) {
    let parsed = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&parsed);
    let route = move |_: Arc<Service>, request: Request<B>| {
        *keep.lock().expect("one thread") = Some(values(request.body));
        async { Ok(Done::new("Understood")) }
    };
    let response =
        ReplayedCognito::new([]).with_arbitrary_input().call(&crate::ROUTE, route, event.to_owned());
    let parsed = parsed.lock().expect("one thread").take();
    let may_be_absent = B::is_body_optional(&configuration(&[]).settings);
    assert_eq!(parsed, model(body, fields, may_be_absent));
    let status = match &parsed {
        Some(_) => 200,
        None if body.len() > MAX_BODY_LENGTH => 413,
        None => 422,
    };
    assert_eq!(response.status(), status);
}

/// Asserts that a `B` is parsed or rejected.
fn check_status<B: RequestBody + Send>(event: &str) {
    let route = |_: Arc<Service>, _: Request<B>| async { Ok(Done::new("Understood")) };
    let response =
        ReplayedCognito::new([]).with_arbitrary_input().call(&crate::ROUTE, route, event.to_owned());
    assert!(matches!(response.status(), 200 | 413 | 422), "status {}", response.status());
}

/// Values of a request with `fields` and this body. `None` if the body must be rejected.
fn model(body: &[u8], fields: &[Field], may_be_absent: bool) -> Option<Vec<Value>> {
    if body.len() > MAX_BODY_LENGTH {
        return None;
    }
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let members = match serde_json::from_slice(body) {
        Ok(Value::Null) if may_be_absent => Map::new(),
        Ok(Value::Object(members)) => members,
        _ if body.is_empty() && may_be_absent => Map::new(),
        _ => return None,
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let read = |field: &Field| match *field {
        Field::Username => crate::username(text("username")?).map(Value::from),
        Field::ReturnedUsername => crate::returned_username(text("username")?).map(Value::from),
        Secret(name) => text(name).map(Value::from),
        OptionalSecret(name) => match members.get(name) {
            None | Some(Value::Null) => Some(Value::Null),
            Some(Value::String(text)) if text.is_empty() => Some(Value::Null),
            Some(Value::String(text)) => Some(text.as_str().into()),
            Some(_) => None,
        },
        Code(name) => code(text(name)?),
        Digits(name) => code(text(name)?).filter(|code| {
            let code = code.as_str().unwrap_or_default();
            (6..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
        }),
        Text(name) => text(name).map(crate::trim).filter(|text| !text.is_empty()).map(Value::from),
        Matching(name, is_valid) => text(name).filter(|text| is_valid(text)).map(Value::from),
        OptionalText(name) => optional_text(members.get(name)),
        OptionalShortText(name) => {
            optional_text(members.get(name)).filter(|text| text.as_str().is_none_or(is_short))
        }
        Attributes(name) => match members.get(name) {
            None | Some(Value::Null) => Some(Value::Object(Map::new())),
            Some(Value::Object(attributes)) => {
                let mut attributes = attributes.clone();
                attributes
                    .retain(|name, value| !(value.is_null() && STANDARD_ATTRIBUTES.contains(&name.as_str())));
                attributes
                    .iter()
                    .all(|(name, value)| {
                        STANDARD_ATTRIBUTES.contains(&name.as_str())
                            && value.as_str().is_some_and(|text| !text.is_empty())
                    })
                    .then_some(Value::Object(attributes))
            }
            Some(_) => None,
        },
        NewAttributes(name) => {
            let mut attributes = members.get(name)?.as_object()?.clone();
            attributes.retain(|_, value| !value.is_null());
            let are_texts = attributes.values().all(Value::is_string);
            (are_texts && !attributes.is_empty()).then_some(Value::Object(attributes))
        }
        Flag(name) => match members.get(name) {
            None | Some(Value::Null) => Some(false.into()),
            Some(Value::Bool(flag)) => Some((*flag).into()),
            Some(_) => None,
        },
        Field::NoCookie => matches!(members.get("cookie"), None | Some(Value::Null | Value::Bool(false)))
            .then(|| false.into()),
    };
    fields.iter().map(read).collect()
}

fn name(username: &Username) -> Value {
    username.as_str().into()
}

fn text(secret: &SecretString) -> Value {
    secret.expose_secret().into()
}

/// A normalized code. `None` if it is empty.
fn code(text: &str) -> Option<Value> {
    Some(crate::normalize_code(text)).filter(|code| !code.is_empty()).map(Value::from)
}

fn optional(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::from)
}
