//! What has to be undone when the command ends: child processes, and the file that describes the stack.

use std::{
    io::{self, Read},
    process,
    sync::{Mutex, PoisonError},
    thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::failure::Failure;

static HOOKS: Mutex<Vec<Box<dyn FnOnce() + Send>>> = Mutex::new(Vec::new());

/// Runs `hook` when the command ends, also by a signal.
pub fn at_exit(hook: impl FnOnce() + Send + 'static) {
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(hook));
}

/// Runs the hooks, the last one first.
pub fn run_hooks() {
    let hooks = std::mem::take(&mut *HOOKS.lock().unwrap_or_else(PoisonError::into_inner));
    for hook in hooks.into_iter().rev() {
        hook();
    }
}

/// Ends the process on SIGINT, SIGTERM and SIGHUP, and at the end of standard input if `until_stdin_closes`.
///
/// # Errors
///
/// Signals cannot be handled.
pub fn on_signals(until_stdin_closes: bool) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
        .map_err(|error| Failure::new(format!("cannot handle signals: {error}"), "Try again."))?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            run_hooks();
            // Ctrl-C is the usual way to end this command.
            process::exit(if signal == SIGINT { 0 } else { 128 + signal });
        }
    });
    if until_stdin_closes {
        thread::spawn(|| {
            let _ = io::stdin().lock().read_to_end(&mut Vec::new());
            run_hooks();
            process::exit(0);
        });
    }
    Ok(())
}
