//! Token endpoint of the user pool's domain, which exchanges the authorization code of a federated sign-in.
//!
//! See <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>. The endpoint is not part of
//! Cognito's API, and the SDK does not have it. A call has the same connections, deadline and time limit as the SDK's.

use aws_sdk_cognitoidentityprovider::{config::http::HttpRequest, types::AuthenticationResultType};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_types::body::SdkBody;
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    client::{CALL_TIMEOUT, Cognito},
    parse::issued_tokens,
};
use crate::{
    USER_AGENT,
    model::{
        authentication::IssuedTokens,
        error::{Cause, CognitoName, Error, SafeMessage},
        exception::Subject,
        federation::form_encode,
    },
};

/// Successful response of the token endpoint.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Option<String>,
    id_token: Option<String>,
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: i32,
}

/// Error of the token endpoint.
#[derive(Deserialize)]
struct TokenError {
    error: String,
    /// Text, perhaps of a provider or a trigger. It only shows which trigger rejected the user, and is not logged.
    #[serde(default)]
    error_description: Value,
}

impl Cognito {
    /// Tokens for an authorization code: one `POST` to the token endpoint of `domain`.
    ///
    /// Never repeated, because a code is valid for one request. The connection pool's exception for stale connections
    /// applies (`connections`): a request on a reused connection is sent again if it was evidently not read. Should
    /// Cognito have read it, the response is `invalid_grant`, and the user signs in again.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] with `NotAuthorizedException` if Cognito rejects the code, and for a trigger, a limit or a web
    /// ACL with the name of the exception that Cognito's API has for it. [`Error::ClientSecretRejected`],
    /// [`Error::Unavailable`], or [`Error::Internal`] for an incomplete response and an unexpected error.
    pub async fn exchange_code(
        &self,
        domain: &str,
        code: &SecretString,
        code_verifier: &SecretString,
        redirect_uri: &str,
    ) -> Result<IssuedTokens, Error> {
        let request =
            self.token_request(domain, code, code_verifier, redirect_uri).map_err(Error::Internal)?;
        let response = timeout(CALL_TIMEOUT, self.connector.call(request))
            .await
            .map_err(|elapsed| Error::Unavailable(elapsed.into()))?
            .map_err(|error| Error::Unavailable(error.into()))?;
        // The connection pool has read the body, up to its limit.
        let body = response.body().bytes().unwrap_or_default();
        if !response.status().is_success() {
            return Err(rejection(response.status().as_u16(), body));
        }
        // Without the cause, which may quote the response.
        let response: TokenResponse = serde_json::from_slice(body)
            .map_err(|_| Error::Unavailable(SafeMessage::from("the tokens are not readable").into()))?;
        let result = AuthenticationResultType::builder()
            .set_access_token(response.access_token)
            .set_id_token(response.id_token)
            .set_refresh_token(response.refresh_token)
            .expires_in(response.expires_in)
            .build();
        let mut tokens = issued_tokens("the exchange of a code", Some(result))?;
        // The app client may not be allowed to read the attribute. Every user of this endpoint is federated.
        tokens.claims.identities.get_or_insert_default();
        Ok(tokens)
    }

    fn token_request(
        &self,
        domain: &str,
        code: &SecretString,
        code_verifier: &SecretString,
        redirect_uri: &str,
    ) -> Result<HttpRequest, Cause> {
        let client_id = &self.user_pool.client_id;
        let form = form_encode(&[
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code.expose_secret()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", code_verifier.expose_secret()),
        ]);
        let mut request = HttpRequest::new(SdkBody::from(form));
        request.set_method("POST")?;
        request.set_uri(format!("{domain}/oauth2/token"))?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded");
        headers.insert("user-agent", USER_AGENT);
        if let Some(secret) = &self.user_pool.client_secret {
            let credentials = SecretString::from([client_id, ":", secret.expose_secret()].concat());
            let credentials = BASE64_STANDARD.encode(credentials.expose_secret());
            headers.insert("authorization", format!("Basic {credentials}"));
        }
        Ok(request)
    }
}

/// Error for a response of the token endpoint with another status than 200.
fn rejection(status: u16, body: &[u8]) -> Error {
    let exception = |exception, cause: &'static str| Error::Cognito {
        exception,
        subject: Subject::Other,
        source: SafeMessage::from(cause).into(),
    };
    if status == 429 {
        return exception(CognitoName::TOO_MANY_REQUESTS, "the token endpoint returned status 429");
    }
    let error = serde_json::from_slice::<TokenError>(body).ok().filter(|_| (400..500).contains(&status));
    // The codes of the endpoint's documentation. No other text is logged.
    match error.as_ref().map(|error| error.error.as_str()) {
        Some(code @ ("invalid_grant" | "invalid_request" | "unauthorized_client")) => Error::from_exception(
            CognitoName::NOT_AUTHORIZED,
            error.as_ref().and_then(|error| error.error_description.as_str()).unwrap_or_default(),
            SafeMessage::from(format!("the token endpoint returned {code}")).into(),
        ),
        Some("invalid_client") => Error::ClientSecretRejected(
            SafeMessage::from("the token endpoint returned invalid_client").into(),
        ),
        Some(code @ ("invalid_scope" | "unsupported_grant_type")) => {
            Error::internal(SafeMessage::from(format!("the token endpoint returned {code}")))
        }
        Some(_) => Error::internal(SafeMessage::from("the token endpoint returned an unknown error")),
        // The page of a web ACL.
        None if status == 403 => exception(CognitoName::FORBIDDEN, "the token endpoint returned status 403"),
        None => Error::Unavailable(
            SafeMessage::from(format!("the token endpoint returned status {status}")).into(),
        ),
    }
}

#[cfg(test)]
mod tests;
