//! What becomes of a person who has signed in.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::operation::get_user::GetUserOutput;
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::{Cognito, retry_idempotent},
    errors::as_token_error,
    parse::{incomplete, issued_tokens},
};
use crate::model::{authentication::IssuedTokens, caller::Caller, error::Error, user::UserAttributes};

impl Cognito {
    /// New tokens for a refresh token: one `GetTokensFromRefreshToken`.
    ///
    /// It takes the client's secret itself, and no hash over a username that the client does not
    /// send; and it is the only way once the app client rotates refresh tokens:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html>.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`].
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<IssuedTokens, Error> {
        let reply = self
            .client
            .get_tokens_from_refresh_token()
            .client_id(&self.user_pool.client_id)
            .set_client_secret(self.client_secret())
            .refresh_token(refresh_token.expose_secret())
            .send()
            .await?;
        issued_tokens("GetTokensFromRefreshToken", reply.authentication_result)
    }

    /// Revokes a refresh token, and the access tokens that came of it: one `RevokeToken`.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn revoke(&self, refresh_token: &SecretString) -> Result<(), Error> {
        self.client
            .revoke_token()
            .client_id(&self.user_pool.client_id)
            .set_client_secret(self.client_secret())
            .token(refresh_token.expose_secret())
            .customize()
            .config_override(retry_idempotent())
            .send()
            .await?;
        Ok(())
    }

    /// Revokes all tokens of the user whom `access_token` names: one `GlobalSignOut`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where Cognito does not accept the token, [`Error::Cognito`] or
    /// [`Error::Unavailable`].
    pub async fn sign_out_everywhere(&self, access_token: &SecretString) -> Result<(), Error> {
        let reply = self
            .client
            .global_sign_out()
            .access_token(access_token.expose_secret())
            .customize()
            .config_override(retry_idempotent())
            .send()
            .await;
        reply.map(drop).map_err(|error| as_token_error(error.into()))
    }

    /// What Cognito knows of the caller: one `GetUser`, which also refuses a token that was revoked.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where Cognito does not accept the token, [`Error::Cognito`],
    /// [`Error::Unavailable`], or [`Error::Internal`] where the answer lacks the user's id.
    pub async fn user(&self, caller: &Caller) -> Result<UserAttributes, Error> {
        let reply = self.get_user(caller).await?;
        let mut attributes: BTreeMap<String, String> = reply
            .user_attributes
            .into_iter()
            .filter_map(|attribute| Some((attribute.name, attribute.value?)))
            .collect();
        Ok(UserAttributes {
            username: reply.username,
            sub: attributes.remove("sub").ok_or_else(|| incomplete("GetUser", "sub"))?,
            email: attributes.remove("email"),
            email_verified: attributes.remove("email_verified").is_some_and(|verified| verified == "true"),
            is_federated: attributes.remove("identities").is_some(),
            others: attributes,
        })
    }

    /// What `GetUser` says, to whoever asks for which part of it.
    pub(super) async fn get_user(&self, caller: &Caller) -> Result<GetUserOutput, Error> {
        self.client
            .get_user()
            .access_token(caller.access_token.expose_secret())
            .customize()
            .config_override(retry_idempotent())
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))
    }
}
