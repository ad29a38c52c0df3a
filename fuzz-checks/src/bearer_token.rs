//! Any bearer token: a header and claims that the fuzzer writes, signed with the pool's key or not.
//!
//! The first byte says how the token comes about, the next three which of its characters is
//! exchanged where one is. Then follow the header and the claims as JSON and whatever is left, each
//! on a line. `exp`, `nbf` and `iat` count from now where they are small, so that the corpus does not
//! expire. An oracle of its own, written from RFC 7515, RFC 7519 and Amazon's page on verifying
//! Cognito's tokens, decides whether it must be accepted.
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use shared::{Done, Error, Identified, Service};
use test_support::{ReplayedCognito, Reply, SigningKey, canary::canary, content, event_with, now};

static OF_THE_POOL: LazyLock<SigningKey> = LazyLock::new(SigningKey::of_the_pool);
static OF_ANOTHER_POOL: LazyLock<SigningKey> = LazyLock::new(SigningKey::of_another_pool);

/// The user pool and the app client of `test_support::configuration`.
const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
const CLIENT: &str = "1example23456789";

/// The longest token that is looked at, which is none of what `shared` exports.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A time of a claim that is smaller counts from now: about eleven days.
const LONGEST_DISTANCE: i64 = 1_000_000;

/// What is this close to now may be past it when the token is verified.
const TOO_CLOSE: u64 = 10;

/// What must become of a token.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Passes,
    Refused,
    /// Signed by the pool, and so odd that no rule says what to do with it.
    Open,
}

/// Checks `bytes`. False if they are not worth keeping in the corpus.
pub fn run(bytes: &[u8]) -> bool {
    let [how, high, low, character, rest @ ..] = bytes else { return false };
    let rest = String::from_utf8_lossy(rest);
    let mut lines = rest.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (authorization, verdict) = if how % 5 == 4 {
        (format!("{rest}{}", canary()), Verdict::Refused)
    } else {
        let (Ok(header), Ok(claims)) = (serde_json::from_str(line()), serde_json::from_str(line())) else {
            return false;
        };
        let claims = from_now(claims);
        let (token, verdict) = match how % 5 {
            0 => (OF_THE_POOL.sign_with(&header, &claims), verdict_on(&header, &claims)),
            1 => (OF_ANOTHER_POOL.sign_with(&header, &claims), Verdict::Refused),
            2 => (format!("{}.{}{}", content(&header, &claims), line(), canary()), Verdict::Refused),
            _ => {
                let token = OF_THE_POOL.sign_with(&header, &claims);
                let position = usize::from(u16::from_be_bytes([*high, *low])) % token.len();
                match exchanged(&token, position, *character) {
                    Some(token) => (token, Verdict::Refused),
                    None => return false,
                }
            }
        };
        let verdict = if token.len() > LONGEST_TOKEN { Verdict::Refused } else { verdict };
        (format!("Bearer {token}"), verdict)
    };
    let event = event_with(&crate::ROUTE, &[("authorization", &authorization)], "");
    let cognito = ReplayedCognito::answering([Reply::synthetic(&OF_THE_POOL.key_set())]);
    let status = cognito.call(&crate::ROUTE, let_in, event).status();
    match verdict {
        Verdict::Passes => assert_eq!(status, 200, "a good token is refused"),
        Verdict::Refused => assert_ne!(status, 200, "a token passes that must not"),
        Verdict::Open => {}
    }
    // 500 is for a header that API Gateway cannot have read either, such as one with a line feed.
    assert!(matches!(status, 200 | 401 | 500), "status {status}");
    true
}

async fn let_in(_: Arc<Service>, _: Identified) -> Result<Done, Error> {
    Ok(Done::new("Let in"))
}

/// `token` with another ASCII character at `position`, where that is another one.
fn exchanged(token: &str, position: usize, character: u8) -> Option<String> {
    let character = Some(char::from(character)).filter(char::is_ascii_graphic)?;
    let exchanged: String = token
        .char_indices()
        .map(|(index, original)| if index == position { character } else { original })
        .collect();
    (exchanged != token).then_some(exchanged)
}

/// `claims` with times that count from now put in their place.
fn from_now(mut claims: Value) -> Value {
    for name in ["exp", "nbf", "iat"] {
        let Some(time) = claims.get_mut(name) else { continue };
        if let Some(distance) = time.as_i64().filter(|distance| distance.abs() < LONGEST_DISTANCE) {
            *time = now().saturating_add_signed(distance).into();
        }
    }
    claims
}

/// What must become of a token with this header and these claims, which the pool's key has signed.
fn verdict_on(header: &Value, claims: &Value) -> Verdict {
    let (Some(header), Some(claims)) = (header.as_object(), claims.as_object()) else {
        return Verdict::Refused;
    };
    let is = |value: Option<&Value>, text: &str| value.and_then(Value::as_str) == Some(text);
    let groups_are_names =
        |groups: &Value| groups.as_array().is_some_and(|names| names.iter().all(Value::is_string));
    let refused = !is(header.get("alg"), "RS256")
        || !is(header.get("kid"), SigningKey::ID)
        || header.get("crit").is_some_and(|extensions| !extensions.is_null())
        || !is(claims.get("token_use"), "access")
        || !is(claims.get("client_id"), CLIENT)
        || !is(claims.get("iss"), ISSUER)
        || !claims.get("sub").is_some_and(Value::is_string)
        || claims.get("cognito:groups").is_some_and(|groups| !groups_are_names(groups));
    if refused {
        return Verdict::Refused;
    }
    let times = [
        claims
            .get("exp")
            .map_or(Verdict::Refused, |expiry| verdict_on_time(expiry, |expiry, now| expiry > now)),
        claims.get("nbf").map_or(Verdict::Passes, |start| verdict_on_time(start, |start, now| start <= now)),
    ];
    if times.contains(&Verdict::Refused) {
        return Verdict::Refused;
    }
    // A header of ours has these two members, Cognito's too; the claims that nobody reads may be anything.
    let is_plain = header.keys().all(|name| matches!(name.as_str(), "alg" | "kid"))
        && ["username", "aud"].iter().all(|name| claims.get(*name).is_none_or(Value::is_string))
        && claims.get("auth_time").is_none_or(Value::is_u64)
        // A person of no name has none to be known by.
        && claims.get("sub").and_then(Value::as_str).is_some_and(|sub| sub.bytes().any(|byte| byte.is_ascii_graphic()));
    if is_plain && !times.contains(&Verdict::Open) { Verdict::Passes } else { Verdict::Open }
}

/// What a time leads to, where it must be as `holds(time, now)` says.
fn verdict_on_time(time: &Value, holds: fn(u64, u64) -> bool) -> Verdict {
    let now = now();
    match (time.as_u64(), time.as_f64()) {
        (Some(time), _) if time.abs_diff(now) < TOO_CLOSE => Verdict::Open,
        (Some(time), _) if holds(time, now) => Verdict::Passes,
        // A fraction or an exponent is legal JSON; whether it is read is up to the library.
        (None, Some(time)) if time >= 0.0 && holds(time as u64, now) => Verdict::Open,
        _ => Verdict::Refused,
    }
}
