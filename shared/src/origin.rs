//! Where a request came from, for Cognito's threat protection.

use std::net::IpAddr;

use aws_sdk_cognitoidentityprovider::{
    error::BuildError,
    types::{ContextDataType, HttpHeader, UserContextDataType},
};
use lambda_http::http::header;

use crate::event::Event;

/// The header in which a client may send what Amazon's device-data script collected:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-viewing-threat-protection-app.html>.
const DEVICE_DATA_HEADER: &str = "x-amz-user-context-data";

/// Headers that prove who somebody is. Cognito's threat protection has no use for them.
const CREDENTIALS: [header::HeaderName; 3] =
    [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE];

/// Where a request came from: what Cognito weighs when it looks for stolen passwords.
#[derive(Debug, Default)]
pub struct Origin {
    source_ip: Option<IpAddr>,
    server_name: String,
    path: String,
    headers: Vec<(String, String)>,
    device_data: Option<String>,
}

impl Origin {
    /// Reads the event. The address is the one that API Gateway saw, never one that a header claims.
    pub(crate) fn of(event: &Event) -> Self {
        Self {
            source_ip: event.source_ip(),
            server_name: event.domain_name.clone().unwrap_or_default(),
            path: event.path.clone().unwrap_or_default(),
            headers: event
                .headers
                .iter()
                .filter(|(name, _)| !CREDENTIALS.contains(name) && name.as_str() != DEVICE_DATA_HEADER)
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect(),
            device_data: event
                .headers
                .get(DEVICE_DATA_HEADER)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        }
    }

    /// What the `Admin*` operations of Cognito take as `ContextData`. `None` where the caller's
    /// address is not known, since Cognito wants one.
    pub(crate) fn context_data(&self) -> Result<Option<ContextDataType>, BuildError> {
        let Some(source_ip) = self.source_ip else {
            return Ok(None);
        };
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| HttpHeader::builder().header_name(name).header_value(value).build())
            .collect();
        ContextDataType::builder()
            .ip_address(source_ip.to_string())
            .server_name(&self.server_name)
            .server_path(&self.path)
            .set_http_headers(Some(headers))
            .set_encoded_data(self.device_data.clone())
            .build()
            .map(Some)
    }

    /// What the public operations of Cognito take as `UserContextData`.
    pub(crate) fn user_context_data(&self) -> Option<UserContextDataType> {
        let source_ip = self.source_ip?;
        Some(
            UserContextDataType::builder()
                .ip_address(source_ip.to_string())
                .set_encoded_data(self.device_data.clone())
                .build(),
        )
    }
}
