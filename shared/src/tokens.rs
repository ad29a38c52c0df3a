//! Verification of access tokens with the pool's public keys.
//!
//! The rules are those of the crate `cognito-token-verifier`. This layer depends on that crate and on `model`, and fetches
//! the keys over a connector that it is given. It does not call Cognito's API.

use aws_sdk_cognitoidentityprovider::config::http::HttpRequest;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use cognito_token_verifier::{AccessToken, BoxError, FetchFuture, FetchKeySet};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    USER_AGENT,
    model::{
        caller::{Caller, TokenError},
        error::{Error, SafeMessage},
        user_pool::UserPool,
        username::Username,
    },
};

/// Verifier of access tokens of one app client in one user pool.
#[derive(Debug)]
pub struct Verifier(cognito_token_verifier::Verifier);

/// Fetches the key set over the connections of all other calls.
#[derive(Debug)]
struct KeySetConnector(SharedHttpConnector);

impl Verifier {
    /// Verifier for `user_pool` that fetches the keys over `connector`.
    pub(crate) fn new(user_pool: &UserPool, connector: SharedHttpConnector) -> Self {
        let builder = cognito_token_verifier::Verifier::builder(&user_pool.id, [&user_pool.client_id])
            .key_set_url(user_pool.key_set_url());
        Self(builder.build_with(KeySetConnector(connector)))
    }

    /// Fetches the key set in advance, so that the first token does not wait for it. If that fails, the first token causes
    /// a fetch of its own: the connection may have failed only because Lambda froze the function right after its start.
    pub(crate) async fn prepare(&self) {
        let _ = self.0.prepare().await;
    }

    /// Verifies an access token.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if the token is invalid, [`Error::Unavailable`] if the key set cannot be fetched.
    pub async fn verify(&self, token: SecretString) -> Result<Caller, Error> {
        let AccessToken { sub, username, groups, auth_time, .. } =
            self.0.verify(token.expose_secret()).await?;
        let username = username.as_deref().and_then(Username::parse);
        // Cognito accepts the `sub` as a username.
        let username = username.or_else(|| Username::parse(&sub)).ok_or(TokenError::NoUsername)?;
        // A missing time counts as long ago.
        Ok(Caller { sub, username, access_token: token, groups, auth_time: auth_time.unwrap_or_default() })
    }
}

impl FetchKeySet for KeySetConnector {
    fn fetch<'a>(&'a self, url: &'a str) -> FetchFuture<'a> {
        Box::pin(async move {
            let mut request = HttpRequest::empty();
            request.set_uri(url)?;
            request.headers_mut().insert("user-agent", USER_AGENT);
            let response = self.0.call(request).await?;
            if !response.status().is_success() {
                let status = response.status().as_u16();
                let message = format!("the request for the key set returned status {status}");
                return Err(BoxError::from(SafeMessage::from(message)));
            }
            // `Connections` reads bodies as a whole, up to a limit.
            let body = response.body().bytes().ok_or("the body is a stream")?;
            Ok(body.to_vec())
        })
    }
}

#[cfg(test)]
mod tests;
