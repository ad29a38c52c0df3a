//! Commands that are run to their end, and what is said when one fails.

use std::{
    ffi::OsStr,
    fmt,
    fs::{self, File},
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::supervisor::Supervisor;

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
    /// Something other than a command failed.
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

    /// Adds the last lines of `log`.
    pub fn with_end_of(mut self, log: &Path) -> Self {
        let text = fs::read_to_string(log).unwrap_or_default();
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

/// Runs `command` to its end with its output in `log`, and gives what it wrote to standard output.
///
/// It runs in a process group of its own, which `supervisor` ends when we are told to stop.
///
/// # Errors
///
/// Where the command cannot be started or does not succeed, with `advice`.
pub fn run(
    command: &mut Command,
    log: &Path,
    advice: &str,
    supervisor: &Supervisor,
) -> Result<String, Failure> {
    let output_path = log.with_extension("out");
    let output = File::create(&output_path).map_err(|error| Failure::file(&output_path, error))?;
    let errors = File::create(log).map_err(|error| Failure::file(log, error))?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    let words = words(command);
    let mut child = command.spawn().map_err(|error| Failure::new(format!("{words}: {error}"), advice))?;
    let status = supervisor.watching(child.id(), || child.wait());
    match status {
        Ok(status) if status.success() => {
            fs::read_to_string(&output_path).map_err(|error| Failure::file(&output_path, error))
        }
        Ok(status) => {
            let advice =
                format!("{advice}\n            All it said: {} and {}", log.display(), output_path.display());
            let failure = Failure::new(format!("{words} ({status})"), advice).with_end_of(log);
            Err(if failure.last_lines.is_empty() { failure.with_end_of(&output_path) } else { failure })
        }
        Err(error) => Err(Failure::new(format!("{words}: {error}"), advice)),
    }
}

/// The command as it would be typed.
fn words(command: &Command) -> String {
    let words: Vec<_> =
        [command.get_program()].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
