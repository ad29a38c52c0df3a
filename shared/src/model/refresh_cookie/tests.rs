use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{CookieChange, RefreshCookieSettings, find};

fn header(change: &CookieChange) -> Option<String> {
    let lifetime = Duration::from_secs(30 * 24 * 60 * 60);
    change.to_header(&RefreshCookieSettings { lifetime, allowed_origins: Vec::new() })
}

fn found(cookies: &[&str]) -> Option<String> {
    find(cookies.iter().copied()).map(|token| token.expose_secret().to_owned())
}

#[test]
fn cookie_has_the_attributes_of_the_contract() {
    let set = CookieChange::Set(SecretString::from("eyJ.token-1_2"));
    assert_eq!(
        header(&set).as_deref(),
        Some(
            "__Host-refresh_token=eyJ.token-1_2; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000"
        )
    );
    assert_eq!(
        header(&CookieChange::Clear).as_deref(),
        Some("__Host-refresh_token=; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
    );
}

#[test]
fn token_cannot_add_attributes() {
    for token in ["a; Domain=example.org", "a\r\nSet-Cookie: b=c", "a,b", "a b", "\"a\"", "ä"] {
        assert_eq!(header(&CookieChange::Set(SecretString::from(token))), None, "{token}");
    }
}

#[test]
fn token_is_found_among_cookies() {
    assert_eq!(found(&["a=b", "__Host-refresh_token=token"]).as_deref(), Some("token"));
    assert_eq!(found(&["a=b; __Host-refresh_token=token ;c=d"]).as_deref(), Some("token"));
    assert_eq!(found(&["__Host-refresh_token=; __Host-refresh_token=to=ken"]).as_deref(), Some("to=ken"));
}

#[test]
fn other_cookies_are_ignored() {
    let others =
        ["refresh_token=t", "__Host-refresh_token", "__Host-refresh_token2=t", "__host-refresh_token=t"];
    assert_eq!(found(&others), None);
    assert_eq!(found(&["__Host-refresh_token="]), None);
    assert_eq!(found(&[]), None);
}
