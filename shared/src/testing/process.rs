//! A function's real binary, run as Lambda runs it: under the Runtime API, with its environment.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    ops::Range,
    os::unix::fs::FileExt,
    process::{Child, Command},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::{MemfdFlags, memfd_create},
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
};
use serde_json::Value;

use super::endpoint::{self, Arrived};

/// How long Lambda lets a function run (`Timeout` in `template.yaml`). A function that has not
/// answered by then has failed.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(15);

/// A running function.
#[derive(Debug)]
pub struct Function {
    process: Child,
    /// What it writes to its standard output.
    log: File,
    events: Sender<Invocation>,
    answers: Answers,
}

/// What Lambda tells a function of a request.
#[derive(Debug)]
struct Invocation {
    id: String,
    event: String,
    time_out: Duration,
}

/// Where the answer to each request goes, by the request's id, and the status of the Runtime API's response to it.
type Answers = Arc<Mutex<HashMap<String, (Sender<Value>, u16)>>>;

/// Status of the Runtime API for an answer that it accepts.
const ACCEPTED: u16 = 202;

/// An invocation whose answer is awaited.
#[derive(Debug)]
pub struct Pending(Receiver<Value>);

impl Function {
    /// Starts `binary` with `variables` over those that Lambda and the template set.
    pub fn start(binary: &str, variables: &[(&str, &str)]) -> Self {
        let log = File::from(memfd_create("log", MemfdFlags::CLOEXEC).expect("a file in memory"));
        let runtime_api = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = runtime_api.local_addr().expect("an address").to_string();
        let (events, queue) = channel();
        let answers = Answers::default();
        let process = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEfGhI")
            .env("COGNITO_CLIENT_ID", "1example23456789")
            .envs(variables.iter().copied())
            .stdout(log.try_clone().expect("one more descriptor"))
            .spawn()
            .expect("the function starts");
        let queue = Arc::new(Mutex::new(queue));
        thread::spawn({
            let answers = Arc::clone(&answers);
            move || {
                for connection in runtime_api.incoming().flatten() {
                    let (queue, answers) = (Arc::clone(&queue), Arc::clone(&answers));
                    thread::spawn(move || serve(connection, &queue, &answers));
                }
            }
        });
        Self { process, log, events, answers }
    }

    /// Sends an event.
    pub fn send(&self, event: String) -> Pending {
        self.send_within(event, FUNCTION_TIMEOUT, ACCEPTED)
    }

    fn send_within(&self, event: String, time_out: Duration, status: u16) -> Pending {
        let (answer, pending) = channel();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("request-{}", answers.len());
        answers.insert(id.clone(), (answer, status));
        self.events.send(Invocation { id, event, time_out }).expect("the Runtime API runs");
        Pending(pending)
    }

    /// Sends an event, and awaits the answer.
    pub fn call(&self, event: String) -> (u64, Value) {
        self.send(event).answer()
    }

    /// Sends an event after which Lambda says to kill the function in `time_out`, though here nobody does, and awaits
    /// the answer.
    pub fn call_within(&self, event: String, time_out: Duration) -> (u64, Value) {
        self.send_within(event, time_out, ACCEPTED).answer()
    }

    /// Sends an event, and returns the answer that the Runtime API rejects with `status`.
    pub fn call_rejected(&self, event: String, status: u16) -> (u64, Value) {
        self.send_within(event, FUNCTION_TIMEOUT, status).answer()
    }

    /// Stops the process as Lambda freezes it between two requests: it does not run, and is told nothing.
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
        Pid::from_child(&self.process)
    }

    /// All that the process wrote so far, its audit lines among it. What belongs to an answer is
    /// written before the answer is given.
    pub fn log(&self) -> String {
        let length = self.log.metadata().expect("a file").len();
        let mut bytes = vec![0; length as usize];
        self.log.read_exact_at(&mut bytes, 0).expect("as long as it was");
        String::from_utf8(bytes).expect("a log is text")
    }

    /// Waits for the end of a process that ends by itself. Gives whether it was content, and all that it wrote.
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

    /// The memory that the process holds, in bytes.
    pub fn memory(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a live process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line on memory");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Whether `text` is anywhere in the memory that the process can write to. All of that must be read: what was
    /// not looked at is not forgotten.
    pub fn remembers(&self, text: &str) -> bool {
        // A process that runs may give memory back between the two readings.
        self.freeze();
        let process = format!("/proc/{}", self.process.id());
        let memory = File::open(format!("{process}/mem")).expect("a live process of ours");
        let regions = fs::read_to_string(format!("{process}/maps")).expect("a live process");
        let is_there = regions.lines().filter_map(writable).any(|region| {
            let bytes = read(&memory, &region);
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        });
        self.thaw();
        is_there
    }

    /// How many files and connections the process has open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id())).expect("a live process").count()
    }
}

/// All of `region`.
fn read(memory: &File, region: &Range<u64>) -> Vec<u8> {
    let mut bytes = vec![0; (region.end - region.start) as usize];
    memory
        .read_exact_at(&mut bytes, region.start)
        .unwrap_or_else(|error| panic!("the memory at {region:x?} cannot be read: {error}"));
    bytes
}

/// The addresses of a line of `/proc/<process>/maps`, where it is of memory that can be written to.
fn writable(line: &str) -> Option<Range<u64>> {
    let (addresses, rest) = line.split_once(' ')?;
    let (start, end) = addresses.split_once('-')?;
    let address = |digits| u64::from_str_radix(digits, 16).ok();
    rest.starts_with("rw").then_some(address(start)?..address(end)?)
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Pending {
    /// The status and the body of the answer, which must come in the function's time.
    pub fn answer(self) -> (u64, Value) {
        let answer = self.0.recv_timeout(FUNCTION_TIMEOUT).expect("an answer in the function's time");
        let body =
            answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        (answer["statusCode"].as_u64().unwrap_or_default(), body)
    }
}

/// The Runtime API of a function:
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
fn serve(connection: TcpStream, queue: &Mutex<Receiver<Invocation>>, answers: &Answers) -> io::Result<()> {
    let mut connection = BufReader::new(connection);
    loop {
        let Arrived { line, body, .. } = endpoint::read(&mut connection)?;
        let path = line.split(' ').nth(1).unwrap_or_default();
        if path.ends_with("/invocation/next") {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            // No more events: the test is over, and the function with it.
            let Ok(Invocation { id, event, time_out }) = next else { return Ok(()) };
            let deadline = SystemTime::now() + time_out;
            let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
            let headers = [
                ("Lambda-Runtime-Aws-Request-Id", id.as_str()),
                ("Lambda-Runtime-Deadline-Ms", deadline.as_str()),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:1:function:f"),
            ];
            endpoint::write_answer(connection.get_mut(), 200, &headers, &event)?;
        } else {
            let id = path.split('/').nth_back(1).unwrap_or_default();
            let mut status = ACCEPTED;
            if let Some((sender, of_this)) = answers.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
                let _ = sender.send(body);
                status = *of_this;
            }
            endpoint::write_answer(connection.get_mut(), status, &[], "")?;
        }
    }
}

#[cfg(test)]
mod tests;
