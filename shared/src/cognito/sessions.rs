//! Refresh and revocation of tokens, and attributes of a signed-in user.

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
    /// Tokens for a refresh token: one `GetTokensFromRefreshToken`.
    ///
    /// Unlike the flow `REFRESH_TOKEN_AUTH`, this operation takes the client secret itself, and not a hash of a
    /// username that the client does not send. It also supports refresh token rotation:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html>.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`].
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<IssuedTokens, Error> {
        let response = self
            .client
            .get_tokens_from_refresh_token()
            .client_id(&self.user_pool.client_id)
            .set_client_secret(self.client_secret())
            .refresh_token(refresh_token.expose_secret())
            .send()
            .await?;
        issued_tokens("GetTokensFromRefreshToken", response.authentication_result)
    }

    /// Revokes a refresh token, and the access tokens that were issued for it: one `RevokeToken`.
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

    /// Revokes all tokens of the user of `access_token`: one `GlobalSignOut`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if Cognito rejects the token, [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn sign_out_everywhere(&self, access_token: &SecretString) -> Result<(), Error> {
        let response = self
            .client
            .global_sign_out()
            .access_token(access_token.expose_secret())
            .customize()
            .config_override(retry_idempotent())
            .send()
            .await;
        response.map(drop).map_err(|error| as_token_error(error.into()))
    }

    /// Attributes of the caller: one `GetUser`, which also rejects a revoked token.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if Cognito rejects the token, [`Error::Cognito`], [`Error::Unavailable`], or
    /// [`Error::Internal`] if the response has no `sub`.
    pub async fn user(&self, caller: &Caller) -> Result<UserAttributes, Error> {
        let response = self.get_user(caller).await?;
        let mut attributes: BTreeMap<String, String> = response
            .user_attributes
            .into_iter()
            .filter_map(|attribute| Some((attribute.name, attribute.value?)))
            .collect();
        Ok(UserAttributes {
            username: response.username,
            sub: attributes.remove("sub").ok_or_else(|| incomplete("GetUser", "sub"))?,
            email: attributes.remove("email"),
            email_verified: attributes.remove("email_verified").is_some_and(|verified| verified == "true"),
            is_federated: attributes.remove("identities").is_some(),
            others: attributes,
        })
    }

    /// Response of `GetUser`.
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
