//! `cargo run -p local`: the API on a developer's machine.
//!
//! By default, the functions run behind a stub of API Gateway, in front of the fake of Cognito. All of it is in this
//! process, except for the functions themselves. `--user-pool` puts a real user pool in the fake's place.
//! `--emulator` deploys the real template to an emulator of AWS instead.

mod code;
mod cognito;
mod console;
mod demo_users;
mod embedded;
mod emulator;
mod failure;
mod functions;
mod gateway;
mod options;
mod pages;
mod reference;
mod shutdown;
mod stack;
mod template;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Command, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.command {
        Some(Command::Code { username, secret }) => code::print(&options, username, secret.as_deref()),
        None => shutdown::on_signals(options.until_stdin_closes)
            .and_then(|()| if options.emulator { emulator::run(&options) } else { embedded::run(&options) }),
    };
    shutdown::run_hooks();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::print(&format!("\n{failure}"));
            ExitCode::FAILURE
        }
    }
}
