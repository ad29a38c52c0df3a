//! The beginning of a sign-in.

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::Cognito,
    steps::{Reply, next_step},
};
use crate::model::{authentication::Authentication, error::Error, origin::Origin, username::Username};

impl Cognito {
    /// Signs `username` in with a password: one `AdminInitiateAuth`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the exception that Cognito raised, [`Error::Unavailable`] where it
    /// gave no usable answer, [`Error::Internal`] where its answer lacks what it must hold.
    pub async fn sign_in(
        &self,
        username: &Username,
        password: &SecretString,
        origin: &Origin,
    ) -> Result<Authentication, Error> {
        let reply = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .set_auth_parameters(Some(self.parameters(username, [("PASSWORD", password.expose_secret())])))
            .set_context_data(origin.context_data()?)
            .send()
            .await?;
        next_step(
            "AdminInitiateAuth",
            Reply {
                result: reply.authentication_result,
                challenge: reply.challenge_name,
                session: reply.session,
                parameters: reply.challenge_parameters.unwrap_or_default(),
                available: reply.available_challenges.unwrap_or_default(),
            },
        )
    }
}
