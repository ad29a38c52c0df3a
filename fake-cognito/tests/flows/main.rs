//! Whole sign-ins through the functions' executables, in front of one fake of Cognito.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up should stop at once"
)]

mod api;
mod browser;
mod codes;
mod enrolment;
mod events;
mod fault_injection;
mod passkeys;
mod sessions;
mod set_up;
mod sign_up;
mod steps;
mod user_enumeration;
