//! ID of a user pool, from which issuers and the address of the key set follow.

use std::{fmt, str::FromStr};

/// Prefixes of regions whose domain is not `amazonaws.com`, and their domains.
const DOMAINS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

/// ID of a user pool, such as `eu-west-1_AbCdEfGhI`.
///
/// ```
/// use cognito_token_verifier::UserPoolId;
///
/// let id: UserPoolId = "eu-west-1_AbCdEfGhI".parse()?;
/// assert_eq!(id.region(), "eu-west-1");
/// assert_eq!(id.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI");
/// # Ok::<(), cognito_token_verifier::InvalidUserPoolId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserPoolId {
    id: String,
    region_length: usize,
}

/// Error of a text that is not the ID of a user pool. The text is not part of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the ID of a user pool, such as eu-west-1_AbCdEfGhI")]
pub struct InvalidUserPoolId;

impl UserPoolId {
    /// The ID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// Region of the pool. For a replicated pool, its primary region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.id[..self.region_length]
    }

    /// Issuer (`iss`) in the tokens of pools with the original issuer, the default.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.url("cognito-idp")
    }

    /// Issuer (`iss`) in the tokens of pools with the updated issuer, which multi-Region replication requires:
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html>.
    #[must_use]
    pub fn updated_issuer(&self) -> String {
        self.url("issuer-cognito-idp")
    }

    /// URL of the pool's public keys, below [`issuer`](Self::issuer).
    #[must_use]
    pub fn key_set_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.issuer())
    }

    fn url(&self, service: &str) -> String {
        let region = self.region();
        let domain = DOMAINS
            .into_iter()
            .find(|(prefix, _)| region.starts_with(prefix))
            .map_or("amazonaws.com", |(_, domain)| domain);
        format!("https://{service}.{region}.{domain}/{}", self.id)
    }
}

impl FromStr for UserPoolId {
    type Err = InvalidUserPoolId;

    /// Reads an ID of the pattern in the Cognito API reference, `[\w-]+_[0-9a-zA-Z]+`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (region, id) = text.rsplit_once('_').ok_or(InvalidUserPoolId)?;
        let is_valid = !region.is_empty()
            && !id.is_empty()
            && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_valid {
            Ok(Self { id: text.to_owned(), region_length: region.len() })
        } else {
            Err(InvalidUserPoolId)
        }
    }
}

impl fmt::Display for UserPoolId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id)
    }
}
