//! Bearer tokens with an arbitrary header and claims, signed with the pool's key or not.
//!
//! The first byte selects how the token is made. The next three select the character that is replaced, if any. Then
//! follow the header and the claims as JSON and the rest, each on a line. Small values of `exp`, `nbf` and `iat` count
//! from now, so that the corpus does not expire. An independent oracle decides whether the token must be accepted. Its
//! sources are RFC 7515, RFC 7519 and Amazon's page on verifying Cognito's tokens.

use std::sync::{Arc, LazyLock};

use serde_json::Value;
use shared::{Done, Error, Identified, Service};
use test_support::{CognitoResponse, ReplayedCognito, SigningKey, canary::canary, content, event_with, now};

static OF_THE_POOL: LazyLock<SigningKey> = LazyLock::new(SigningKey::of_the_pool);
static OF_ANOTHER_POOL: LazyLock<SigningKey> = LazyLock::new(SigningKey::of_another_pool);

/// The user pool and the app client of `test_support::configuration`.
const ISSUERS: [&str; 2] = [
    "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
    "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
];
const CLIENT: &str = "1example23456789";

/// Maximum length of a token. `cognito-token-verifier` does not export it.
const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// Smaller values of time claims count from now: about eleven days.
const MAX_RELATIVE_TIME: i64 = 1_000_000;

/// Times this close to now may have passed when the token is verified, in seconds.
const TOLERANCE: u64 = 10;

/// Expected result for a token.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Accepted,
    Rejected,
    /// Signed by the pool, and neither allowed nor forbidden by the sources.
    Unspecified,
}

/// Checks `bytes`. Returns false for input that the corpus does not need.
pub fn run(bytes: &[u8]) -> bool {
    let [kind, high, low, character, rest @ ..] = bytes else { return false };
    let rest = String::from_utf8_lossy(rest);
    let mut lines = rest.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (authorization, verdict) = if kind % 5 == 4 {
        (format!("{rest}{}", canary()), Verdict::Rejected)
    } else {
        let (Ok(header), Ok(claims)) = (serde_json::from_str(line()), serde_json::from_str(line())) else {
            return false;
        };
        let claims = with_absolute_times(claims);
        let (token, verdict) = match kind % 5 {
            0 => (OF_THE_POOL.sign_with(&header, &claims), verdict_on(&header, &claims)),
            1 => (OF_ANOTHER_POOL.sign_with(&header, &claims), Verdict::Rejected),
            2 => (format!("{}.{}{}", content(&header, &claims), line(), canary()), Verdict::Rejected),
            _ => {
                let token = OF_THE_POOL.sign_with(&header, &claims);
                let position = usize::from(u16::from_be_bytes([*high, *low])) % token.len();
                match with_character(&token, position, *character) {
                    Some(token) => (token, Verdict::Rejected),
                    None => return false,
                }
            }
        };
        let verdict = if token.len() > MAX_TOKEN_LENGTH { Verdict::Rejected } else { verdict };
        (format!("Bearer {token}"), verdict)
    };
    let event = event_with(&crate::ROUTE, &[("authorization", &authorization)], "");
    let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&OF_THE_POOL.key_set())]);
    let status = cognito.call(&crate::ROUTE, accept, event).status();
    match verdict {
        Verdict::Accepted => assert_eq!(status, 200, "a valid token is rejected"),
        Verdict::Rejected => assert_ne!(status, 200, "an invalid token is accepted"),
        Verdict::Unspecified => {}
    }
    // 500 is for a header that API Gateway rejects, such as one with a line feed.
    assert!(matches!(status, 200 | 401 | 500), "status {status}");
    true
}

async fn accept(_: Arc<Service>, _: Identified) -> Result<Done, Error> {
    Ok(Done::new("Accepted"))
}

/// `token` with another ASCII character at `position`. `None` if the token does not change.
fn with_character(token: &str, position: usize, character: u8) -> Option<String> {
    let character = Some(char::from(character)).filter(char::is_ascii_graphic)?;
    let with_character: String = token
        .char_indices()
        .map(|(index, original)| if index == position { character } else { original })
        .collect();
    (with_character != token).then_some(with_character)
}

/// `claims` with relative times replaced by absolute ones.
fn with_absolute_times(mut claims: Value) -> Value {
    for name in ["exp", "nbf", "iat"] {
        let Some(time) = claims.get_mut(name) else { continue };
        if let Some(distance) = time.as_i64().filter(|distance| distance.abs() < MAX_RELATIVE_TIME) {
            *time = now().saturating_add_signed(distance).into();
        }
    }
    claims
}

/// Expected result for a token with this header and these claims, signed with the pool's key.
fn verdict_on(header: &Value, claims: &Value) -> Verdict {
    let (Some(header), Some(claims)) = (header.as_object(), claims.as_object()) else {
        return Verdict::Rejected;
    };
    let is = |value: Option<&Value>, text: &str| value.and_then(Value::as_str) == Some(text);
    let groups_are_names =
        |groups: &Value| groups.as_array().is_some_and(|names| names.iter().all(Value::is_string));
    let is_invalid = !is(header.get("alg"), "RS256")
        || !is(header.get("kid"), SigningKey::ID)
        || header.contains_key("crit")
        || !is(claims.get("token_use"), "access")
        || !is(claims.get("client_id"), CLIENT)
        || !ISSUERS.iter().any(|issuer| is(claims.get("iss"), issuer))
        || !claims.get("sub").is_some_and(Value::is_string)
        || claims.get("cognito:groups").is_some_and(|groups| !groups_are_names(groups));
    if is_invalid {
        return Verdict::Rejected;
    }
    let times = [
        claims
            .get("exp")
            .map_or(Verdict::Rejected, |expiry| verdict_on_time(expiry, |expiry, now| expiry > now)),
        claims
            .get("nbf")
            .map_or(Verdict::Accepted, |start| verdict_on_time(start, |start, now| start <= now)),
    ];
    if times.contains(&Verdict::Rejected) {
        return Verdict::Rejected;
    }
    // Headers of Cognito have these two members. Claims that are not read may have any value, and those that are read for
    // information have a type.
    let is_plain = header.keys().all(|name| matches!(name.as_str(), "alg" | "kid"))
        && ["username", "aud", "scope", "jti", "origin_jti"]
            .iter()
            .all(|name| claims.get(*name).is_none_or(Value::is_string))
        && ["auth_time", "iat"].iter().all(|name| claims.get(*name).is_none_or(Value::is_u64))
        // A user id needs a visible character.
        && claims.get("sub").and_then(Value::as_str).is_some_and(|sub| sub.bytes().any(|byte| byte.is_ascii_graphic()));
    if is_plain && !times.contains(&Verdict::Unspecified) { Verdict::Accepted } else { Verdict::Unspecified }
}

/// Expected result for a time that must satisfy `holds(time, now)`.
fn verdict_on_time(time: &Value, holds: fn(u64, u64) -> bool) -> Verdict {
    let now = now();
    match (time.as_u64(), time.as_f64()) {
        (Some(time), _) if time.abs_diff(now) < TOLERANCE => Verdict::Unspecified,
        (Some(time), _) if holds(time, now) => Verdict::Accepted,
        // A fraction or an exponent is valid JSON. The library decides whether it is accepted.
        (None, Some(time)) if time >= 0.0 && holds(time as u64, now) => Verdict::Unspecified,
        _ => Verdict::Rejected,
    }
}
