//! Sees to it that nothing is left behind, however this command ends.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read},
    path::PathBuf,
    process,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::failure::Failure;

/// Knows the process groups that were started, and ends them when we are told to stop.
#[derive(Debug, Clone)]
pub struct Supervisor {
    groups: Arc<Mutex<BTreeSet<u32>>>,
    stack_file: Option<PathBuf>,
}

impl Supervisor {
    /// Watches for SIGINT (Ctrl-C), SIGTERM and SIGHUP, and for the end of standard input where asked to.
    ///
    /// `stack_file` goes when we end: it says that the API is there.
    ///
    /// # Errors
    ///
    /// Where the system does not let us watch for signals.
    pub fn start(stack_file: Option<PathBuf>, until_stdin_closes: bool) -> Result<Self, Failure> {
        let supervisor = Self { groups: Arc::default(), stack_file };
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
            .map_err(|error| Failure::new(format!("cannot watch for signals: {error}"), "Try again."))?;
        let on_signal = supervisor.clone();
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                on_signal.clean_up();
                // Ctrl-C is how this command is meant to end.
                process::exit(if signal == SIGINT { 0 } else { 128 + signal });
            }
        });
        if until_stdin_closes {
            let on_end = supervisor.clone();
            thread::spawn(move || {
                let _ = io::stdin().lock().read_to_end(&mut Vec::new());
                on_end.clean_up();
                process::exit(0);
            });
        }
        Ok(supervisor)
    }

    /// Runs `wait`, which ends when the leader of the process group `group` does, and ends what
    /// is left of the group.
    pub fn watching<T>(&self, group: u32, wait: impl FnOnce() -> T) -> T {
        self.watch(group);
        let result = wait();
        end(group);
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
        result
    }

    /// Ends the process group `group` when we end.
    pub fn watch(&self, group: u32) {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).insert(group);
    }

    /// Ends every process group, and removes the file that says that the API is there.
    pub fn clean_up(&self) {
        for group in self.groups.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            end(*group);
        }
        // It is not there unless all was ready.
        let _ = self.stack_file.as_ref().map(fs::remove_file);
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The threads hold clones; the last thing that `main` drops is its own.
        if Arc::strong_count(&self.groups) > 1 {
            self.clean_up();
        }
    }
}

/// Kills a process group outright: the emulator keeps nothing that is worth a farewell.
fn end(group: u32) {
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // There is no such group when all its processes have ended.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
