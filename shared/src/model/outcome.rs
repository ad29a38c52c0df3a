//! Outcome of a request, as the audit line and the metrics count it.

use serde::Serialize;

/// Outcome of a request, the worst last. The name is the name of its metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Outcome {
    /// The request succeeded.
    Succeeded,
    /// Cognito requires another step of the sign-in.
    Challenged,
    /// This service or Cognito rejected the request.
    Refused,
    /// Something that the operator placed in front of the pool rejected the request: a Lambda trigger or a web ACL.
    UpstreamRefusals,
    /// Cognito failed or did not respond.
    UpstreamFailures,
    /// This service failed, or its configuration is wrong. A gradual deployment is rolled back.
    Failures,
}
