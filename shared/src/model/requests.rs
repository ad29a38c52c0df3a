//! What clients ask for.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{
    caller::Caller,
    error::{Error, Problem},
    origin::Origin,
    user::STANDARD_ATTRIBUTES,
    username::Username,
};

/// A request that has been understood.
#[derive(Debug)]
pub struct Request<B> {
    /// What it asks for.
    pub body: B,
    /// The bearer token that came with it, not verified.
    pub bearer_token: Option<SecretString>,
    /// Where it came from.
    pub origin: Origin,
}

/// A request of a person whose access token has been verified.
#[derive(Debug)]
pub struct SignedIn<B> {
    /// Who asks.
    pub caller: Caller,
    /// What they ask for.
    pub body: B,
}

/// A body that a route understands.
pub trait RequestBody: Sized {
    /// True where all fields are optional: the whole body may then be left out.
    const MAY_BE_ABSENT: bool = false;

    /// Takes what the route needs out of the body's fields. Fields that it does not know are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] for the first field that is not what the route asks for.
    fn from_fields(fields: &Fields) -> Result<Self, Error>;

    /// Whose account it is about, where the body says so: for the audit line.
    fn username(&self) -> Option<&Username> {
        None
    }
}

/// The fields of a JSON object that a client sent.
#[derive(Default)]
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

    /// A one-time code, without the white space that people paste along with it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] where it is missing, blank or no string.
    pub fn code(&self, field: &'static str) -> Result<SecretString, Error> {
        match self.text(field)?.trim() {
            "" => Err(Error::InvalidField { field, problem: Problem::Required }),
            code => Ok(SecretString::from(code)),
        }
    }

    /// Attributes of a user that may be left out, by their names: those that a pool can require, and no other.
    /// One that an application made up (`custom:`) may decide what its user may do.
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

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
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
    /// What the challenge asked to be filled in.
    pub attributes: Vec<(&'static str, SecretString)>,
}

impl RequestBody for CompletePasswordChangeRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.username("username")?,
            session: fields.secret("session")?,
            new_password: fields.secret("new_password")?,
            attributes: fields.attributes("attributes")?,
        })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/refresh-token`.
#[derive(Debug)]
pub struct RefreshTokenRequest {
    /// The refresh token of an earlier sign-in.
    pub refresh_token: SecretString,
}

impl RequestBody for RefreshTokenRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { refresh_token: fields.secret("refresh_token")? })
    }
}

/// `POST /api/auth/logout`.
#[derive(Debug)]
pub struct LogoutRequest {
    /// The refresh token to revoke, with all access tokens that came of it.
    pub refresh_token: Option<SecretString>,
    /// Whether to sign the bearer out of every device.
    pub everywhere: bool,
}

impl RequestBody for LogoutRequest {
    const MAY_BE_ABSENT: bool = true;

    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            refresh_token: fields.optional_secret("refresh_token")?,
            everywhere: fields.flag("everywhere")?,
        })
    }
}

/// `POST /api/auth/forgot-password`.
#[derive(Debug)]
pub struct ForgotPasswordRequest {
    /// Who has forgotten their password.
    pub username: Username,
}

impl RequestBody for ForgotPasswordRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { username: fields.username("username")? })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/reset-password`.
#[derive(Debug)]
pub struct ResetPasswordRequest {
    /// Who has forgotten their password.
    pub username: Username,
    /// The code that Cognito sent them.
    pub code: SecretString,
    /// The password that the person wants from now on.
    pub new_password: SecretString,
}

impl RequestBody for ResetPasswordRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.username("username")?,
            code: fields.code("code")?,
            new_password: fields.secret("new_password")?,
        })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/change-password`.
#[derive(Debug)]
pub struct ChangePasswordRequest {
    /// The password that the person has.
    pub current_password: SecretString,
    /// The password that the person wants from now on.
    pub new_password: SecretString,
}

impl RequestBody for ChangePasswordRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            current_password: fields.secret("current_password")?,
            new_password: fields.secret("new_password")?,
        })
    }
}

#[cfg(test)]
mod tests;
