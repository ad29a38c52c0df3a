//! Conversion of [`ClientContext`] for Cognito's threat protection:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-viewing-threat-protection-app.html>.

use aws_sdk_cognitoidentityprovider::{
    error::BuildError,
    types::{ContextDataType, HttpHeader, UserContextDataType},
};
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION};

use crate::model::client_context::ClientContext;

/// Header with the device fingerprint that Amazon's script collected.
const DEVICE_DATA: &str = "x-amz-user-context-data";

/// Headers with credentials, which threat protection does not need.
const CREDENTIALS: [HeaderName; 3] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];

impl ClientContext {
    /// `ContextData` of the `Admin*` operations. `None` if the client's address is unknown, since Cognito requires one.
    pub(super) fn context_data(&self) -> Result<Option<ContextDataType>, BuildError> {
        let Some(source_ip) = self.source_ip else {
            return Ok(None);
        };
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| !CREDENTIALS.contains(name) && name.as_str() != DEVICE_DATA)
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .map(|(name, value)| HttpHeader::builder().header_name(name).header_value(value).build())
            .collect();
        ContextDataType::builder()
            .ip_address(source_ip.to_string())
            .server_name(&self.server_name)
            .server_path(&self.path)
            .set_http_headers(Some(headers))
            .set_encoded_data(self.device_data())
            .build()
            .map(Some)
    }

    /// `UserContextData` of the public operations.
    pub(super) fn user_context_data(&self) -> Option<UserContextDataType> {
        let source_ip = self.source_ip?;
        Some(
            UserContextDataType::builder()
                .ip_address(source_ip.to_string())
                .set_encoded_data(self.device_data())
                .build(),
        )
    }

    fn device_data(&self) -> Option<String> {
        self.headers.get(DEVICE_DATA)?.to_str().ok().map(str::to_owned)
    }
}
