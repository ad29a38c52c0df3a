//! What the person at the terminal reads.

use std::{
    io::{self, Write},
    time::Instant,
};

/// Says one line.
pub fn say(line: &str) {
    // Nobody is left to be told when the terminal is gone.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Says what a step does, runs it, and says how long it took.
///
/// # Errors
///
/// Those of the step.
pub fn step<T, E>(what: &str, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    say(&format!("{what} ..."));
    let start = Instant::now();
    let result = step()?;
    say(&format!("  done in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(result)
}
