//! Which processor core does what: the stubs must not take turns with what is measured.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The stubs' core.
pub const STUBS: usize = 0;
/// The core of the function that is measured.
pub const FUNCTIONS: usize = 1;

/// Moves this thread, and all that it starts, to `core`. A machine with fewer cores measures
/// without: less steady, but still right.
pub fn move_to(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    let _ = sched_setaffinity(None, &set);
}

/// Runs `start` on `core`; what it starts stays there. Done from inside, since a launcher such
/// as `taskset` would count as part of a cold start.
///
/// # Errors
///
/// What `start` fails with, or where the system does not say which cores are ours.
pub fn on<T>(core: usize, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = sched_getaffinity(None)?;
    move_to(core);
    let started = start();
    let _ = sched_setaffinity(None, &before);
    started
}
