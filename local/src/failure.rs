//! Errors for the user of the command.

use std::{fmt, io, path::Path};

/// Error of the command, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    what: String,
    advice: String,
}

impl Failure {
    /// An error, with advice.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }

    /// A failed build. Cargo has shown its errors.
    pub fn build(error: io::Error) -> Self {
        Self::new(
            error.to_string(),
            "Fix the errors above. Without Cargo: install Rust from https://rustup.rs.",
        )
    }

    /// A file or folder that cannot be read or written.
    pub fn file(path: &Path, error: io::Error) -> Self {
        Self::new(
            format!("{}: {error}", path.display()),
            "Check the permissions of this folder and the free disk space.",
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Error: {}\n{}", self.what, self.advice)
    }
}
