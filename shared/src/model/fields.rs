//! Fields of a JSON request body.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{
    challenge::Factor,
    error::{Error, Problem},
    text::{normalize_code, trim},
    user::STANDARD_ATTRIBUTES,
    username::Username,
};

/// Fields of a JSON request body.
#[derive(Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Parses a body.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if `body` is absent (empty, or `null`) or not a JSON object. The error omits the JSON
    /// parser's message, which may quote the body.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let invalid = |problem| Error::InvalidField { field: "body", problem };
        if is_absent(body) {
            return Err(invalid(Problem::Required));
        }
        serde_json::from_slice(body).map(Self).map_err(|_| invalid(Problem::NotAJsonObject))
    }

    /// Username, trimmed and percent-decoded.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, empty after trimming, or not a string.
    pub fn username(&self, field: &'static str) -> Result<Username, Error> {
        Username::parse(self.text(field)?).ok_or(Error::InvalidField { field, problem: Problem::Required })
    }

    /// Username that a client returns with a session.
    ///
    /// # Errors
    ///
    /// As [`Fields::username`].
    pub fn returned_username(&self, field: &'static str) -> Result<Username, Error> {
        Username::parse_returned(self.text(field)?)
            .ok_or(Error::InvalidField { field, problem: Problem::Required })
    }

    /// Password, session or token, byte for byte as the client sent it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, empty, or not a string.
    pub fn secret(&self, field: &'static str) -> Result<SecretString, Error> {
        self.text(field).map(SecretString::from)
    }

    /// Confirmation code, without the white space and hyphens that apps and messages show between digits.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, empty after normalization, or not a string.
    pub fn code(&self, field: &'static str) -> Result<SecretString, Error> {
        match normalize_code(self.text(field)?) {
            code if code.is_empty() => Err(Error::InvalidField { field, problem: Problem::Required }),
            code => Ok(SecretString::from(code)),
        }
    }

    /// One-time code that answers a challenge. Cognito does not receive malformed codes, since these may end the
    /// session.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] as [`Fields::code`], or if the code is not 6 to 8 digits.
    pub fn one_time_code(&self, field: &'static str) -> Result<SecretString, Error> {
        let code = self.code(field)?;
        let digits = code.expose_secret();
        if (6..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(code)
        } else {
            Err(Error::InvalidField { field, problem: Problem::NotACode })
        }
    }

    /// Email address, trimmed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, empty after normalization, or not a string.
    pub fn email(&self, field: &'static str) -> Result<SecretString, Error> {
        match trim(self.text(field)?) {
            "" => Err(Error::InvalidField { field, problem: Problem::Required }),
            email => Ok(SecretString::from(email)),
        }
    }

    /// Optional text, trimmed. An empty string counts as absent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is not a string.
    pub fn optional_text(&self, field: &'static str) -> Result<Option<String>, Error> {
        let text = self.optional(field)?.map(trim).filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    }

    /// One of `factors`, by name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, not a string, or another name.
    pub fn one_of(&self, field: &'static str, factors: &[Factor]) -> Result<Factor, Error> {
        let invalid = Error::InvalidField { field, problem: Problem::NotAChoice };
        Factor::named(factors, self.text(field)?).ok_or(invalid)
    }

    /// JSON object, as text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, empty, or not an object.
    pub fn object(&self, field: &'static str) -> Result<SecretString, Error> {
        match self.0.get(field) {
            Some(Value::Object(object)) if !object.is_empty() => {
                serde_json::to_string(object).map(SecretString::from).map_err(Error::internal)
            }
            None | Some(Value::Null) => Err(Error::InvalidField { field, problem: Problem::Required }),
            Some(_) => Err(Error::InvalidField { field, problem: Problem::NotAJsonObject }),
        }
    }

    /// Whether the field is present and not `null`.
    pub(super) fn contains(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    /// Optional standard attributes of a user, by name. Custom attributes (`custom:`) are rejected: an application may
    /// use them for authorization. `null` counts as absent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is not an object, has another attribute, or has a value that is empty or
    /// not a string.
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

    /// Attributes of a user with their new values, by name. An empty value deletes an attribute. `null` counts as
    /// absent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing or empty, not an object, or has a value that is not a string.
    pub fn attribute_texts(&self, field: &'static str) -> Result<Vec<(String, SecretString)>, Error> {
        let invalid = |problem| Error::InvalidField { field, problem };
        let attributes = match self.0.get(field) {
            None | Some(Value::Null) => return Err(invalid(Problem::Required)),
            Some(Value::Object(attributes)) => attributes,
            Some(_) => return Err(invalid(Problem::NotAJsonObject)),
        };
        let texts = attributes
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| Some((name.clone(), SecretString::from(value.as_str()?))))
            .collect::<Option<Vec<_>>>()
            .ok_or(invalid(Problem::NotAttributeTexts))?;
        if texts.is_empty() { Err(invalid(Problem::Required)) } else { Ok(texts) }
    }

    /// Optional token. An empty string counts as absent, since some clients store it for no token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is not a string.
    pub fn optional_secret(&self, field: &'static str) -> Result<Option<SecretString>, Error> {
        Ok(self.optional(field)?.map(SecretString::from))
    }

    /// Optional text, as the client sent it. An empty string counts as absent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is not a string.
    pub(super) fn optional(&self, field: &'static str) -> Result<Option<&str>, Error> {
        match self.text(field) {
            Ok(text) => Ok(Some(text)),
            Err(Error::InvalidField { problem: Problem::Required, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Text of the form that `is_valid` accepts and `problem` describes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is missing, empty, not a string, or not of the form.
    pub(super) fn matching(
        &self,
        field: &'static str,
        problem: &'static str,
        is_valid: impl Fn(&str) -> bool,
    ) -> Result<&str, Error> {
        let malformed = Error::InvalidField { field, problem: Problem::Malformed(problem) };
        self.text(field).and_then(|text| if is_valid(text) { Ok(text) } else { Err(malformed) })
    }

    /// Optional boolean. Absent means `false`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the field is not a boolean.
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

/// Whether a body is empty, or JSON's `null`, which some clients send for an absent body.
pub fn is_absent(body: &[u8]) -> bool {
    body.is_empty() || serde_json::from_slice::<()>(body).is_ok()
}
