//! Lambda runtime glue: from an event to a response, an audit line and a log.
//!
//! This layer depends on all other layers. It contains no code for a single route or for Cognito's API.

// Unit tests link this crate twice, and a program has one allocator.
#[cfg(not(test))]
mod allocator;
mod audit;
pub(crate) mod configuration;
pub(crate) mod event;
pub(crate) mod logging;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod serve;
pub(crate) mod service;
