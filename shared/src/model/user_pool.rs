//! User pool and app client.

use cognito_token_verifier::UserPoolId;
use secrecy::SecretString;

/// User pool, and the app client of this service.
#[derive(Debug, Clone)]
pub struct UserPool {
    /// AWS region (`AWS_REGION`, which Lambda sets).
    pub region: String,
    /// Endpoint of Cognito, if not the public one (`AWS_ENDPOINT_URL`, as in all AWS SDKs).
    pub endpoint_url: Option<String>,
    /// `COGNITO_USER_POOL_ID`, such as `eu-west-1_AbCdEfGhI`.
    pub id: UserPoolId,
    /// `COGNITO_CLIENT_ID`.
    pub client_id: String,
    /// `COGNITO_CLIENT_SECRET`, if the app client has one.
    pub client_secret: Option<SecretString>,
}

impl UserPool {
    /// URL of the pool's key set, below the configured endpoint if there is one.
    pub fn key_set_url(&self) -> String {
        match &self.endpoint_url {
            Some(endpoint_url) => {
                format!("{}/{}/.well-known/jwks.json", endpoint_url.trim_end_matches('/'), self.id)
            }
            None => self.id.key_set_url(),
        }
    }
}
