//! Delivery of codes.

use serde::Serialize;

use super::username::Username;

/// Delivery of a code. Cognito masks the destination.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivery {
    /// Masked address, such as `u***@i***`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// `EMAIL` or `SMS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_medium: Option<String>,
    /// Attribute with the address, such as `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_name: Option<String>,
}

impl Delivery {
    /// Delivery of an email to the address `username`, in Cognito's masked form (`u***@i***`):
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CodeDeliveryDetailsType.html>.
    ///
    /// Computed from the username alone, so that it does not reveal whether the user exists. Cognito invents a
    /// destination for an unknown user, by which a client could distinguish the two.
    pub fn masked_email(username: &Username) -> Self {
        Self::masked(username.as_str())
    }

    /// Delivery of an email to `address`, as [`Delivery::masked_email`].
    pub fn masked(address: &str) -> Self {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let address = address.rsplit_once('@');
        Self {
            destination: address
                .map(|(mailbox, domain)| format!("{}***@{}***", first(mailbox), first(domain))),
            delivery_medium: Some("EMAIL".to_owned()),
            attribute_name: Some("email".to_owned()),
        }
    }

    /// Delivery of a text message, without the number, which the username does not contain.
    pub fn masked_sms() -> Self {
        Self {
            destination: None,
            delivery_medium: Some("SMS".to_owned()),
            attribute_name: Some("phone_number".to_owned()),
        }
    }
}
