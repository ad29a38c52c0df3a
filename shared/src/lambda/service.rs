//! What a route's function works with.

use std::sync::atomic::AtomicBool;

use aws_sdk_cognitoidentityprovider::config::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use secrecy::SecretString;

use super::{audit::UsernameHash, configuration::Configuration};
use crate::{
    cognito::{client::Cognito, deadline::DeadlineConnector},
    model::user::ServiceSettings,
    tokens::{key_set::KeySet, verifier::Verifier},
};

/// What a route's function works with. One for the life of the process.
#[derive(Debug)]
pub struct Service {
    /// The user pool.
    pub cognito: Cognito,
    /// Who holds a bearer token.
    pub verifier: Verifier,
    /// The deployment's rules on people.
    pub settings: ServiceSettings,
    /// What stands for a user's name in the audit line.
    pub(super) username_hash: UsernameHash,
    /// What CloudFront proves itself by, where it stands in front of the API.
    pub(super) edge_secret: Option<SecretString>,
    /// Under which name the audit line counts.
    pub(super) metrics_namespace: String,
    /// True until the first request has been answered.
    pub(super) cold: AtomicBool,
}

impl Service {
    /// A service for the deployment of `configuration`, which reaches Cognito through `connector`.
    pub fn new(
        configuration: Configuration,
        credentials: SharedCredentialsProvider,
        connector: SharedHttpConnector,
    ) -> Self {
        let connector = SharedHttpConnector::new(DeadlineConnector(connector));
        let keys = KeySet::new(connector.clone(), configuration.user_pool.key_set_url());
        Self {
            cognito: Cognito::new(&configuration.user_pool, credentials, connector),
            verifier: Verifier::new(&configuration.user_pool, keys),
            settings: configuration.settings,
            username_hash: UsernameHash::new(configuration.audit_key.as_ref()),
            edge_secret: configuration.edge_secret,
            metrics_namespace: configuration.metrics_namespace,
            cold: AtomicBool::new(true),
        }
    }
}
