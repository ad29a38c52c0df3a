//! JSON lines on standard output, which hold no secret and no e-mail address.

use std::{error::Error as StdError, io, net::IpAddr, panic};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, registry::Registry};

use crate::error::{Error, causes};

/// Stands where something was that may not be logged.
const BLOT: &str = "\u{2026}";

/// Logs to standard output from now on, and keeps what a panic says out of the log.
///
/// Only this service's own events are written: at their most verbose levels the SDK and the
/// HTTP client write requests and replies, which hold passwords and tokens.
pub(crate) fn start(route_name: &str, level: LevelFilter) {
    let own_events =
        Targets::new().with_target("shared", level).with_target(route_name.replace('-', "_"), level);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(io::stdout);
    // A second start in one process finds the first in place, and leaves it there.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(own_events).with(lines));
    panic::set_hook(Box::new(|panic| {
        // Where it happened, and not what it says: the message may quote a value.
        tracing::error!(location = panic.location().map(tracing::field::display), "panic");
    }));
}

/// What is written down of a request.
pub(crate) struct Entry<'a> {
    pub(crate) route: &'static str,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) lambda_request_id: Option<&'a str>,
    pub(crate) source_ip: Option<IpAddr>,
    pub(crate) cold_start: bool,
    pub(crate) status: u16,
    pub(crate) error: Option<&'a Error>,
}

impl Entry<'_> {
    /// Writes one line on the request, and before it, where it went wrong, one on the cause:
    /// an error where we or Cognito failed, a warning where somebody was locked out.
    pub(crate) fn write(self) {
        let reason = self.error.map(Error::reason);
        if let Some(error) = self.error {
            let (request_id, cause) = (self.request_id, describe(error));
            match reason {
                _ if self.status >= 500 => tracing::error!(request_id, cause, "failed"),
                Some(Error::PASSWORD_ATTEMPTS_EXCEEDED) => tracing::warn!(request_id, cause, "locked out"),
                _ => tracing::debug!(request_id, cause, "refused"),
            }
        }
        tracing::info!(
            route = self.route,
            request_id = self.request_id,
            lambda_request_id = self.lambda_request_id,
            source_ip = self.source_ip.map(tracing::field::display),
            cold_start = self.cold_start,
            status = self.status,
            reason,
            "request"
        );
    }
}

/// Writes a line on an error that the client is not told of.
pub(crate) fn note(error: &Error) {
    let (reason, cause) = (error.reason(), describe(error));
    match error {
        Error::Refused { .. } | Error::Unauthenticated(_) => tracing::info!(reason, cause, "not done"),
        _ => tracing::error!(reason, cause, "not done"),
    }
}

/// An error and its causes, in the words that may be logged.
///
/// Never `Debug`: the SDK's holds the whole reply. What stands between quotes and what looks
/// like an e-mail address is blotted out, since Cognito may repeat what it was sent.
fn describe(error: &(dyn StdError + 'static)) -> String {
    let chain: Vec<String> = causes(error).map(|error| blot_out(&error.to_string())).collect();
    chain.join(": ")
}

fn blot_out(message: &str) -> String {
    let blotted: String = message
        .split(['\'', '"', '`'])
        .enumerate()
        .map(|(index, part)| if index % 2 == 0 { part } else { BLOT })
        .collect();
    let words: Vec<&str> =
        blotted.split_whitespace().map(|word| if word.contains('@') { BLOT } else { word }).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
