//! Where a code went.

use serde::Serialize;

use super::username::Username;

/// Where Cognito sent a code, as far as it says so: the destination comes masked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivery {
    /// The masked address, such as `u***@i***`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// `EMAIL` or `SMS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_medium: Option<String>,
    /// The attribute that holds the address, such as `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_name: Option<String>,
}

impl Delivery {
    /// What Cognito would say of a code that went to the address `username`, in its masked form (`u***@i***`):
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CodeDeliveryDetailsType.html>.
    pub fn supposed(username: &Username) -> Self {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let (mailbox, domain) = username.as_str().rsplit_once('@').unwrap_or((username.as_str(), ""));
        Self {
            destination: Some(format!("{}***@{}***", first(mailbox), first(domain))),
            delivery_medium: Some("EMAIL".to_owned()),
            attribute_name: Some("email".to_owned()),
        }
    }
}
