//! A function's executable as a process under the stub of the Runtime API, with its log, its memory and signals.

use std::{
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt,
    process::Command,
    sync::mpsc::channel,
    thread,
    time::Duration,
};

use lambda_stub::{Invocation, Pending};
use rustix::{
    fs::{MemfdFlags, memfd_create},
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
};
use serde_json::Value;

/// Limit for a response: `Timeout` in `template.yaml`. Lambda kills a function that takes longer.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(15);

/// Variables that every function needs, as the template and Lambda set them.
pub const VARIABLES: [(&str, &str); 7] = [
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
    ("COGNITO_CLIENT_ID", "1example23456789"),
    ("DEFAULT_USER_NAME", "IGAD User"),
    ("TOTP_ISSUER", "IGAD"),
];

/// A running function.
#[derive(Debug)]
pub struct Function {
    function: lambda_stub::Function,
    /// Standard output and standard error, which both go to CloudWatch Logs.
    log: File,
}

impl Function {
    /// Starts `executable` with `variables` in addition to [`VARIABLES`].
    pub fn start(executable: &str, variables: &[(&str, &str)]) -> Self {
        let log = File::from(memfd_create("log", MemfdFlags::CLOEXEC).expect("a file in memory"));
        let mut command = Command::new(executable);
        command
            .env_clear()
            .envs(VARIABLES)
            .envs(variables.iter().copied())
            .stdout(log.try_clone().expect("one more descriptor"))
            .stderr(log.try_clone().expect("one more descriptor"));
        Self { function: lambda_stub::Function::start(&mut command).expect("the function starts"), log }
    }

    /// Queues an event.
    pub fn send(&self, event: String) -> Pending {
        self.function.invoke(Invocation::of(event))
    }

    /// Status and body of the response to an event.
    pub fn call(&self, event: String) -> (u64, Value) {
        response(&self.send(event))
    }

    /// Status and body of the response to an event with this time until its deadline.
    pub fn call_within(&self, event: String, timeout: Duration) -> (u64, Value) {
        response(&self.function.invoke(Invocation { timeout, ..Invocation::of(event) }))
    }

    /// Status and body of a response that the Runtime API rejects with `status`.
    pub fn call_rejected(&self, event: String, status: u16) -> (u64, Value) {
        response(&self.function.invoke(Invocation { status, ..Invocation::of(event) }))
    }

    /// Stops the process, as Lambda freezes it between two invocations.
    pub fn freeze(&self) {
        kill_process(self.id(), Signal::STOP).expect("a live process");
        let options = WaitOptions::UNTRACED;
        waitpid(Some(self.id()), options).expect("a child").expect("a change of its state");
    }

    /// Lets the process run again.
    pub fn thaw(&self) {
        kill_process(self.id(), Signal::CONT).expect("a live process");
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.function.id().try_into().expect("a process id")).expect("a process id")
    }

    /// Everything that the process has written, its audit lines included. What belongs to a response is written before
    /// the response is sent.
    pub fn log(&self) -> String {
        let length = self.log.metadata().expect("a file").len();
        let mut bytes = vec![0; length as usize];
        self.log.read_exact_at(&mut bytes, 0).expect("as long as it was");
        String::from_utf8(bytes).expect("a log is text")
    }

    /// Waits for a process that ends by itself. Returns whether its exit status is 0, and everything that it wrote.
    pub fn end(self) -> (bool, String) {
        let (ended, end) = channel();
        thread::spawn({
            let process = self.id();
            move || ended.send(waitpid(Some(process), WaitOptions::empty()))
        });
        let status = end.recv_timeout(FUNCTION_TIMEOUT).expect("a process that ends by itself");
        let (_, status) = status.expect("a child").expect("its end");
        (status.exit_status() == Some(0), self.log())
    }

    /// Resident memory of the process, in bytes.
    pub fn memory(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.function.id())).expect("a live process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line on memory");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Whether the writable memory of the process contains `text`. Memory that cannot be read is a failure of the test.
    pub fn memory_contains(&self, text: &str) -> bool {
        // A running process may return memory to the system between the two readings.
        self.freeze();
        let process = format!("/proc/{}", self.function.id());
        let memory = File::open(format!("{process}/mem")).expect("a live process of ours");
        let regions = fs::read_to_string(format!("{process}/maps")).expect("a live process");
        let is_found = regions.lines().filter_map(writable).any(|region| {
            let bytes = read(&memory, &region);
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        });
        self.thaw();
        is_found
    }

    /// Number of files and connections that the process has open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.function.id())).expect("a live process").count()
    }
}

/// Status and body of a response, which must arrive within the function's timeout.
pub fn response(pending: &Pending) -> (u64, Value) {
    let completed = pending.wait(FUNCTION_TIMEOUT).expect("a response within the timeout");
    let response = completed.result.expect("the function does not fail");
    let body = response["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    (response["statusCode"].as_u64().unwrap_or_default(), body)
}

/// Content of `region`.
fn read(memory: &File, region: &Range<u64>) -> Vec<u8> {
    let mut bytes = vec![0; (region.end - region.start) as usize];
    memory
        .read_exact_at(&mut bytes, region.start)
        .unwrap_or_else(|error| panic!("the memory at {region:x?} cannot be read: {error}"));
    bytes
}

/// Address range of a line of `/proc/<process>/maps`. `None` for memory that is not writable.
fn writable(line: &str) -> Option<Range<u64>> {
    let (addresses, rest) = line.split_once(' ')?;
    let (start, end) = addresses.split_once('-')?;
    let address = |digits| u64::from_str_radix(digits, 16).ok();
    rest.starts_with("rw").then_some(address(start)?..address(end)?)
}

#[cfg(test)]
mod tests;
