//! Processor cores: one for the stubs, one for the program that is measured.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Core of the stubs.
pub const STUBS: usize = 0;
/// Core of the program that is measured.
pub const PROGRAM: usize = 1;

/// Moves this thread, and everything that it starts later, to `core`. A machine with fewer cores measures without.
pub fn move_to(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    let _ = sched_setaffinity(None, &set);
}

/// Runs `start` on `core`, so that a process started by it stays there. A launcher such as `taskset` would count as a
/// part of the cold start.
///
/// # Errors
///
/// `start` fails, or the system does not tell the cores of this thread.
pub fn on<T>(core: usize, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = sched_getaffinity(None)?;
    move_to(core);
    let started = start();
    let _ = sched_setaffinity(None, &before);
    started
}
