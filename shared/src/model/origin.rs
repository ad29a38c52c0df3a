//! Where a request came from.

use std::net::IpAddr;

/// Where a request came from: what Cognito weighs when it looks for stolen passwords.
#[derive(Debug, Default)]
pub struct Origin {
    /// The address that API Gateway saw, never one that a header claims.
    pub source_ip: Option<IpAddr>,
    /// The host name of the API.
    pub server_name: String,
    /// The path that was asked for.
    pub path: String,
    /// The headers, but for those that prove who somebody is.
    pub headers: Vec<(String, String)>,
    /// What Amazon's device-data script collected, where the client sent it.
    pub device_data: Option<String>,
}
