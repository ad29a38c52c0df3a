//! Passwords that are forgotten or changed.

use aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata;
use secrecy::{ExposeSecret, SecretString};

use super::{client::Cognito, refusals::of_token};
use crate::model::{caller::Caller, delivery::Delivery, error::Error, origin::Origin, username::Username};

impl Cognito {
    /// Sends `username` a code with which they can set a new password: one `ForgotPassword`.
    ///
    /// # Errors
    ///
    /// [`Error::CannotBeReset`] where somebody with an account gets none, [`Error::Refused`] or [`Error::Unavailable`].
    pub async fn send_reset_code(
        &self,
        username: &Username,
        origin: &Origin,
    ) -> Result<Option<Delivery>, Error> {
        let reply = self
            .client
            .forgot_password()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .set_user_context_data(origin.user_context_data())
            .send()
            .await
            .map_err(|error| {
                if error.message().is_some_and(speaks_of_the_person) {
                    Error::CannotBeReset(error.into())
                } else {
                    error.into()
                }
            })?;
        Ok(reply.code_delivery_details.map(|details| Delivery {
            destination: details.destination,
            delivery_medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
            attribute_name: details.attribute_name,
        }))
    }

    /// Sets a new password with the code that Cognito sent: one `ConfirmForgotPassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] or [`Error::Unavailable`].
    pub async fn reset_password(
        &self,
        username: &Username,
        code: &SecretString,
        new_password: &SecretString,
        origin: &Origin,
    ) -> Result<(), Error> {
        self.client
            .confirm_forgot_password()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .confirmation_code(code.expose_secret())
            .password(new_password.expose_secret())
            .set_user_context_data(origin.user_context_data())
            .send()
            .await?;
        Ok(())
    }

    /// Changes the caller's password: one `ChangePassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where Cognito does not accept the token, [`Error::Refused`] with
    /// `NotAuthorizedException` where the current password is wrong or with any other exception,
    /// [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        current_password: &SecretString,
        new_password: &SecretString,
    ) -> Result<(), Error> {
        let reply = self
            .client
            .change_password()
            .access_token(caller.access_token.expose_secret())
            .previous_password(current_password.expose_secret())
            .proposed_password(new_password.expose_secret())
            .send()
            .await;
        reply.map(drop).map_err(|error| {
            // One exception for a wrong password and for a token that is not accepted any more:
            // only the sentence differs.
            let speaks_of_password = error.code() == Some("NotAuthorizedException")
                && !error.message().is_some_and(speaks_of_token);
            let error = Error::from(error);
            if speaks_of_password { error } else { of_token(error) }
        })
    }
}

/// Whether a refusal's sentence is on the access token or its user ("Access Token has been
/// revoked", "User is disabled."), and not on a password.
fn speaks_of_token(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("access token") || message.contains("disabled")
}

/// Whether a refusal's sentence is on a person who has an account, and not on what was sent: "Cannot reset password for
/// the user as there is no registered/verified email or phone_number", "User password cannot be reset in the current
/// state." of somebody who was invited (amplify-js#1340), "User is disabled."
fn speaks_of_the_person(message: &str) -> bool {
    ["no registered/verified email", "cannot be reset in the current state", "User is disabled"]
        .iter()
        .any(|words| message.contains(words))
}
