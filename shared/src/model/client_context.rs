//! Client and address of a request.

use std::{net::IpAddr, sync::Arc};

use http::HeaderMap;

/// Client and address of a request, for Cognito's threat protection.
#[derive(Debug, Default)]
pub struct ClientContext {
    /// Client's address as API Gateway or the CloudFront distribution saw it, never from a header of the client.
    pub source_ip: Option<IpAddr>,
    /// Host name of the API.
    pub server_name: String,
    /// Path of the request.
    pub path: String,
    /// All headers of the request, including credentials.
    pub headers: Arc<HeaderMap>,
}
