//! Service that functions of routes use.

use std::sync::atomic::AtomicBool;

use aws_sdk_cognitoidentityprovider::config::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use secrecy::SecretString;

use super::{audit::UsernameHash, configuration::Configuration};
use crate::{
    cognito::{client::Cognito, deadline::DeadlineConnector},
    model::user::ServiceSettings,
    tokens::Verifier,
};

/// Service that functions of routes use. One instance exists for the lifetime of the process.
#[derive(Debug)]
pub struct Service {
    /// Client for Cognito.
    pub cognito: Cognito,
    /// Verifier of bearer tokens.
    pub verifier: Verifier,
    /// Settings of the deployment.
    pub settings: ServiceSettings,
    /// Hash of usernames for the audit line.
    pub(super) username_hash: UsernameHash,
    /// Secrets of the CloudFront distribution in front of the API; none without a distribution.
    pub(super) edge_secrets: Vec<SecretString>,
    /// Namespace of the metrics.
    pub(super) metrics_namespace: String,
    /// Whether no request has been handled yet.
    pub(super) cold: AtomicBool,
}

impl Service {
    /// Service with `configuration` that calls Cognito with `credentials` over `connector`.
    pub fn new(
        configuration: Configuration,
        credentials: SharedCredentialsProvider,
        connector: SharedHttpConnector,
    ) -> Self {
        let connector = SharedHttpConnector::new(DeadlineConnector(connector));
        Self {
            verifier: Verifier::new(&configuration.user_pool, connector.clone()),
            cognito: Cognito::new(&configuration.user_pool, credentials, connector),
            settings: configuration.settings,
            username_hash: UsernameHash::new(configuration.audit_key.as_ref()),
            edge_secrets: configuration.edge_secrets,
            metrics_namespace: configuration.metrics_namespace,
            cold: AtomicBool::new(true),
        }
    }
}
