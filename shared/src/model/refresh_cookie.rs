//! Refresh token in a cookie that scripts cannot read.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

/// Name. Browsers accept the prefix `__Host-` only with `Secure`, `Path=/` and no `Domain`:
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix>.
const NAME: &str = "__Host-refresh_token";

/// Settings of a deployment that allows the cookie.
#[derive(Debug, Clone)]
pub struct RefreshCookieSettings {
    /// Lifetime: that of refresh tokens (`REFRESH_TOKEN_COOKIE_DAYS`).
    pub lifetime: Duration,
    /// Origins whose pages may use the cookie (`ALLOWED_ORIGINS`).
    pub allowed_origins: Vec<String>,
}

/// Change of the cookie by a response.
#[derive(Debug)]
pub enum CookieChange {
    /// Stores a refresh token.
    Set(SecretString),
    /// Deletes the cookie.
    Clear,
}

impl CookieChange {
    /// Value of `Set-Cookie`. `None` if the token has characters that are not allowed in a cookie (RFC 6265, section
    /// 4.1.1), which would be read as attributes.
    pub(crate) fn to_header(&self, settings: &RefreshCookieSettings) -> Option<String> {
        let (token, seconds) = match self {
            Self::Set(token) => (token.expose_secret(), settings.lifetime.as_secs()),
            Self::Clear => ("", 0),
        };
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        token
            .bytes()
            .all(is_allowed)
            .then(|| format!("{NAME}={token}; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}"))
    }
}

/// Refresh token in `cookies`, the values of `Cookie` headers. An empty value counts as none.
pub(crate) fn find<'a>(cookies: impl Iterator<Item = &'a str>) -> Option<SecretString> {
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='))
        .find(|token| !token.is_empty())
        .map(SecretString::from)
}

#[cfg(test)]
mod tests;
