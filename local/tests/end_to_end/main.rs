//! The API over HTTP: the functions' executables behind the gateway of the local stack, in front of the fake Cognito.
//!
//! `SIGN_IN_API_URL=https://... cargo test -p local --test end_to_end smoke` tests a deployed API.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

mod account;
mod cross_origin;
mod fake;
mod hot_reload;
mod http;
mod lifecycle;
mod load;
mod local;
mod mfa_and_sign_up;
mod sign_in;
mod smoke;
mod stack;
mod user_enumeration;
mod user_pool;

/// Options of the stack that the tests use.
const OPTIONS: &[&str] = &[];
