//! A function's process, and the stub of the Runtime API that it polls.

use std::{
    collections::HashMap,
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::http;

/// Status of the Runtime API for a response that it accepts.
const ACCEPTED: u16 = 202;

/// Time that Lambda gives a function for an event: `Timeout` in `template.yaml`.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A function's process. Dropping it kills the process.
#[derive(Debug)]
pub struct Function {
    process: Child,
    queue: Sender<Queued>,
    api: Arc<RuntimeApi>,
    polls: Mutex<Receiver<Instant>>,
}

/// An event, and how the Runtime API treats it.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Event as JSON.
    pub event: String,
    /// Time until the deadline that the function gets. The stub does not enforce it.
    pub timeout: Duration,
    /// Status with which the Runtime API accepts or rejects the function's response.
    pub status: u16,
}

/// Invocation that the function has not completed.
#[derive(Debug)]
pub struct Pending(Receiver<Completed>);

/// Result of an invocation.
#[derive(Debug)]
pub struct Completed {
    /// Response of the function, or the error that it reported.
    pub result: Result<Value, Value>,
    /// Time at which the function was sent the event.
    pub sent: Instant,
    /// Time at which the response arrived.
    pub received: Instant,
}

#[derive(Debug)]
struct Queued {
    id: String,
    invocation: Invocation,
}

/// Stub of the Runtime API for one process, which may use several connections.
#[derive(Debug)]
struct RuntimeApi {
    queue: Mutex<Receiver<Queued>>,
    running: Mutex<HashMap<String, Running>>,
    polls: Sender<Instant>,
    invocations: AtomicUsize,
}

#[derive(Debug)]
struct Running {
    completed: Sender<Completed>,
    status: u16,
    sent: Option<Instant>,
}

impl Invocation {
    /// An invocation with the template's timeout, whose response the Runtime API accepts.
    pub fn of(event: impl Into<String>) -> Self {
        Self { event: event.into(), timeout: TIMEOUT, status: ACCEPTED }
    }
}

impl Function {
    /// Starts `command`, with the variables that Lambda sets in addition to the command's own.
    ///
    /// # Errors
    ///
    /// There is no free port, or the process does not start.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        Self::start_with(command, Command::spawn)
    }

    /// Starts `command` with a caller that spawns the process itself, for example on its own processor core.
    ///
    /// # Errors
    ///
    /// There is no free port, or `spawn` fails.
    pub fn start_with(
        command: &mut Command,
        spawn: impl FnOnce(&mut Command) -> io::Result<Child>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        command
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
        let process = spawn(command)?;
        let (queue, queued) = channel();
        let (polls, polled) = channel();
        let api = Arc::new(RuntimeApi {
            queue: Mutex::new(queued),
            running: Mutex::default(),
            polls,
            invocations: AtomicUsize::new(0),
        });
        let served = Arc::clone(&api);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let api = Arc::clone(&served);
                // The connection ends with the process.
                thread::spawn(move || api.serve(connection));
            }
        });
        Ok(Self { process, queue, api, polls: Mutex::new(polled) })
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The process, to wait for its end.
    pub fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// Queues an event; the function gets the events in their order.
    pub fn invoke(&self, invocation: Invocation) -> Pending {
        let (completed, pending) = channel();
        let id = format!("request-{}", self.api.invocations.fetch_add(1, Ordering::Relaxed));
        let running = Running { completed, status: invocation.status, sent: None };
        self.api.running().insert(id.clone(), running);
        // The receiver lives as long as this function.
        let _ = self.queue.send(Queued { id, invocation });
        Pending(pending)
    }

    /// Waits until the function polls for its next event: after its start, and then after each event. `None` after
    /// `limit`.
    pub fn next_poll(&self, limit: Duration) -> Option<Instant> {
        lock(&self.polls).recv_timeout(limit).ok()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Pending {
    /// Waits for the response; `None` after `limit`.
    pub fn wait(&self, limit: Duration) -> Option<Completed> {
        self.0.recv_timeout(limit).ok()
    }
}

impl RuntimeApi {
    fn serve(&self, connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut connection = BufReader::new(connection);
        while let Some(request) = http::read(&mut connection)? {
            let now = Instant::now();
            let stream = connection.get_mut();
            let path: Vec<_> = request.path().rsplit('/').collect();
            match path.as_slice() {
                ["next", ..] => {
                    let _ = self.polls.send(now);
                    // The sender is gone: the function is being dropped.
                    let Ok(queued) = lock(&self.queue).recv() else { return Ok(()) };
                    self.send(stream, &queued)?;
                }
                [result @ ("response" | "error"), id, ..] => {
                    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                    let running = self.running().remove(*id);
                    let status = running.as_ref().map_or(ACCEPTED, |running| running.status);
                    if let Some(Running { completed, sent, .. }) = running {
                        let result = if *result == "response" { Ok(body) } else { Err(body) };
                        let sent = sent.unwrap_or(now);
                        // The caller may have stopped waiting.
                        let _ = completed.send(Completed { result, sent, received: now });
                    }
                    http::write(stream, status, &[], b"")?;
                }
                _ => http::write(stream, ACCEPTED, &[], b"")?,
            }
        }
        Ok(())
    }

    fn send(&self, stream: &mut TcpStream, Queued { id, invocation }: &Queued) -> io::Result<()> {
        let deadline = SystemTime::now() + invocation.timeout;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
        let headers = [
            ("content-type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", id.as_str()),
            ("Lambda-Runtime-Deadline-Ms", deadline.as_str()),
            (
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:function",
            ),
        ];
        if let Some(running) = self.running().get_mut(id) {
            running.sent = Some(Instant::now());
        }
        http::write(stream, 200, &headers, invocation.event.as_bytes())
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        lock(&self.running)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
