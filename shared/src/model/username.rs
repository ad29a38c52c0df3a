//! The name a person signs in with.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::text::trim;

/// The e-mail address that a person signs in with, as Cognito wants it.
///
/// Clients send it percent-encoded at times (`user%40igad.int`) and with stray white space.
/// It is never printed: a log must not hold an e-mail address in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Reads what a client sent: trims white space and invisible characters, percent-decodes as Python's
    /// `urllib.parse.unquote` does, and trims again. `None` if nothing is left.
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
        let decoded = percent_decode_str(trim(sent)).decode_utf8_lossy();
        let trimmed = trim(&decoded);
        (!trimmed.is_empty()).then(|| Self(trimmed.to_owned()))
    }

    /// Reads the username that a client returns with a session: as Cognito sent it, whatever characters it has.
    ///
    /// Older clients return what the user typed instead. That is read as [`Username::parse`] reads it, and is recognized
    /// by white space at an end, or by an `@` that only decoding shows.
    ///
    /// ```
    /// # use shared::Username;
    /// let username = |sent| Username::parse_returned(sent).map(|username| username.as_str().to_owned());
    /// assert_eq!(username("50%41"), Some("50%41".to_owned()));
    /// assert_eq!(username("user%40igad.int"), Some("user@igad.int".to_owned()));
    /// ```
    pub fn parse_returned(sent: &str) -> Option<Self> {
        let is_as_typed = trim(sent) != sent || (!sent.contains('@') && decodes_to_address(sent));
        if is_as_typed { Self::parse(sent) } else { (!sent.is_empty()).then(|| Self(sent.to_owned())) }
    }

    /// The name in clear, for Cognito and for the person who sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn decodes_to_address(sent: &str) -> bool {
    percent_decode_str(sent).decode_utf8_lossy().contains('@')
}

impl fmt::Debug for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Username(..)")
    }
}

#[cfg(test)]
mod tests;
