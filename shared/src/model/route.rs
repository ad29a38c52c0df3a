//! Routes.

use super::error_mapping::ErrorMapping;

/// Name of a route, and its responses to errors.
#[derive(Debug)]
pub struct Route {
    /// Last segment of the route's path, and name of its function.
    pub name: &'static str,
    /// Prefix of the message for an exception of Cognito without a message of its own.
    pub error_prefix: &'static str,
    /// Prefix of the message for a request that failed without an exception of Cognito.
    pub failure_prefix: &'static str,
    /// Responses of this route to exceptions of Cognito. They override the common ones.
    pub error_mappings: &'static [ErrorMapping],
}
