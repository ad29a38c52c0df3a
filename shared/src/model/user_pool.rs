//! Where people sign in.

use secrecy::SecretString;

/// The user pool that people sign in to, and our app client in it.
#[derive(Debug, Clone)]
pub struct UserPool {
    /// The AWS region, from Lambda's own `AWS_REGION`.
    pub region: String,
    /// Where Cognito is, when not at its public address (`AWS_ENDPOINT_URL`, as every AWS SDK reads it).
    pub endpoint_url: Option<String>,
    /// `COGNITO_USER_POOL_ID`, such as `eu-west-1_AbCdEfGhI`.
    pub id: String,
    /// `COGNITO_CLIENT_ID`.
    pub client_id: String,
    /// `COGNITO_CLIENT_SECRET`, where the app client has one.
    pub client_secret: Option<SecretString>,
}

impl UserPool {
    /// What the pool's tokens name as their issuer: always its public address.
    pub fn issuer(&self) -> String {
        let region = self.id.rsplit_once('_').map_or("", |(region, _)| region);
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("https://cognito-idp.{region}.amazonaws.com{suffix}/{}", self.id)
    }

    /// Where the pool's public keys are: below the endpoint that the SDK is told to use, if any.
    pub fn key_set_url(&self) -> String {
        let pool = match &self.endpoint_url {
            Some(endpoint_url) => format!("{}/{}", endpoint_url.trim_end_matches('/'), self.id),
            None => self.issuer(),
        };
        format!("{pool}/.well-known/jwks.json")
    }
}
