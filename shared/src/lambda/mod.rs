//! From `main` to the Lambda runtime, and from an event to its answer.
//!
//! It may use every other room. What one route alone does, and how Cognito says things, it never learns.

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
