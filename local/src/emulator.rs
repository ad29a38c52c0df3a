//! The emulator of AWS.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{console, failure::Failure, folders::Folders, python::Environment, supervisor::Supervisor};

/// How long the emulator may take to come up. It takes about two seconds here.
const PATIENCE: Duration = Duration::from_secs(60);

/// The emulator, running.
#[derive(Debug)]
pub struct Emulator {
    process: Child,
    port: u16,
    log: PathBuf,
}

impl Emulator {
    /// Starts the emulator on `port`, or on a free one, and does not wait until it has come up.
    ///
    /// # Errors
    ///
    /// Where it cannot be started.
    pub fn start(
        environment: &Environment,
        port: Option<u16>,
        folders: &Folders,
        supervisor: &Supervisor,
    ) -> Result<Self, Failure> {
        let port = free_port(port)?;
        let url = format!("http://127.0.0.1:{port}");
        let log = folders.local.join(format!("emulator-{port}.log"));
        // One folder for each run: the emulator keeps files there that belong to its port.
        let scratch = folders.local.join(format!("emulator-{port}"));
        fs::create_dir_all(&scratch).map_err(|error| Failure::file(&scratch, error))?;
        let output = File::create(&log).map_err(|error| Failure::file(&log, error))?;
        let errors = output.try_clone().map_err(|error| Failure::file(&log, error))?;

        let process = environment
            .command("python")
            .arg(folders.python.join("run_ministack.py"))
            .current_dir(&scratch)
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_ENDPOINT_URL", &url)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("STATE_DIR", scratch.join("state"))
            .env("TMPDIR", &scratch)
            // It ends when the other end of this pipe, which is ours, closes.
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|error| {
                Failure::new(
                    format!("starting the emulator: {error}"),
                    "Remove target/local/emulator, and try again.",
                )
            })?;
        supervisor.watch(process.id());
        Ok(Self { process, port, log })
    }

    /// Where the emulator's AWS is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the emulator ends, which it should not, and says how that came.
    pub fn wait(mut self, supervisor: &Supervisor) -> Failure {
        let status = supervisor.watching(self.process.id(), || {
            // `wait` would close the pipe that keeps it alive.
            let _pipe = self.process.stdin.take();
            self.process.wait()
        });
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        Failure::new(
            format!("the emulator ended ({status})"),
            format!("Start again; its log: {}", self.log.display()),
        )
        .with_end_of(&[&self.log])
    }

    /// Waits until the emulator has come up.
    ///
    /// # Errors
    ///
    /// Where it does not.
    pub fn comes_up(&mut self) -> Result<(), Failure> {
        console::step(&format!("Starting the emulator of AWS on {}", self.url()), |_| {
            self.wait_until_healthy()
        })
    }

    fn wait_until_healthy(&mut self) -> Result<(), Failure> {
        let agent = ureq::Agent::new_with_defaults();
        let health = format!("{}/_ministack/health", self.url());
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if agent.get(&health).call().is_ok() {
                return Ok(());
            }
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(Failure::new(
            "the emulator did not come up",
            format!("Look into {}, and try again, perhaps with another --port.", self.log.display()),
        )
        .with_end_of(&[&self.log]))
    }
}

/// The port asked for, if it is free, or one that is.
fn free_port(asked: Option<u16>) -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", asked.unwrap_or(0)))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| {
            let port = asked.map_or_else(|| "a free port".to_owned(), |port| format!("port {port}"));
            Failure::new(format!("{port} of 127.0.0.1: {error}"), "Leave --port out, or name another one.")
        })
}
