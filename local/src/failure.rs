//! What is said of a step that failed.

use std::{fmt, fs, io, path::Path};

/// How many of a failed command's last lines are shown.
const LAST_LINES: usize = 20;

/// A step that failed: what failed, the end of what it said, and what to do.
#[derive(Debug)]
pub struct Failure {
    what: String,
    last_lines: String,
    advice: String,
}

impl Failure {
    /// Says what failed and what to do.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), last_lines: String::new(), advice: advice.into() }
    }

    /// A file or folder could not be read or written.
    pub fn file(path: &Path, error: io::Error) -> Self {
        Self::new(
            format!("{}: {error}", path.display()),
            "Check that this folder can be written to, and that the disk is not full.",
        )
    }

    /// Adds the last lines of the first of `logs` that has any.
    pub fn with_end_of(mut self, logs: &[&Path]) -> Self {
        let texts = logs.iter().map(|log| fs::read_to_string(log).unwrap_or_default());
        let text = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        self.last_lines = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Failed: {}", self.what)?;
        for line in self.last_lines.lines() {
            writeln!(formatter, "  | {line}")?;
        }
        write!(formatter, "What to do: {}", self.advice)
    }
}
