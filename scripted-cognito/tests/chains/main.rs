//! Whole sign-ins through the functions' real binaries, all of which ask one scripted Cognito.

mod api;
mod codes;
mod enrolment;
mod passkeys;
mod sessions;
mod set_up;
mod sign_up;
mod steps;
