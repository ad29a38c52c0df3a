//! Any status, header and body as Cognito's reply to each operation, through the real SDK.
//!
//! The first byte chooses the operation, the next two the status. Then follow the header in which
//! AWS names an exception, up to a line feed, and the body. No more of a reply may reach the client
//! of a request that failed than an exception's name, and none of its tokens the log.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use shared::{
    Authentication, Caller, CodeSent, Done, Error, LogoutRequest, Origin, Profile, Request, ResponseBody,
    SecretString, Service, SignIn, Tokens, Username,
    testing::{Recorded, ReplayedCognito, event_with},
};

/// The longest name of an exception or a challenge that a client is told.
const LONGEST_NAME: usize = 64;

/// The members of a reply that open something.
const SECRETS: [&str; 4] = ["AccessToken", "RefreshToken", "IdToken", "Session"];

fuzz_target!(|bytes: &[u8]| {
    let [operation, high, low, rest @ ..] = bytes else { return };
    // Nobody but a final status gets past the HTTP client.
    let status = 200 + u16::from_be_bytes([*high, *low]) % 400;
    let end_of_header = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (header, body) = rest.split_at(end_of_header);
    let body = body.get(1..).unwrap_or_default();
    let error_type = std::str::from_utf8(header).ok().filter(|name| is_header_value(name));
    let reply = Recorded::bytes(status, body.to_vec()).with_error_type(error_type.map(str::to_owned));
    match operation % 9 {
        0 => check(reply, body, sign_in),
        1 => check(reply, body, complete_password_change),
        2 => check(reply, body, refresh),
        3 => check(reply, body, revoke),
        4 => check(reply, body, sign_out_everywhere),
        5 => check(reply, body, send_reset_code),
        6 => check(reply, body, reset_password),
        7 => check(reply, body, change_password),
        _ => check(reply, body, user),
    }
});

fn is_header_value(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

fn check<T, F, A>(reply: Recorded, body: &[u8], function: F)
where
    T: ResponseBody,
    F: Fn(Arc<Service>, Asked) -> A,
    A: Future<Output = Result<T, Error>>,
{
    // Twice, for a call that is repeated.
    let cognito = ReplayedCognito::answering([reply.clone(), reply]);
    let answer = cognito.call(&fuzz::ROUTE, function, event_with(&fuzz::ROUTE, &[], ""));
    if answer.status() != 200 {
        let (_, detail, error_type) = answer.error();
        assert!(is_name(error_type), "{error_type:?}");
        assert!(is_sentence_of_ours(&detail), "{detail:?}");
    }
    let body = String::from_utf8_lossy(body);
    let members = serde_json::from_str::<Value>(&body).unwrap_or_default();
    let mut secrets = Vec::new();
    collect_secrets(&members, &mut secrets);
    for secret in secrets {
        let leaks =
            fuzz::is_distinct(secret) && body.matches(secret).count() == 1 && answer.log().contains(secret);
        assert!(!leaks, "{secret} is in the log: {}", answer.log());
    }
}

fn collect_secrets<'a>(value: &'a Value, secrets: &mut Vec<&'a str>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        match member {
            Value::String(secret) if SECRETS.contains(&name.as_str()) && secret.len() > 8 => {
                secrets.push(secret)
            }
            _ => collect_secrets(member, secrets),
        }
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_sentence_of_ours(detail: &str) -> bool {
    let challenge = || detail.strip_prefix("Refused: challenge ")?.strip_suffix(" is not supported");
    matches!(detail, "Invalid token" | "Failed: internal error" | "Failed: identity provider unavailable")
        || challenge().is_some_and(is_name)
        || detail.strip_prefix("Refused: ").is_some_and(is_name)
}

/// What a request with an empty body leads to: whoever asks is the same person.
type Asked = Request<LogoutRequest>;

fn username() -> Result<Username, Error> {
    Username::parse("someone").ok_or_else(|| Error::internal("a name"))
}

fn secret() -> SecretString {
    SecretString::from("secret")
}

fn caller() -> Caller {
    Caller { access_token: secret(), groups: Vec::new() }
}

fn signed_in(service: &Service, authentication: Authentication) -> Result<SignIn, Error> {
    SignIn::new(authentication, &username()?, &service.user_policy)
}

async fn sign_in(service: Arc<Service>, asked: Asked) -> Result<SignIn, Error> {
    let authentication = service.cognito.sign_in(&username()?, &secret(), &asked.origin).await?;
    signed_in(&service, authentication)
}

async fn complete_password_change(service: Arc<Service>, asked: Asked) -> Result<SignIn, Error> {
    let cognito = &service.cognito;
    let authentication =
        cognito.answer_new_password_required(&username()?, &secret(), &secret(), &asked.origin).await?;
    signed_in(&service, authentication)
}

async fn refresh(service: Arc<Service>, _: Asked) -> Result<Tokens, Error> {
    Tokens::new(service.cognito.refresh(&secret()).await?, None, &service.user_policy)
}

async fn revoke(service: Arc<Service>, _: Asked) -> Result<Done, Error> {
    service.cognito.revoke(&secret()).await.map(|()| Done::new("Revoked"))
}

async fn sign_out_everywhere(service: Arc<Service>, _: Asked) -> Result<Done, Error> {
    service.cognito.sign_out_everywhere(&caller()).await.map(|()| Done::new("Signed out"))
}

async fn send_reset_code(service: Arc<Service>, _: Asked) -> Result<CodeSent, Error> {
    let delivery = service.cognito.send_reset_code(&username()?, &Origin::default()).await?;
    Ok(CodeSent::new("Sent", delivery))
}

async fn reset_password(service: Arc<Service>, _: Asked) -> Result<Done, Error> {
    service.cognito.reset_password(&username()?, &secret(), &secret(), &Origin::default()).await?;
    Ok(Done::new("Reset"))
}

async fn change_password(service: Arc<Service>, _: Asked) -> Result<Done, Error> {
    service.cognito.change_password(&caller(), &secret(), &secret()).await?;
    Ok(Done::new("Changed"))
}

async fn user(service: Arc<Service>, _: Asked) -> Result<Profile, Error> {
    let attributes = service.cognito.user(&caller()).await?;
    Ok(service.user_policy.profile(attributes, &[]))
}
