//! The beginning of a sign-in.

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use secrecy::{ExposeSecret, SecretString};

use super::{client::Cognito, errors::as_unknown_user, steps::next_step};
use crate::model::{
    authentication::Authentication, challenge::Factor, client_context::ClientContext, error::Error,
    username::Username,
};

impl Cognito {
    /// Signs `username` in with a password: one `AdminInitiateAuth`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] with the exception that Cognito raised, [`Error::Unavailable`] where it
    /// gave no usable answer, [`Error::Internal`] where its answer lacks what it must hold.
    pub async fn sign_in(
        &self,
        username: &Username,
        password: &SecretString,
        client_context: &ClientContext,
    ) -> Result<Authentication, Error> {
        let reply = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .set_auth_parameters(Some(self.parameters(username, [("PASSWORD", password.expose_secret())])))
            .set_context_data(client_context.context_data()?)
            .send()
            .await
            .map_err(|error| as_unknown_user(error.into()))?;
        next_step("AdminInitiateAuth", reply.into())
    }

    /// Begins a sign-in of `username` without a password, if it can be by the `preferred` factor: one
    /// `AdminInitiateAuth`. Where the app client hides who has an account, Cognito makes up a challenge for somebody
    /// who has none.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`], and [`Error::UnsupportedChallenge`] where Cognito wants a step that no route here can
    /// take.
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
        let reply = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .auth_flow(AuthFlowType::UserAuth)
            .set_auth_parameters(Some(parameters))
            .set_context_data(client_context.context_data()?)
            .send()
            .await
            .map_err(|error| as_unknown_user(error.into()))?;
        next_step("AdminInitiateAuth", reply.into())
    }
}
