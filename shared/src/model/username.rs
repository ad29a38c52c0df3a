//! The name a person signs in with.

use std::fmt;

use percent_encoding::percent_decode_str;

/// The e-mail address that a person signs in with, as Cognito wants it.
///
/// Clients send it percent-encoded at times (`user%40igad.int`) and with stray white space.
/// It is never printed: a log must not hold an e-mail address in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Reads what a client sent: trims, percent-decodes as Python's `urllib.parse.unquote`
    /// does, and trims again. Gives `None` when nothing is left.
    ///
    /// In `unquote`, `+` stays `+`, a malformed `%` stays as it is, and bytes that are no
    /// UTF-8 become U+FFFD.
    ///
    /// ```
    /// # use shared::Username;
    /// let username = Username::parse(" user%40igad.int ").ok_or("empty")?;
    /// assert_eq!(username.as_str(), "user@igad.int");
    /// assert_eq!(Username::parse("%20"), None);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn parse(sent: &str) -> Option<Self> {
        let decoded = percent_decode_str(sent.trim()).decode_utf8_lossy();
        let trimmed = decoded.trim();
        (!trimmed.is_empty()).then(|| Self(trimmed.to_owned()))
    }

    /// The name in clear, for Cognito and for the person who sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Username(..)")
    }
}

#[cfg(test)]
mod tests;
