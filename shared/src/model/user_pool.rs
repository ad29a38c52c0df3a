//! Where people sign in.

use secrecy::SecretString;

/// The regions that are not below `amazonaws.com`, by how their names begin, and what they are below instead.
/// From the SDK's own data on partitions, with which a test compares it.
const DOMAINS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

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
        let domain = DOMAINS
            .into_iter()
            .find(|(prefix, _)| self.region.starts_with(prefix))
            .map_or("amazonaws.com", |(_, domain)| domain);
        format!("https://cognito-idp.{}.{domain}/{}", self.region, self.id)
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

#[cfg(test)]
mod tests;
