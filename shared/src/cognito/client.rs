//! Client for one user pool and one app client.

use std::{collections::HashMap, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_cognitoidentityprovider::{Client, config::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;
use secrecy::ExposeSecret;

use crate::model::{user_pool::UserPool, username::Username};

/// Time limit for a call. The deadline of an invocation may end it before (`deadline`).
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Client for one user pool and one app client.
#[derive(Debug)]
pub struct Cognito {
    pub(super) client: Client,
    pub(super) user_pool: UserPool,
    /// Connector of the client, for requests that are not part of Cognito's API.
    pub(super) connector: SharedHttpConnector,
}

impl Cognito {
    /// Client for `user_pool`, with `credentials`, over `connector`.
    pub(crate) fn new(
        user_pool: &UserPool,
        credentials: SharedCredentialsProvider,
        connector: SharedHttpConnector,
    ) -> Self {
        // Not `aws_config::defaults`, which links the credential chain of a developer's machine and the client of a
        // second service, and searches for profile files.
        let shared = connector.clone();
        let settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(user_pool.region.clone()))
            .credentials_provider(credentials)
            .http_client(http_client_fn(move |_, _| shared.clone()))
            // No retries: a repeated sign-in counts twice toward lockout, and sessions and codes are single-use.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build())
            // The timeout of a call ends a stalled response before this protection would.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let settings = match &user_pool.endpoint_url {
            Some(endpoint_url) => settings.endpoint_url(endpoint_url),
            None => settings,
        };
        Self { client: Client::new(&settings.build()), user_pool: user_pool.clone(), connector }
    }

    /// ID of the app client.
    pub fn client_id(&self) -> &str {
        &self.user_pool.client_id
    }

    /// Parameters of all authentication operations, and `more`.
    pub(super) fn parameters<const N: usize>(
        &self,
        username: &Username,
        more: [(&str, &str); N],
    ) -> HashMap<String, String> {
        let username = username.as_str();
        let secret_hash = self.secret_hash(username).map(|hash| ("SECRET_HASH", hash));
        more.into_iter()
            .chain([("USERNAME", username)])
            .map(|(name, value)| (name, value.to_owned()))
            .chain(secret_hash)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    pub(super) fn client_secret(&self) -> Option<String> {
        self.user_pool.client_secret.as_ref().map(|secret| secret.expose_secret().to_owned())
    }

    /// `SECRET_HASH`, which proves knowledge of the app client's secret. `None` if the client has none.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash>.
    pub(super) fn secret_hash(&self, username: &str) -> Option<String> {
        let secret = self.user_pool.client_secret.as_ref()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let message = [username, &self.user_pool.client_id].concat();
        Some(BASE64_STANDARD.encode(hmac::sign(&key, message.as_bytes())))
    }
}

/// Configuration for idempotent operations: one retry if Cognito was unreachable, throttled the call or failed.
pub(super) fn retry_idempotent() -> aws_sdk_cognitoidentityprovider::config::Builder {
    aws_sdk_cognitoidentityprovider::Config::builder().retry_config(
        RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(50)),
    )
}
