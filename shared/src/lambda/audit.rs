//! One line for each request: who tried what, and what came of it.
//!
//! The line is also a metric, in CloudWatch's embedded metric format, which Lambda's log group
//! counts without a call: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_http::http::StatusCode;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::model::{error::Error, username::Username};

const NAMESPACE: &str = "SignIn";

/// What a request led to, counted under the name of its variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Outcome {
    /// It did what it was asked.
    Succeeded,
    /// Cognito wants another step first.
    Challenged,
    /// We or Cognito said no.
    Refused,
    /// Cognito failed, or was not there.
    UpstreamFailures,
    /// We failed.
    Failures,
}

impl Outcome {
    /// What `error`, which is answered with `status`, counts as.
    pub(crate) fn of(error: &Error, status: StatusCode) -> Self {
        match error {
            Error::Panicked | Error::Internal(_) | Error::UnsupportedChallenge(_) => Self::Failures,
            _ if status.is_server_error() => Self::UpstreamFailures,
            _ => Self::Refused,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Challenged => "Challenged",
            Self::Refused => "Refused",
            Self::UpstreamFailures => "UpstreamFailures",
            Self::Failures => "Failures",
        }
    }
}

/// Hashes user names, so that one person's attempts can be found without knowing who they are.
#[derive(Debug)]
pub(crate) struct UsernameHash(Option<hmac::Key>);

impl UsernameHash {
    /// Without a key there is no hash either: one without a key can be undone by guessing.
    pub(crate) fn new(key: Option<&SecretString>) -> Self {
        Self(key.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes())))
    }

    /// Half of an HMAC-SHA-256 of the name without case, in hexadecimal digits.
    pub(crate) fn of(&self, username: &Username) -> Option<String> {
        let key = self.0.as_ref()?;
        let tag = hmac::sign(key, username.as_str().to_lowercase().as_bytes());
        Some(tag.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// What is written down of a request. Text that the client sent is in strings, which JSON escapes.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) message: &'static str,
    #[serde(rename = "Route")]
    pub(crate) route: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) username_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    pub(crate) lambda_request_id: &'a str,
    pub(crate) cold_start: bool,
    #[serde(rename = "cognito_ms", serialize_with = "milliseconds")]
    pub(crate) cognito_latency: Duration,
}

/// The line with what makes it a metric.
#[derive(Serialize)]
struct WithMetric<'a> {
    level: &'static str,
    #[serde(flatten)]
    line: &'a Line<'a>,
    #[serde(flatten)]
    metric: Metric,
}

/// `"<outcome>": 1` and the declaration that this member is a metric.
struct Metric {
    outcome: Outcome,
    has_reason: bool,
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = self.outcome.name();
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry(name, &1)?;
        members.serialize_entry("_aws", &Declaration::of(name, self.has_reason))?;
        members.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Declaration {
    timestamp: u128,
    cloud_watch_metrics: [MetricDirective; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDirective {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: [MetricDefinition; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDefinition {
    name: &'static str,
    unit: &'static str,
}

impl Declaration {
    fn of(name: &'static str, has_reason: bool) -> Self {
        Self {
            timestamp: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
            cloud_watch_metrics: [MetricDirective {
                namespace: NAMESPACE,
                dimensions: if has_reason { &[&["Route"], &["Route", "reason"]] } else { &[&["Route"]] },
                metrics: [MetricDefinition { name, unit: "Count" }],
            }],
        }
    }
}

impl Line<'_> {
    /// The line as JSON, without a line break.
    pub(crate) fn to_json(&self) -> String {
        let level = match self.outcome {
            Outcome::UpstreamFailures | Outcome::Failures => "ERROR",
            _ if self.reason == Some(Error::PASSWORD_ATTEMPTS_EXCEEDED) => "WARN",
            _ => "INFO",
        };
        let metric = Metric { outcome: self.outcome, has_reason: self.reason.is_some() };
        let with_metric = WithMetric { level, line: self, metric };
        serde_json::to_string(&with_metric).unwrap_or_default()
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(duration.as_millis())
}
