//! A route: its name, and its part of the contract's table of errors.

use super::error_mapping::ErrorMapping;

/// A route, and its rows in the contract's table of errors.
#[derive(Debug)]
pub struct Route {
    /// The last part of its path, and the name of its function.
    pub name: &'static str,
    /// Start of the sentence for an exception of Cognito that has no sentence of its own.
    pub error_prefix: &'static str,
    /// Start of the sentence for a request that failed without an exception of Cognito.
    pub failure_prefix: &'static str,
    /// Exceptions of Cognito that have their own response on this route.
    pub error_mappings: &'static [ErrorMapping],
}
