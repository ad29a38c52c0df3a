//! The real binaries, deployed with the real template to the emulator, called over HTTP as a client does.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

mod cross_origin;
mod life;
mod more_deploys;
mod sign_in;
mod stack;
