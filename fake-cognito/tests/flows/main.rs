//! Sign-ins through the functions' executables in front of the fake Cognito.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up should stop at once"
)]

mod account;
mod api;
mod browser;
mod codes;
mod enrolment;
mod events;
mod fault_injection;
mod federation;
mod passkeys;
mod sessions;
mod sign_up;
mod steps;
mod totp_setup;
mod user_enumeration;
