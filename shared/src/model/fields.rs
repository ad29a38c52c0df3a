//! What stands in the JSON that a client sent.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{
    challenge::Factor,
    error::{Error, Problem},
    text::{normalize_code, trim},
    user::STANDARD_ATTRIBUTES,
    username::Username,
};

/// The fields of a JSON object that a client sent.
#[derive(Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if `body` is absent (empty, or JSON's `null`) or no JSON object. The JSON parser's own
    /// message is left out: it may quote the body.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let invalid = |problem| Error::InvalidField { field: "body", problem };
        if is_absent(body) {
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

    /// The username that a client returns with a session.
    ///
    /// # Errors
    ///
    /// As [`Fields::username`].
    pub fn returned_username(&self, field: &'static str) -> Result<Username, Error> {
        Username::parse_returned(self.text(field)?)
            .ok_or(Error::InvalidField { field, problem: Problem::Required })
    }

    /// A password, session, token or code, byte for byte as it was sent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is missing, empty or no string.
    pub fn secret(&self, field: &'static str) -> Result<SecretString, Error> {
        self.text(field).map(SecretString::from)
    }

    /// A confirmation code, without the white space and hyphens that apps and messages show between its digits.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if it is missing, no string, or nothing is left of it.
    pub fn code(&self, field: &'static str) -> Result<SecretString, Error> {
        match normalize_code(self.text(field)?) {
            code if code.is_empty() => Err(Error::InvalidField { field, problem: Problem::Required }),
            code => Ok(SecretString::from(code)),
        }
    }

    /// The digits of a one-time code that answers a challenge. A malformed one may end the session, so Cognito does
    /// not get it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if it is missing, or anything but 6 to 8 digits after [`Fields::code`].
    pub fn one_time_code(&self, field: &'static str) -> Result<SecretString, Error> {
        let code = self.code(field)?;
        let digits = code.expose_secret();
        if (6..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(code)
        } else {
            Err(Error::InvalidField { field, problem: Problem::NotACode })
        }
    }

    /// An email address, trimmed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if it is missing, no string, or nothing is left of it.
    pub fn email(&self, field: &'static str) -> Result<SecretString, Error> {
        match trim(self.text(field)?) {
            "" => Err(Error::InvalidField { field, problem: Problem::Required }),
            email => Ok(SecretString::from(email)),
        }
    }

    /// A text that may be left out, without white space around it. An empty one counts as left out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is no string.
    pub fn optional_text(&self, field: &'static str) -> Result<Option<String>, Error> {
        match self.text(field) {
            Ok(text) => Ok(Some(trim(text).to_owned()).filter(|text| !text.is_empty())),
            Err(Error::InvalidField { problem: Problem::Required, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One of `factors`, by its name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is missing, no string, or another name.
    pub fn one_of(&self, field: &'static str, factors: &[Factor]) -> Result<Factor, Error> {
        let invalid = Error::InvalidField { field, problem: Problem::NotAChoice };
        Factor::named(factors, self.text(field)?).ok_or(invalid)
    }

    /// An object of JSON, as text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is missing or no object.
    pub fn object(&self, field: &'static str) -> Result<SecretString, Error> {
        match self.0.get(field) {
            Some(Value::Object(object)) if !object.is_empty() => {
                serde_json::to_string(object).map(SecretString::from).map_err(Error::internal)
            }
            None | Some(Value::Null) => Err(Error::InvalidField { field, problem: Problem::Required }),
            Some(_) => Err(Error::InvalidField { field, problem: Problem::NotAJsonObject }),
        }
    }

    /// Whether a client sent something in this field.
    pub(super) fn contains(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    /// Attributes of a user that may be left out, by their names: those that a pool can require, and no other.
    /// One that an application made up (`custom:`) may decide what its user may do. `null` stands for an omitted one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is no object, names another attribute, or gives one no text.
    pub fn attributes(&self, field: &'static str) -> Result<Vec<(&'static str, SecretString)>, Error> {
        let attributes = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Object(attributes)) => attributes,
            Some(_) => return Err(Error::InvalidField { field, problem: Problem::NotAJsonObject }),
        };
        let attribute = |(name, value): (&String, &Value)| {
            let name = STANDARD_ATTRIBUTES.into_iter().find(|standard| standard == name)?;
            Some((name, SecretString::from(value.as_str().filter(|text| !text.is_empty())?)))
        };
        attributes
            .iter()
            .filter(|(name, value)| !(value.is_null() && STANDARD_ATTRIBUTES.contains(&name.as_str())))
            .map(attribute)
            .collect::<Option<_>>()
            .ok_or(Error::InvalidField { field, problem: Problem::NotAttributes })
    }

    /// A token that may be left out. An empty one counts as left out: clients store one where they have none.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is no string.
    pub fn optional_secret(&self, field: &'static str) -> Result<Option<SecretString>, Error> {
        match self.secret(field) {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::InvalidField { problem: Problem::Required, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A choice that may be left out, which means no.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is neither true nor false.
    pub fn flag(&self, field: &'static str) -> Result<bool, Error> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Error::InvalidField { field, problem: Problem::NotABoolean }),
        }
    }

    pub(super) fn text(&self, field: &'static str) -> Result<&str, Error> {
        let problem = match self.0.get(field) {
            Some(Value::String(text)) if !text.is_empty() => return Ok(text),
            None | Some(Value::Null | Value::String(_)) => Problem::Required,
            Some(_) => Problem::NotAString,
        };
        Err(Error::InvalidField { field, problem })
    }
}

/// Whether a body holds nothing: no byte, or JSON's `null`, which some clients send for it.
pub fn is_absent(body: &[u8]) -> bool {
    body.is_empty() || serde_json::from_slice::<()>(body).is_ok()
}
