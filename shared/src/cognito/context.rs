//! Where a request came from, in the words of Cognito's threat protection:
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-viewing-threat-protection-app.html>.

use aws_sdk_cognitoidentityprovider::{
    error::BuildError,
    types::{ContextDataType, HttpHeader, UserContextDataType},
};

use crate::model::origin::Origin;

impl Origin {
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
