//! Commands that are run to their end.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::Path,
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
    let output_path = log.with_extension("out");
    let output = File::create(&output_path).map_err(|error| Failure::file(&output_path, error))?;
    command.stdin(Stdio::null()).stdout(output).process_group(0);
    let words = words(command);
    let mut child = command.spawn().map_err(|error| Failure::new(format!("{words}: {error}"), advice))?;
    match supervisor.watching(child.id(), || end(&mut child)) {
        Ok(status) if status.success() => {
            fs::read_to_string(&output_path).map_err(|error| Failure::file(&output_path, error))
        }
        Ok(status) => {
            let advice =
                format!("{advice}\n            All it said: {} and {}", log.display(), output_path.display());
            Err(Failure::new(format!("{words} ({status})"), advice).with_end_of(&[log, &output_path]))
        }
        Err(error) => Err(Failure::new(format!("{words}: {error}"), advice)),
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
