//! Commands that are run to their end.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
};

use crate::{failure::Failure, supervisor::Supervisor};

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
    let errors = File::create(log).map_err(|error| Failure::file(log, error))?;
    command.stderr(errors);
    run_until(command, log, advice, supervisor, Child::wait)
}

/// Runs a command as [`run`] does, and shows `reads` each line that it writes to standard error, also
/// one that it will write over. Those that `reads` says it has used do not go to `log`.
///
/// # Errors
///
/// Where the command cannot be started or does not succeed, with `advice`.
pub fn run_read(
    command: &mut Command,
    log: &Path,
    advice: &str,
    supervisor: &Supervisor,
    reads: impl FnMut(&str) -> bool,
) -> Result<String, Failure> {
    let errors = File::create(log).map_err(|error| Failure::file(log, error))?;
    command.stderr(Stdio::piped());
    run_until(command, log, advice, supervisor, |child| {
        if let Some(stderr) = child.stderr.take() {
            pass_on(stderr, errors, reads)?;
        }
        child.wait()
    })
}

fn run_until(
    command: &mut Command,
    log: &Path,
    advice: &str,
    supervisor: &Supervisor,
    end: impl FnOnce(&mut Child) -> io::Result<ExitStatus>,
) -> Result<String, Failure> {
    Started::start(command.stdin(Stdio::null()), log, advice)?.until(supervisor, end)
}

/// A command that runs.
#[derive(Debug)]
struct Started {
    child: Child,
    /// The command as it would be typed.
    words: String,
    log: PathBuf,
    output: PathBuf,
    advice: String,
}

impl Started {
    /// Starts `command`, whose standard error is in `log` or is read otherwise.
    fn start(command: &mut Command, log: &Path, advice: &str) -> Result<Self, Failure> {
        let output = log.with_extension("out");
        command
            .stdout(File::create(&output).map_err(|error| Failure::file(&output, error))?)
            .process_group(0);
        let words = words(command);
        let child = command.spawn().map_err(|error| Failure::new(format!("{words}: {error}"), advice))?;
        Ok(Self { child, words, log: log.to_owned(), output, advice: advice.to_owned() })
    }

    /// What it has written to standard output, once it has come to its `end`.
    fn until(
        self,
        supervisor: &Supervisor,
        end: impl FnOnce(&mut Child) -> io::Result<ExitStatus>,
    ) -> Result<String, Failure> {
        let Self { mut child, words, log, output, advice } = self;
        match supervisor.watching(child.id(), || end(&mut child)) {
            Ok(status) if status.success() => {
                fs::read_to_string(&output).map_err(|error| Failure::file(&output, error))
            }
            Ok(status) => {
                let advice =
                    format!("{advice}\n            All it said: {} and {}", log.display(), output.display());
                Err(Failure::new(format!("{words} ({status})"), advice).with_end_of(&[&log, &output]))
            }
            Err(error) => Err(Failure::new(format!("{words}: {error}"), advice)),
        }
    }
}

/// A program that gets ready, and then waits to be told what to do: `local/python/told.py`.
#[derive(Debug)]
pub struct Waiting(Started);

impl Waiting {
    /// Starts `command` with its output in `log`, and does not wait for it. Where we end before it is told anything,
    /// it does so too.
    ///
    /// # Errors
    ///
    /// Where the command cannot be started.
    pub fn start(
        command: &mut Command,
        log: &Path,
        advice: &str,
        supervisor: &Supervisor,
    ) -> Result<Self, Failure> {
        let errors = File::create(log).map_err(|error| Failure::file(log, error))?;
        let started = Started::start(command.stdin(Stdio::piped()).stderr(errors), log, advice)?;
        supervisor.watch(started.child.id());
        Ok(Self(started))
    }

    /// Tells the program its arguments, waits for its end, and gives what it wrote to standard output.
    ///
    /// # Errors
    ///
    /// Where the program does not succeed.
    pub fn tell(
        self,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        supervisor: &Supervisor,
    ) -> Result<String, Failure> {
        let told: Vec<String> = arguments.into_iter().map(Into::into).collect();
        self.0.until(supervisor, |child| {
            if let Some(mut stdin) = child.stdin.take() {
                serde_json::to_writer(&mut stdin, &told).or_else(|error| {
                    // Of a program that has ended already, the end says more.
                    if error.is_io() { Ok(()) } else { Err(error) }
                })?;
            }
            child.wait()
        })
    }
}

/// Passes on to `log` each line that `reads` has no use for.
fn pass_on(stderr: ChildStderr, mut log: File, mut reads: impl FnMut(&str) -> bool) -> io::Result<()> {
    let mut line = Vec::new();
    for byte in BufReader::new(stderr).bytes() {
        let byte = byte?;
        line.push(byte);
        if byte == b'\n' || byte == b'\r' {
            if !reads(&String::from_utf8_lossy(&line)) {
                log.write_all(&line)?;
            }
            line.clear();
        }
    }
    log.write_all(&line)
}

/// The command as it would be typed.
fn words(command: &Command) -> String {
    let words: Vec<_> =
        [command.get_program()].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
