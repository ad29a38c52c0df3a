//! Self-service sign-up.

use aws_sdk_cognitoidentityprovider::types::AttributeType;
use secrecy::{ExposeSecret, SecretString};

use super::{client::Cognito, parse::delivery};
use crate::model::{client_context::ClientContext, delivery::Delivery, error::Error, username::Username};

impl Cognito {
    /// Creates an account, and sends a confirmation code to its address: one `SignUp`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn sign_up(
        &self,
        username: &Username,
        password: &SecretString,
        name: Option<String>,
        client_context: &ClientContext,
    ) -> Result<Option<Delivery>, Error> {
        let email = Some(username.as_str()).filter(|username| username.contains('@')).map(str::to_owned);
        let attributes = [("email", email), ("name", name)]
            .into_iter()
            .filter_map(|(name, value)| Some(AttributeType::builder().name(name).value(value?).build()))
            .collect::<Result<Vec<_>, _>>()?;
        let response = self
            .client
            .sign_up()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .password(password.expose_secret())
            .set_user_attributes(Some(attributes))
            .set_user_context_data(client_context.user_context_data())
            .send()
            .await?;
        Ok(response.code_delivery_details.map(delivery))
    }

    /// Confirms an account with a confirmation code: one `ConfirmSignUp`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn confirm_sign_up(
        &self,
        username: &Username,
        code: &SecretString,
        client_context: &ClientContext,
    ) -> Result<(), Error> {
        self.client
            .confirm_sign_up()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .confirmation_code(code.expose_secret())
            .set_user_context_data(client_context.user_context_data())
            .send()
            .await?;
        Ok(())
    }

    /// Sends another confirmation code to the address of an unconfirmed account: one `ResendConfirmationCode`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn resend_code(
        &self,
        username: &Username,
        client_context: &ClientContext,
    ) -> Result<Option<Delivery>, Error> {
        let response = self
            .client
            .resend_confirmation_code()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .set_user_context_data(client_context.user_context_data())
            .send()
            .await?;
        Ok(response.code_delivery_details.map(delivery))
    }
}
