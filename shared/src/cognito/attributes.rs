//! Attributes and account of a signed-in user.

use aws_sdk_cognitoidentityprovider::types::AttributeType;
use secrecy::{ExposeSecret, SecretString};

use super::{client::Cognito, errors::as_token_error, parse::delivery};
use crate::model::{caller::Caller, delivery::Delivery, error::Error, exception::Subject};

/// Attribute with the email address.
const EMAIL: &str = "email";

impl Cognito {
    /// Sets attributes of the caller; an empty value deletes one: one `UpdateUserAttributes`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if Cognito rejects the token, [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn update_attributes(
        &self,
        caller: &Caller,
        attributes: &[(String, SecretString)],
    ) -> Result<(), Error> {
        let attributes = attributes
            .iter()
            .map(|(name, value)| AttributeType::builder().name(name).value(value.expose_secret()).build())
            .collect::<Result<Vec<_>, _>>()?;
        self.client
            .update_user_attributes()
            .access_token(caller.access_token.expose_secret())
            .set_user_attributes(Some(attributes))
            .send()
            .await
            .map_err(|error| as_error(error.into()))?;
        Ok(())
    }

    /// Starts the change of the caller's email address, and sends a code to the new one: one `UpdateUserAttributes`. The
    /// address changes with [`Cognito::verify_email`], if the pool requires verification before an update.
    ///
    /// # Errors
    ///
    /// As [`Cognito::update_attributes`].
    pub async fn change_email(&self, caller: &Caller, email: &SecretString) -> Result<(), Error> {
        self.update_attributes(caller, &[(EMAIL.to_owned(), email.clone())]).await
    }

    /// Sends a code to the caller's email address: one `GetUserAttributeVerificationCode`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::update_attributes`].
    pub async fn send_email_code(&self, caller: &Caller) -> Result<Option<Delivery>, Error> {
        let response = self
            .client
            .get_user_attribute_verification_code()
            .access_token(caller.access_token.expose_secret())
            .attribute_name(EMAIL)
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        Ok(response.code_delivery_details.map(delivery))
    }

    /// Verifies the caller's email address with a code: one `VerifyUserAttribute`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::update_attributes`].
    pub async fn verify_email(&self, caller: &Caller, code: &SecretString) -> Result<(), Error> {
        self.client
            .verify_user_attribute()
            .access_token(caller.access_token.expose_secret())
            .attribute_name(EMAIL)
            .code(code.expose_secret())
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        Ok(())
    }

    /// Deletes the caller's account: one `DeleteUser`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::update_attributes`].
    pub async fn delete_user(&self, caller: &Caller) -> Result<(), Error> {
        self.client
            .delete_user()
            .access_token(caller.access_token.expose_secret())
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        Ok(())
    }
}

/// Converts an error about the token to [`Error::Unauthenticated`]. A `NotAuthorizedException` may also be about an
/// attribute that the app client does not let users write.
fn as_error(error: Error) -> Error {
    match error {
        Error::Cognito { subject: Subject::UnwritableAttribute, .. } => error,
        _ => as_token_error(error),
    }
}
