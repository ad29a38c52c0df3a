//! What the person at the terminal reads.

use std::{
    io::{self, IsTerminal, Write},
    sync::LazyLock,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The lines that move, of the steps that are being done; there are none where there is no terminal.
static MOVING: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));

/// Whether somebody looks on.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Says one line, or several.
pub fn say(text: &str) {
    MOVING.suspend(|| {
        // Nobody is left to be told when the terminal is gone.
        let _ = writeln!(io::stdout().lock(), "{text}");
    });
}

/// A step that is being done.
#[derive(Debug)]
pub struct Step(ProgressBar);

impl Step {
    /// Shows how far the step has come.
    pub fn shows(&self, progress: String) {
        self.0.set_message(progress);
    }
}

/// Says what a step does, runs it, and says how long it took.
///
/// # Errors
///
/// Those of the step.
pub fn step<T, E>(what: &str, work: impl FnOnce(&Step) -> Result<T, E>) -> Result<T, E> {
    let line = MOVING.add(ProgressBar::new_spinner());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {elapsed}  {wide_msg}") {
        line.set_style(style);
    }
    line.set_prefix(what.to_owned());
    if is_terminal() {
        line.enable_steady_tick(Duration::from_millis(100));
    } else {
        say(&format!("{what} ..."));
    }
    let start = Instant::now();
    let step = Step(line);
    let result = work(&step);
    step.0.finish_and_clear();
    MOVING.remove(&step.0);
    let value = result?;
    say(&format!("{what}: done in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(value)
}
