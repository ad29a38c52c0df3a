//! User pool and app client.

use secrecy::SecretString;

/// Prefixes of regions whose domain is not `amazonaws.com`, and their domains. A test compares them with the SDK's data
/// on partitions.
const DOMAINS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

/// User pool, and the app client of this service.
#[derive(Debug, Clone)]
pub struct UserPool {
    /// AWS region (`AWS_REGION`, which Lambda sets).
    pub region: String,
    /// Endpoint of Cognito, if not the public one (`AWS_ENDPOINT_URL`, as in all AWS SDKs).
    pub endpoint_url: Option<String>,
    /// `COGNITO_USER_POOL_ID`, such as `eu-west-1_AbCdEfGhI`.
    pub id: String,
    /// `COGNITO_CLIENT_ID`.
    pub client_id: String,
    /// `COGNITO_CLIENT_SECRET`, if the app client has one.
    pub client_secret: Option<SecretString>,
}

impl UserPool {
    /// Issuer in the pool's tokens: always the public URL.
    pub fn issuer(&self) -> String {
        let domain = DOMAINS
            .into_iter()
            .find(|(prefix, _)| self.region.starts_with(prefix))
            .map_or("amazonaws.com", |(_, domain)| domain);
        format!("https://cognito-idp.{}.{domain}/{}", self.region, self.id)
    }

    /// URL of the pool's key set, below the configured endpoint if there is one.
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
