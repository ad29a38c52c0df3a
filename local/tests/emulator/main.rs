//! The API over HTTP, deployed with the real template and `sam deploy` to an emulator of AWS; and the commands of
//! `deploy/` against it. Needs Python 3.10 and package registries: `cargo test -p local --features emulator`.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

#[path = "../end_to_end/account.rs"]
mod account;
#[path = "../end_to_end/cross_origin.rs"]
mod cross_origin;
mod deployment;
mod emulated;
mod federation;
#[path = "../end_to_end/http.rs"]
mod http;
#[path = "../end_to_end/lifecycle.rs"]
mod lifecycle;
#[path = "../end_to_end/load.rs"]
mod load;
#[path = "../end_to_end/local.rs"]
mod local;
#[path = "../end_to_end/mfa_and_sign_up.rs"]
mod mfa_and_sign_up;
mod redeploy;
#[path = "../end_to_end/sign_in.rs"]
mod sign_in;
#[path = "../end_to_end/smoke.rs"]
mod smoke;
#[path = "../end_to_end/stack.rs"]
mod stack;
#[path = "../end_to_end/user_enumeration.rs"]
mod user_enumeration;

/// Options of the stack that the tests use.
const OPTIONS: &[&str] = &["--emulator"];
