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
    /// The delivery of an email to the address `username`, in Cognito's masked form (`u***@i***`):
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CodeDeliveryDetailsType.html>.
    ///
    /// Computed from the username alone, and so the same for users who do not exist: for these Cognito invents a
    /// destination, by which they can be told apart.
    pub fn masked_email(username: &Username) -> Self {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let address = username.as_str().rsplit_once('@');
        Self {
            destination: address
                .map(|(mailbox, domain)| format!("{}***@{}***", first(mailbox), first(domain))),
            delivery_medium: Some("EMAIL".to_owned()),
            attribute_name: Some("email".to_owned()),
        }
    }

    /// The delivery of a text message, whose number the username does not tell.
    pub fn masked_sms() -> Self {
        Self {
            destination: None,
            delivery_medium: Some("SMS".to_owned()),
            attribute_name: Some("phone_number".to_owned()),
        }
    }
}
