//! Usernames.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::text::trim;

/// Username for Cognito, usually an email address.
///
/// Some clients send it percent-encoded (`user%40igad.int`) and with surrounding white space. `Debug` omits the value,
/// since the log must not contain email addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Parses a username from a client: trims white space and invisible characters, percent-decodes as Python's
    /// `urllib.parse.unquote` does, and trims again. `None` if the result is empty.
    ///
    /// `unquote` does not decode `+` or a malformed `%`, and replaces invalid UTF-8 with U+FFFD.
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

    /// Parses the username that a client returns with a session, unchanged as Cognito sent it.
    ///
    /// Older clients return what the user typed instead. Such a username has white space at an end, or an `@` after
    /// decoding alone. It is parsed with [`Username::parse`].
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

    /// Username in plain text, for Cognito and for the client that sent it.
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
