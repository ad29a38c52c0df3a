//! Where a request came from.

use std::{net::IpAddr, sync::Arc};

use http::HeaderMap;

/// Where a request came from: what Cognito weighs when it looks for stolen passwords.
#[derive(Debug, Default)]
pub struct Origin {
    /// The address that API Gateway saw, or the CloudFront in front of it, never one that a header of the client's
    /// claims.
    pub source_ip: Option<IpAddr>,
    /// The host name of the API.
    pub server_name: String,
    /// The path that was asked for.
    pub path: String,
    /// All that the client sent along, proofs of who they are included.
    pub headers: Arc<HeaderMap>,
}
