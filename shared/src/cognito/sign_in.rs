//! Start of a sign-in.

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use secrecy::{ExposeSecret, SecretString};

use super::{client::Cognito, errors::as_unknown_user, steps::next_step};
use crate::model::{
    authentication::Authentication, challenge::Factor, client_context::ClientContext, error::Error,
    username::Username,
};

impl Cognito {
    /// Starts a sign-in with a password: one `AdminInitiateAuth`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] with the exception that Cognito raised, [`Error::UnsupportedChallenge`] if Cognito requires a
    /// challenge that this service does not support, [`Error::Unavailable`] if it gave no usable response,
    /// [`Error::Internal`] if its response is incomplete.
    pub async fn sign_in(
        &self,
        username: &Username,
        password: &SecretString,
        client_context: &ClientContext,
    ) -> Result<Authentication, Error> {
        let response = self
            .client
            .admin_initiate_auth()
            .user_pool_id(self.user_pool.id.as_str())
            .client_id(&self.user_pool.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .set_auth_parameters(Some(self.parameters(username, [("PASSWORD", password.expose_secret())])))
            .set_context_data(client_context.context_data()?)
            .send()
            .await
            .map_err(|error| as_unknown_user(error.into()))?;
        next_step("AdminInitiateAuth", response.into())
    }

    /// Starts a sign-in without a password, with the `preferred` factor if the user has it: one `AdminInitiateAuth`. If
    /// the app client hides which users exist, Cognito returns a simulated challenge for an unknown user.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`].
    pub async fn start_sign_in(
        &self,
        username: &Username,
        preferred: Option<Factor>,
        client_context: &ClientContext,
    ) -> Result<Authentication, Error> {
        let mut parameters = self.parameters(username, []);
        if let Some(preferred) = preferred {
            parameters.insert("PREFERRED_CHALLENGE".to_owned(), preferred.as_str().to_owned());
        }
        let response = self
            .client
            .admin_initiate_auth()
            .user_pool_id(self.user_pool.id.as_str())
            .client_id(&self.user_pool.client_id)
            .auth_flow(AuthFlowType::UserAuth)
            .set_auth_parameters(Some(parameters))
            .set_context_data(client_context.context_data()?)
            .send()
            .await
            .map_err(|error| as_unknown_user(error.into()))?;
        next_step("AdminInitiateAuth", response.into())
    }
}
