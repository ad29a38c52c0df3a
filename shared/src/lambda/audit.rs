//! Audit line of a request: route, user, outcome and reason.
//!
//! The line also contains metrics in CloudWatch's embedded metric format, which CloudWatch extracts from the log:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_types::{DateTime, date_time::Format};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::model::{error::Error, outcome::Outcome, username::Username};

/// Metric for rejected passwords, codes, sessions and refresh tokens, in addition to the outcome's metric. `Refused` is
/// no signal for an attack: any client can cause many rejections without guessing a password.
const REFUSED_CREDENTIALS: &str = "RefusedCredentials";

/// Keyed hash of usernames, which correlates a user's requests without identifying the user.
#[derive(Debug)]
pub(crate) struct UsernameHash(Option<hmac::Key>);

impl UsernameHash {
    /// Without a key, there is no hash: usernames can be guessed from an unkeyed one.
    pub(crate) fn new(key: Option<&SecretString>) -> Self {
        Self(key.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes())))
    }

    /// First half of the HMAC-SHA-256 of the lowercase username, in hexadecimal.
    pub(crate) fn of(&self, username: &Username) -> Option<String> {
        let key = self.0.as_ref()?;
        let tag = hmac::sign(key, username.as_str().to_lowercase().as_bytes());
        Some(tag.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Audit line of a request. JSON escapes the text from the client.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// Time in RFC 3339. Lambda treats a line without it as INFO, whatever its level:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>.
    #[serde(serialize_with = "rfc_3339")]
    pub(crate) timestamp: SystemTime,
    pub(crate) level: &'static str,
    pub(crate) message: &'static str,
    #[serde(rename = "Route")]
    pub(crate) route: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    /// Event for other services, such as `account-deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<&'static str>,
    /// Challenge that the request answers.
    #[serde(rename = "answers", skip_serializing_if = "Option::is_none")]
    pub(crate) answered_challenge: Option<&'static str>,
    /// Challenge in the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) challenge: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// User's ID in the pool. It correlates the requests of a sign-in, whose usernames may differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<&'a str>,
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
    /// Time that the request spent in calls to Cognito.
    #[serde(rename = "cognito_ms", serialize_with = "milliseconds")]
    pub(crate) cognito_latency: Duration,
    #[serde(flatten)]
    pub(crate) metrics: Metrics<'a>,
}

/// `"<metric>": 1` for each metric of the request, and the declaration of these metrics.
#[derive(Debug)]
pub(crate) struct Metrics<'a> {
    namespace: &'a str,
    names: &'static [&'static str],
}

impl<'a> Metrics<'a> {
    /// Metrics for `outcome` in `namespace`. `error` is the error in the response.
    pub(crate) fn of(outcome: Outcome, error: Option<&Error>, namespace: &'a str) -> Self {
        let names: &[&str] = match outcome {
            Outcome::Succeeded => &["Succeeded"],
            Outcome::Challenged => &["Challenged"],
            Outcome::Refused if error.is_some_and(Error::is_credential_rejection) => {
                &["Refused", REFUSED_CREDENTIALS]
            }
            Outcome::Refused => &["Refused"],
            Outcome::UpstreamRefusals => &["UpstreamRefusals"],
            Outcome::UpstreamFailures => &["UpstreamFailures"],
            Outcome::Failures => &["Failures"],
        };
        Self { namespace, names }
    }
}

impl Serialize for Metrics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.names.len() + 1))?;
        for name in self.names {
            members.serialize_entry(name, &1)?;
        }
        members.serialize_entry("_aws", &Declaration::of(self))?;
        members.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Declaration<'a> {
    timestamp: u128,
    cloud_watch_metrics: [MetricDirective<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDirective<'a> {
    namespace: &'a str,
    dimensions: [&'static [&'static str]; 2],
    metrics: Vec<MetricDefinition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDefinition {
    name: &'static str,
    unit: &'static str,
}

impl<'a> Declaration<'a> {
    fn of(metrics: &Metrics<'a>) -> Self {
        let definition = |name: &&'static str| MetricDefinition { name, unit: "Count" };
        Self {
            timestamp: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
            cloud_watch_metrics: [MetricDirective {
                namespace: metrics.namespace,
                // For each route and for all routes, since an attacker may change the route.
                dimensions: [&["Route"], &[]],
                metrics: metrics.names.iter().map(definition).collect(),
            }],
        }
    }
}

impl Line<'_> {
    /// Serializes the line, without a line break.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Log level of the audit line.
pub(crate) fn level(outcome: Outcome, reason: Option<&str>) -> &'static str {
    match outcome {
        Outcome::UpstreamFailures | Outcome::Failures => "ERROR",
        Outcome::UpstreamRefusals => "WARN",
        _ if reason == Some(Error::PASSWORD_ATTEMPTS_EXCEEDED) => "WARN",
        _ => "INFO",
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(duration.as_millis())
}

fn rfc_3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = DateTime::from(*time).fmt(Format::DateTime).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&time)
}
