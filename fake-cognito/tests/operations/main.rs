//! Operations of the fake Cognito, called without HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up should stop at once"
)]

mod accounts;
mod attributes;
mod federation;
mod global_sign_out;
mod messages;
mod pool;
mod sign_in;
mod triggers;
mod unknown_users;
mod validation;
