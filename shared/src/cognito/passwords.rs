//! Password reset and password change.

use secrecy::{ExposeSecret, SecretString};

use super::{
    client::{Cognito, retry_idempotent},
    errors::{as_token_error, is_token_error},
    parse::delivery,
};
use crate::model::{
    caller::Caller, client_context::ClientContext, delivery::Delivery, error::Error, username::Username,
};

impl Cognito {
    /// Sends a code for a password reset: one `ForgotPassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn send_reset_code(
        &self,
        username: &Username,
        client_context: &ClientContext,
    ) -> Result<Option<Delivery>, Error> {
        let response = self
            .client
            .forgot_password()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .set_user_context_data(client_context.user_context_data())
            .send()
            .await?;
        Ok(response.code_delivery_details.map(delivery))
    }

    /// Sets a new password with the code of [`Cognito::send_reset_code`]: one `ConfirmForgotPassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn reset_password(
        &self,
        username: &Username,
        code: &SecretString,
        new_password: &SecretString,
        client_context: &ClientContext,
    ) -> Result<(), Error> {
        self.client
            .confirm_forgot_password()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .confirmation_code(code.expose_secret())
            .password(new_password.expose_secret())
            .set_user_context_data(client_context.user_context_data())
            .send()
            .await?;
        Ok(())
    }

    /// Ends all sessions of `username`: one `AdminUserGlobalSignOut`, which needs the IAM permission of that name. A
    /// user who has just reset a password has no access token for `GlobalSignOut`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn end_all_sessions(&self, username: &Username) -> Result<(), Error> {
        self.client
            .admin_user_global_sign_out()
            .user_pool_id(self.user_pool.id.as_str())
            .username(username.as_str())
            .customize()
            .config_override(retry_idempotent())
            .send()
            .await?;
        Ok(())
    }

    /// Changes the caller's password: one `ChangePassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if Cognito rejects the token, [`Error::Cognito`] with `NotAuthorizedException` if the
    /// current password is wrong, or with any other exception, [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        current_password: &SecretString,
        new_password: &SecretString,
    ) -> Result<(), Error> {
        let response = self
            .client
            .change_password()
            .access_token(caller.access_token.expose_secret())
            .previous_password(current_password.expose_secret())
            .proposed_password(new_password.expose_secret())
            .send()
            .await;
        response.map(drop).map_err(|error| {
            // `NotAuthorizedException` also means a wrong current password. Only the message tells the two apart.
            let error = Error::from(error);
            if is_token_error(&error) { as_token_error(error) } else { error }
        })
    }
}
