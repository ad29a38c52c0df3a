//! One start of a program under the stub of the Runtime API.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use lambda_stub::{Completed, Function, Invocation, Pending};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use test_support::process::VARIABLES;

use crate::{core, programs::Program};

/// Limit for a response; a program under valgrind is slow.
const LIMIT: Duration = Duration::from_secs(120);

/// Invocations after the first one of a start.
const WARM: usize = 200;

/// What a program is started with.
#[derive(Debug)]
pub struct Setup<'a> {
    /// Folder of the benchmark's files.
    pub folder: &'a Path,
    /// URL of the Cognito double.
    pub endpoint: &'a str,
    /// Event of every invocation.
    pub event: &'a str,
}

impl Setup<'_> {
    /// Measures one start of `program` and the invocations after it.
    ///
    /// # Errors
    ///
    /// The program does not start, or returns something else than 200.
    pub fn measure(&self, program: &Program) -> io::Result<Value> {
        let mut command = Command::new(&program.executable);
        self.run(program, command.args(program.arguments), WARM).map(|(_, measured)| measured)
    }

    /// Counts instructions with valgrind: those until the first response, and those of a later invocation. `None`
    /// without valgrind, and for an interpreter.
    ///
    /// # Errors
    ///
    /// The program does not run under valgrind.
    pub fn count_instructions(&self, program: &Program) -> io::Result<Option<(u64, u64)>> {
        let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
        if !has_valgrind || !program.arguments.is_empty() {
            return Ok(None);
        }
        let count = |warm| {
            let file = self.folder.join("callgrind.out");
            let mut command = Command::new("valgrind");
            command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display()));
            let (mut function, _) = self.run(program, command.arg(&program.executable), warm)?;
            // Valgrind writes its counts when the process is asked to end, not when it is killed.
            let process = Pid::from_raw(function.id().cast_signed()).ok_or(io::ErrorKind::NotFound)?;
            kill_process(process, Signal::TERM)?;
            function.process().wait()?;
            total(&fs::read_to_string(file)?).ok_or_else(|| io::Error::other("valgrind wrote no total"))
        };
        let (cold, all) = (count(0)?, count(100)?);
        Ok(Some((cold, all.saturating_sub(cold) / 100)))
    }

    /// Starts `command`, invokes it once and then `warm` times. The process still runs afterwards.
    fn run(&self, program: &Program, command: &mut Command, warm: usize) -> io::Result<(Function, Value)> {
        let roots = program.roots.file(self.folder);
        command
            .current_dir(&program.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(VARIABLES)
            // Lambda sets this too, and boto3 reads it.
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL", self.endpoint)
            .env("SSL_CERT_FILE", &roots)
            .env("AWS_CA_BUNDLE", &roots)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut started = Instant::now();
        let function = Function::start_with(command, |command| {
            core::on(core::PROGRAM, || {
                started = Instant::now();
                command.spawn()
            })
        })?;
        let invoke = || function.invoke(Invocation { timeout: LIMIT, ..Invocation::of(self.event) });
        // Queued before the program asks for it, so that it does not wait for this thread.
        let first = completed(&invoke())?;
        let ready = next_poll(&function)?;
        next_poll(&function)?;
        let cold_cpu = cpu_time(function.id())?;

        let pending: Vec<_> = (0..warm).map(|_| invoke()).collect();
        let mut latencies = Vec::with_capacity(warm);
        for pending in &pending {
            let completed = completed(pending)?;
            latencies.push(micros(completed.received - completed.sent));
            next_poll(&function)?;
        }
        let measured = json!({
            "program": program.name,
            "init_us": micros(ready - started),
            "first_response_us": micros(first.received - started),
            "first_invocation_us": micros(first.received - first.sent),
            "cold_cpu_us": cold_cpu,
            "warm_us": latencies,
            "warm_cpu_us": cpu_time(function.id())?.saturating_sub(cold_cpu),
            "peak_memory_bytes": peak_memory(function.id())?,
        });
        Ok((function, measured))
    }
}

/// Result of an invocation, which must be a success: an error takes another path through the program.
fn completed(pending: &Pending) -> io::Result<Completed> {
    let completed = pending.wait(LIMIT).ok_or(io::ErrorKind::TimedOut)?;
    match &completed.result {
        Ok(response) if response["statusCode"] == 200 => Ok(completed),
        Ok(result) | Err(result) => Err(io::Error::other(format!("the response is not 200: {result}"))),
    }
}

fn next_poll(function: &Function) -> io::Result<Instant> {
    function.next_poll(LIMIT).ok_or_else(|| io::ErrorKind::TimedOut.into())
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}

/// CPU time of the threads of a process, in microseconds. Threads that ended are missing.
fn cpu_time(process: u32) -> io::Result<u64> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let Ok(statistics) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanoseconds += statistics.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(nanoseconds / 1_000)
}

/// Largest resident memory of a process so far.
fn peak_memory(process: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .map(|kilobytes: u64| kilobytes * 1024)
        .ok_or_else(|| io::Error::other("no VmHWM in the status of the process"))
}

/// Total of a file that callgrind wrote.
fn total(file: &str) -> Option<u64> {
    let line =
        file.lines().find_map(|line| line.strip_prefix("totals:").or(line.strip_prefix("summary:")))?;
    line.trim().parse().ok()
}
