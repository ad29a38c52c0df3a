//! Log of JSON lines on standard output, without secrets and email addresses.

use std::{error::Error as StdError, io, panic};

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, layer::SubscriberExt, registry::Registry};

use super::response::ErrorResponse;
use crate::model::{
    error::{Error, SafeMessage, causes},
    exception::Subject,
    outcome::Outcome,
};

/// Replacement for text that must not be logged.
const REDACTED: &str = "\u{2026}";

/// Starts the log on standard output, and logs panics without their messages.
///
/// Only this service's own events and errors of the Lambda runtime are written: at their most verbose levels the SDK
/// and the HTTP client write requests and responses, which contain passwords and tokens.
pub(crate) fn start(route_name: &str, level: LevelFilter) {
    // Fails if the process has a subscriber already, which then stays.
    let _ = tracing::subscriber::set_global_default(subscriber(route_name, level, io::stdout));
    panic::set_hook(Box::new(|panic| {
        // Not the message, which may quote a value.
        tracing::error!(location = panic.location().map(tracing::field::display), "panic");
    }));
}

/// Subscriber that writes this service's own events, down to `level`, and errors of the Lambda runtime as JSON lines.
pub fn subscriber<W>(route_name: &str, level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let events = Targets::new()
        .with_target("shared", level)
        .with_target(route_name.replace('-', "_"), level)
        // TRACE events of the runtime contain payloads. ERROR events do not, as of lambda_runtime 1.5.0.
        .with_target("lambda_runtime", level.min(LevelFilter::ERROR))
        // Events of this module may quote the message of a panic.
        .with_target("lambda_runtime::runtime", LevelFilter::OFF);
    Registry::default()
        .with(events)
        .with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer))
}

/// Logs why a request was not successful, if that says more than its audit line: an error if Cognito or this service
/// failed, a warning if a user was locked out or only the operator can act on the cause.
pub(crate) fn log_error(error: &Error, response: &ErrorResponse, request_id: Option<&str>) {
    let (reason, cause) = (error.reason(), describe(error));
    if response.outcome >= Outcome::UpstreamFailures {
        tracing::error!(request_id, reason, cause, "failed");
    } else if reason == Error::PASSWORD_ATTEMPTS_EXCEEDED {
        tracing::warn!(request_id, reason, cause, "locked out");
    } else if response.logs_cause
        || response.outcome == Outcome::UpstreamRefusals
        || matches!(error, Error::Cognito { subject: Subject::UserMigration, .. })
    {
        tracing::warn!(request_id, reason, cause, "refused");
    } else {
        tracing::debug!(request_id, reason, cause, "refused");
    }
}

/// Logs an error that the response hides from the client.
pub(crate) fn log_suppressed(error: &Error, response: &ErrorResponse, request_id: Option<&str>) {
    let (reason, cause) = (error.reason(), describe(error));
    if response.outcome >= Outcome::UpstreamFailures {
        tracing::error!(request_id, reason, cause, "suppressed");
    } else if response.outcome == Outcome::UpstreamRefusals || error.has_unknown_message() {
        tracing::warn!(request_id, reason, cause, "suppressed");
    } else {
        tracing::info!(request_id, reason, cause, "suppressed");
    }
}

/// Messages of an error and its causes, redacted for the log.
///
/// Uses `Display` alone, since the SDK's `Debug` contains the whole response. Only [`SafeMessage`] is not redacted:
/// other messages may quote a request.
fn describe(error: &(dyn StdError + 'static)) -> String {
    let message = |error: &(dyn StdError + 'static)| {
        if error.is::<SafeMessage>() { error.to_string() } else { redact(&error.to_string()) }
    };
    causes(error).map(message).collect::<Vec<_>>().join(": ")
}

/// Replaces quoted text, words with an `@`, and the text of a Lambda trigger, which may name the user. Quoted text
/// extends from the first quotation mark to the last, since a value may contain some, or to the end of the message.
fn redact(message: &str) -> String {
    let message = without_trigger_text(message);
    let quotes = ['\'', '"', '`'];
    let redacted = match (message.find(quotes), message.rfind(quotes)) {
        (Some(first), Some(last)) if first < last => {
            [&message[..first], REDACTED, &message[last + 1..]].concat()
        }
        (Some(first), _) => [&message[..first], REDACTED].concat(),
        _ => message,
    };
    let words: Vec<&str> =
        redacted.split_whitespace().map(|word| if word.contains('@') { REDACTED } else { word }).collect();
    words.join(" ")
}

/// Replaces the trigger's own text in `message`, which starts after the first of Cognito's phrases for it, or else
/// after the exception's name.
fn without_trigger_text(message: &str) -> String {
    let words = ["failed with error", "due to error"];
    let names =
        ["UserLambdaValidationException", "UnexpectedLambdaException", "InvalidLambdaResponseException"];
    let lower_case = message.to_ascii_lowercase();
    let end = |text: &str, marker: &&str| Some(text.find(*marker)? + marker.len());
    let after_words = words.iter().filter_map(|marker| end(&lower_case, marker)).min();
    let after_name = || names.iter().filter_map(|marker| end(message, marker)).min();
    match after_words.or_else(after_name) {
        Some(end) if end < message.len() => format!("{} {REDACTED}", &message[..end]),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
