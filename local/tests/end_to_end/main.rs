//! The real binaries, deployed with the real template to the emulator, called over HTTP as a client does; and what
//! somebody sees who works on them.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]

mod a_first_day;
mod anywhere;
mod cross_origin;
mod http;
mod life;
mod load;
mod more_deploys;
mod no_oracle;
mod sign_in;
mod stack;
mod steps;
mod working;
