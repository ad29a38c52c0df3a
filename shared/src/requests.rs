//! What clients ask for.

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{
    error::{Error, Problem},
    origin::Origin,
    username::Username,
};

/// A request that has been understood.
#[derive(Debug)]
pub struct Request<B> {
    /// Where it came from.
    pub origin: Origin,
    /// What it asks for.
    pub body: B,
}

/// A body that a route understands.
pub trait RequestBody: Sized {
    /// Takes what the route needs out of the body's fields. Fields that it does not know are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] for the first field that is not what the route asks for.
    fn from_fields(fields: &Fields) -> Result<Self, Error>;
}

/// The fields of a JSON object that a client sent.
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where `body` is empty or no JSON object. The JSON parser's own
    /// words are left out: they may quote the body.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let invalid = |problem| Error::InvalidField { field: "body", problem };
        if body.is_empty() {
            return Err(invalid(Problem::Required));
        }
        serde_json::from_slice(body).map(Self).map_err(|_| invalid(Problem::NotAJsonObject))
    }

    /// A username, trimmed and decoded.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is missing, empty after trimming, or no string.
    pub fn username(&self, field: &'static str) -> Result<Username, Error> {
        Username::parse(self.text(field)?).ok_or(Error::InvalidField { field, problem: Problem::Required })
    }

    /// A password, session, token or code, byte for byte as it was sent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is missing, empty or no string.
    pub fn secret(&self, field: &'static str) -> Result<SecretString, Error> {
        self.text(field).map(SecretString::from)
    }

    fn text(&self, field: &'static str) -> Result<&str, Error> {
        let problem = match self.0.get(field) {
            Some(Value::String(text)) if !text.is_empty() => return Ok(text),
            None | Some(Value::Null | Value::String(_)) => Problem::Required,
            Some(_) => Problem::NotAString,
        };
        Err(Error::InvalidField { field, problem })
    }
}

/// `POST /api/auth/login`.
#[derive(Debug)]
pub struct LoginRequest {
    /// Who signs in.
    pub username: Username,
    /// The password, never trimmed nor decoded.
    pub password: SecretString,
}

impl RequestBody for LoginRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { username: fields.username("username")?, password: fields.secret("password")? })
    }
}

/// `POST /api/auth/complete-password-change`.
#[derive(Debug)]
pub struct CompletePasswordChangeRequest {
    /// The `username` of the challenge.
    pub username: Username,
    /// The `session` of the challenge.
    pub session: SecretString,
    /// The password that the person wants from now on.
    pub new_password: SecretString,
}

impl RequestBody for CompletePasswordChangeRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.username("username")?,
            session: fields.secret("session")?,
            new_password: fields.secret("new_password")?,
        })
    }
}

#[cfg(test)]
mod tests;
