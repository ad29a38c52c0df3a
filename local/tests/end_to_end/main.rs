//! The real binaries, deployed with the real template to the emulator, called over HTTP as a client does.

mod cross_origin;
mod sign_in;
mod stack;
