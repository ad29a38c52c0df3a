//! One start of a function under a stub of the Lambda Runtime API.

use std::{
    fs, io,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    cognito::{CLIENT_ID, Cognito, USER_POOL},
    core,
    cpu_share::CpuShare,
    http,
    program::Program,
    runtime_api::RuntimeApi,
};

/// How long a function may keep silent before the bench takes it for dead.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is started, and how.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What runs as a function.
    pub program: &'a Program,
    /// What it is asked, by turns.
    pub events: &'a [&'a str],
    /// How often.
    pub invocations: usize,
    /// The Cognito that it asks.
    pub cognito: &'a Cognito,
    /// What it gets of a CPU once it is initialised; while it starts, Lambda gives it a whole one.
    pub share: Option<&'a CpuShare>,
    /// Where `valgrind` writes what it counts, where it shall count.
    pub callgrind: Option<PathBuf>,
}

/// What one start came to. Times are in microseconds.
#[derive(Debug, Default)]
pub struct Start {
    /// From the start to the first `/next`.
    pub init: f64,
    /// From the start to the first answer.
    pub cold: f64,
    /// The first invocation alone.
    pub first: f64,
    /// Every later one, less what the stub of Cognito took to answer.
    pub warm: Vec<f64>,
    /// CPU up to the first answer.
    pub cold_cpu: f64,
    /// CPU of each later one.
    pub warm_cpu: Option<f64>,
    /// The most memory it ever held, in KB.
    pub peak_rss: f64,
}

/// A child that does not outlive the bench's interest in it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a function, invokes it as often as `plan` says, and ends it.
///
/// # Errors
///
/// Where it cannot be started, answers with an error, or falls silent.
pub fn start(plan: &Plan<'_>) -> io::Result<Start> {
    let mut api = RuntimeApi::listen(PATIENCE)?;
    let mut command = command(plan, &api.address()?);
    let started = Instant::now();
    let child = Running(core::on(core::FUNCTIONS, || command.spawn())?);
    let mut measured = Start::default();
    let mut invoked: Option<(Instant, usize)> = None;
    let mut busy = Duration::ZERO;
    // The kernel takes up to 16 ms to move a process to another group; no function waits for that.
    let mut limiting = Duration::ZERO;
    let mut answered = 0;
    loop {
        let (request, connection) = api.next()?;
        let now = Instant::now();
        if request.line.starts_with("GET ") {
            if answered == 0 {
                measured.init = micros(now - started);
            }
            if answered == 1 {
                measured.cold_cpu = cpu(child.0.id())?;
            }
            // Only now: Cognito's stub may note its time after the function has its answer.
            if let Some(last) = measured.warm.last_mut() {
                *last -= micros(plan.cognito.busy() - busy);
            }
            busy = plan.cognito.busy();
            if answered == plan.invocations {
                break;
            }
            if let Some(share) = plan.share.filter(|_| answered == 0) {
                let before = Instant::now();
                share.limit(child.0.id())?;
                limiting = before.elapsed();
            }
            invoked = Some((Instant::now(), answered));
            invoke(connection, answered, plan.events[answered % plan.events.len()])?;
            continue;
        }
        if !request.line.contains("/response") {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            return Err(io::Error::other(format!("the function failed: {body}")));
        }
        if let Some((at, number)) = invoked.take() {
            if number < plan.events.len() {
                check(&request.body)?;
            }
            if number == 0 {
                measured.first = micros(now - at);
                measured.cold = micros(now - started - limiting);
            } else {
                measured.warm.push(micros(now - at));
            }
        }
        answered += 1;
        http::write(connection, "202 Accepted", "content-type: application/json\r\n", b"{}")?;
    }
    measured.warm_cpu = (answered > 1)
        .then(|| cpu(child.0.id()).map(|all| (all - measured.cold_cpu) / (answered - 1) as f64))
        .transpose()?;
    measured.peak_rss = peak_rss(child.0.id())?;
    if plan.callgrind.is_some() {
        // Valgrind writes its counts when it is asked to end, not when it is killed.
        Command::new("kill").arg(child.0.id().to_string()).status()?;
        let mut child = child;
        child.0.wait()?;
    }
    Ok(measured)
}

fn command(plan: &Plan<'_>, api: &str) -> Command {
    let program = plan.program;
    let mut command = match &plan.callgrind {
        Some(file) => {
            let mut command = Command::new("valgrind");
            command
                .arg("--tool=callgrind")
                .arg(format!("--callgrind-out-file={}", file.display()))
                .arg(&program.executable);
            command
        }
        None => Command::new(&program.executable),
    };
    let roots = plan.cognito.roots(program.roots);
    command
        .args(&program.arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "eu-west-1")
        // Lambda sets both, and boto3 reads this one.
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("COGNITO_USER_POOL_ID", USER_POOL)
        .env("COGNITO_CLIENT_ID", CLIENT_ID)
        .env("SELF_SIGN_UP", "true")
        .env("AWS_ENDPOINT_URL", format!("https://localhost:{}", plan.cognito.port))
        // As Rust, Python and Node.js are told whom to trust; Node.js has the usual roots built in.
        .env("SSL_CERT_FILE", &roots)
        .env("AWS_CA_BUNDLE", &roots)
        .env("NODE_EXTRA_CA_CERTS", plan.cognito.own_root())
        .envs(program.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn invoke(connection: &mut TcpStream, number: usize, event: &str) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = format!(
        "content-type: application/json\r\n\
         Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-{number:012}\r\n\
         Lambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:bench\r\n",
        (now + PATIENCE).as_millis()
    );
    http::write(connection, "200 OK", &headers, event.as_bytes())
}

/// An answer that is no success would measure the wrong thing.
fn check(body: &[u8]) -> io::Result<()> {
    let answer: serde_json::Value = serde_json::from_slice(body)?;
    if answer["statusCode"] == 200 {
        Ok(())
    } else {
        Err(io::Error::other(format!("not a success: {answer}")))
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The CPU time of every thread of a process, in microseconds.
fn cpu(process: u32) -> io::Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread that has ended in the meantime takes its time with it.
        let Ok(statistics) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanoseconds += statistics.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0);
    }
    Ok(nanoseconds / 1e3)
}

fn peak_rss(process: u32) -> io::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| io::Error::other("the kernel tells no peak memory"))
}
