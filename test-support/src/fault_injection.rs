//! Fault injection into the real binary of every route: Cognito, the network and Lambda fail in turn.
//!
//! [`RouteUsage`] describes how a route is called. The faults, and what is expected of the function, are the same for all.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsRawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::fs::{MemfdFlags, memfd_create};
use serde_json::{Value, json};

use super::{
    canary::Secrets,
    endpoint::{Certificate, Connection, ConnectionLoss, Endpoint, ReceivedRequest, respond},
    invariants::is_audit_line,
    process::Function,
    tokens::{SigningKey, access_token_claims, unsigned_token},
};

/// Time after which every call to Cognito has timed out.
const FOREVER: Duration = Duration::from_secs(60);

/// Timeout of an invocation in which a call to Cognito cannot time out by itself: that takes 10 seconds. Tests wait 15
/// seconds for a response, so a response proves that the function observes the deadline of its invocation.
const SHORT_TIMEOUT: Duration = Duration::from_secs(1);

/// How a route is called.
#[derive(Debug, Clone)]
pub struct RouteUsage {
    /// Path of the route's binary.
    pub binary: String,
    /// Event of a request that succeeds. `{{access_token}}` stands for a valid token, `{{totp_code}}` for a code.
    pub event: String,
    /// Environment variables that the route needs in addition to those of every test.
    pub variables: &'static [(&'static str, &'static str)],
    /// Cognito's response to each operation, or to the path of the token endpoint, that the event leads to, in the order of the operations.
    pub responses: Vec<(&'static str, Value)>,
    /// Total number of calls to Cognito if it is unavailable.
    pub attempts: usize,
    /// Response of the route if Cognito is unavailable.
    pub unavailable: (u64, Value),
}

/// Expectation that every function meets, or panics.
type Expectation = fn(&RouteUsage);

/// What Cognito does instead of responding.
type Fault = fn(&mut dyn Connection) -> io::Result<()>;

/// A function, and a Cognito that has a fault unless `is_healthy` is set.
struct Trial {
    endpoint: Arc<Endpoint>,
    is_healthy: Arc<AtomicBool>,
    function: Function,
}

/// Cognito's response to a sign-in.
pub fn tokens() -> Value {
    let id_token = unsigned_token(&json!({ "sub": "the ID token's subject" }));
    json!({
        "AuthenticationResult": {
            "AccessToken": "the-access-token",
            "RefreshToken": "the-refresh-token",
            "IdToken": id_token,
            "ExpiresIn": 3600
        }
    })
}

impl RouteUsage {
    /// Response of a route whose failure prefix is `failure_prefix` if Cognito is unavailable.
    pub fn unavailable(failure_prefix: &str) -> (u64, Value) {
        (503, json!({ "detail": format!("{failure_prefix}: identity provider unavailable") }))
    }

    /// Asserts all expectations at the same time, because they mostly wait. Each has a thread of its name, which starts
    /// the message of a panic. The last message lists all that failed.
    pub fn assert_fault_tolerance(&self) {
        let expectations: [(&str, Expectation); 6] = [
            ("a fault of Cognito returns an error", Self::faults_return_errors),
            ("a silent Cognito is given up before the timeout", Self::silence_ends_before_timeout),
            ("dead connections are replaced after a freeze", Self::dead_connections_are_replaced),
            ("a new connection is used for one attempt", Self::new_connection_gets_one_attempt),
            ("a request that was read is not resent", Self::read_request_is_not_resent),
            ("a response that Lambda rejects is logged", Self::rejected_response_is_logged),
        ];
        let usage = self.resolved();
        let failed: Vec<&str> = thread::scope(|scope| {
            let running = expectations.map(|(name, assert)| {
                let (thread, usage) = (thread::Builder::new().name(name.to_owned()), &usage);
                (name, thread.spawn_scoped(scope, move || assert(usage)).expect("a thread"))
            });
            running.into_iter().filter_map(|(name, thread)| thread.join().err().map(|_| name)).collect()
        });
        assert!(failed.is_empty(), "failed: {}", failed.join("; "));
    }

    /// Asserts that no password, code, session or token is left in the function's memory once the next request has been
    /// handled, over TLS as in production.
    pub fn assert_memory_is_cleared(&self) {
        self.resolved().memory_is_cleared();
    }

    /// After each fault the error is returned, Cognito is not called more often than is safe, one audit line has the
    /// outcome and no secret, and the next request is served.
    fn faults_return_errors(&self) {
        let faults: [(&str, Fault); 8] = [
            ("no response", |_| {
                thread::sleep(FOREVER);
                Ok(())
            }),
            ("silence in the middle of a response", |connection| {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{\"Authentication")?;
                connection.flush()?;
                thread::sleep(FOREVER);
                Ok(())
            }),
            ("one byte at a time", |connection| {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{")?;
                loop {
                    connection.write_all(b" ")?;
                    connection.flush()?;
                    thread::sleep(Duration::from_millis(100));
                }
            }),
            ("reset in the middle of a response", |connection| {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{\"Authentication")?;
                connection.reset();
                Err(io::ErrorKind::ConnectionReset.into())
            }),
            ("reset after the first byte of a response", |connection| {
                connection.write_all(b"H")?;
                connection.reset();
                Err(io::ErrorKind::ConnectionReset.into())
            }),
            ("500 with an empty body", |connection| respond(connection, 500, "")),
            ("503 with HTML", |connection| respond(connection, 503, "<html>Sorry</html>")),
            ("200 with HTML", |connection| respond(connection, 200, "<html>Welcome</html>")),
        ];
        thread::scope(|scope| {
            for (name, fault) in faults {
                scope.spawn(move || self.assert_fault_returns_error(name, fault));
            }
        });
    }

    fn assert_fault_returns_error(&self, name: &str, fault: Fault) {
        let Trial { endpoint, is_healthy, function } = self.trial(fault);
        is_healthy.store(false, Ordering::SeqCst);
        assert_eq!(function.call_within(self.event.clone(), SHORT_TIMEOUT), self.unavailable, "{name}");
        let calls = endpoint.calls();
        assert!((1..=self.attempts).contains(&calls), "{name}: {calls} calls");
        self.assert_audited(&function, "UpstreamFailures", name);

        is_healthy.store(true, Ordering::SeqCst);
        assert_eq!(function.call(self.event.clone()).0, 200, "{name}: the next request is served");
    }

    /// If Cognito is silent on every call, including for the pool's keys, the error is returned before Lambda's timeout
    /// ends the process.
    fn silence_ends_before_timeout(&self) {
        let silent = Endpoint::plain(|_: &ReceivedRequest, _: &mut dyn Connection| {
            thread::sleep(FOREVER);
            Ok(())
        });
        let variables = self.variables(&silent);
        let function = Function::start(&self.binary, &variables);
        for _ in 0..2 {
            assert_eq!(function.call_within(self.event.clone(), SHORT_TIMEOUT), self.unavailable);
        }
        self.assert_audited(&function, "UpstreamFailures", "silent");
    }

    /// Connections that die while the function is frozen are replaced, and no operation is called twice.
    fn dead_connections_are_replaced(&self) {
        for loss in [ConnectionLoss::Closed, ConnectionLoss::Reset, ConnectionLoss::Dropped] {
            let Trial { endpoint, function, .. } = self.trial(|_| Ok(()));
            for _ in 0..2 {
                assert_eq!(function.call(self.event.clone()).0, 200);
                let before = endpoint.calls();

                function.freeze();
                endpoint.lose_connections(loss);
                function.thaw();

                assert_eq!(function.call(self.event.clone()).0, 200, "{loss:?} while frozen");
                assert_eq!(endpoint.calls() - before, self.responses.len(), "{loss:?}: one call each");
            }
        }
    }

    /// The first request on a connection is never sent again.
    fn new_connection_gets_one_attempt(&self) {
        let Trial { endpoint, is_healthy, function } = self.trial(|connection| {
            connection.reset();
            Err(io::ErrorKind::ConnectionReset.into())
        });
        is_healthy.store(false, Ordering::SeqCst);
        // The connection over which the keys came is reused once. After that there is none.
        assert_eq!(function.call(self.event.clone()), self.unavailable);
        let before = endpoint.calls();
        assert_eq!(function.call(self.event.clone()), self.unavailable);
        assert_eq!(endpoint.calls() - before, self.attempts);
    }

    /// A request on a reused connection that Cognito closes after two seconds of silence is not sent again: Cognito
    /// may have processed it.
    fn read_request_is_not_resent(&self) {
        let Trial { endpoint, is_healthy, function } = self.trial(|connection| {
            thread::sleep(Duration::from_secs(2));
            connection.reset();
            Err(io::ErrorKind::ConnectionReset.into())
        });
        assert_eq!(function.call(self.event.clone()).0, 200);
        let before = endpoint.calls();
        is_healthy.store(false, Ordering::SeqCst);
        assert_eq!(function.call(self.event.clone()), self.unavailable);
        assert_eq!(endpoint.calls() - before, self.attempts);
    }

    /// A response that the Runtime API rejects as too large leaves an ERROR line in the log, and no secret.
    fn rejected_response_is_logged(&self) {
        let Trial { endpoint: _endpoint, function, .. } = self.trial(|_| Ok(()));
        assert_eq!(function.call_rejected(self.event.clone(), 413).0, 200);
        // The runtime logs the rejection before it fetches the next event.
        assert_eq!(function.call(self.event.clone()).0, 200);
        let log = function.log();
        let is_error = |line| serde_json::from_str(line).is_ok_and(|line: Value| line["level"] == "ERROR");
        assert!(log.lines().any(is_error), "no error in the log: {log}");
        self.secrets().assert_absent_from_log(&log);
    }

    fn memory_is_cleared(&self) {
        let endpoint = Endpoint::tls(Certificate::Valid, self.healthy());
        let mut certificate =
            File::from(memfd_create("roots", MemfdFlags::empty()).expect("a file in memory"));
        certificate.write_all(endpoint.certificate().as_bytes()).expect("room for a certificate");
        let roots = format!("/proc/{}/fd/{}", std::process::id(), certificate.as_raw_fd());
        let mut variables = self.variables(&endpoint);
        variables.push(("SSL_CERT_FILE", &roots));
        let function = Function::start(&self.binary, &variables);

        for _ in 0..5 {
            assert_eq!(function.call(self.event.clone()).0, 200);
        }
        let mut without_secrets: Value = serde_json::from_str(&self.event).expect("an event");
        without_secrets["body"] = "{}".into();
        without_secrets["headers"]["authorization"].take();
        // The function keeps an event until the next one.
        function.call(without_secrets.to_string());

        assert!(function.memory_contains("1example23456789"), "every request needs the app client's id");
        let secrets = self.secrets();
        let left: Vec<_> = secrets.iter().filter(|secret| function.memory_contains(secret)).collect();
        assert!(left.is_empty(), "still in memory: {left:?}");
    }

    /// The secrets of the event and of Cognito's responses.
    fn secrets(&self) -> Secrets {
        Secrets::of(&self.event, self.responses.iter().map(|(_, response)| response.to_string()))
    }

    /// The route's variables, and those with the address of `endpoint`.
    fn variables<'a>(&self, endpoint: &'a Endpoint) -> Vec<(&'a str, &'a str)> {
        let addresses = [("AWS_ENDPOINT_URL", endpoint.url()), ("FEDERATION_URL", endpoint.url())];
        self.variables.iter().copied().chain(addresses).collect()
    }

    /// This usage with a token and a code in the event.
    fn resolved(&self) -> Self {
        let token = SigningKey::of_the_pool().sign(&access_token_claims());
        let event = self.event.replace("{{access_token}}", &token).replace("{{totp_code}}", "730914");
        Self { event, ..self.clone() }
    }

    /// Starts the function with a healthy Cognito.
    fn trial(&self, fault: Fault) -> Trial {
        let is_healthy = Arc::new(AtomicBool::new(true));
        let endpoint = Arc::new(Endpoint::plain({
            let (is_healthy, healthy) = (Arc::clone(&is_healthy), self.healthy());
            move |request: &ReceivedRequest, connection: &mut dyn Connection| {
                if is_healthy.load(Ordering::SeqCst) || request.operation.is_none() {
                    healthy(request, connection)
                } else {
                    fault(connection)
                }
            }
        }));
        let function = Function::start(&self.binary, &self.variables(&endpoint));
        Trial { endpoint, is_healthy, function }
    }

    /// Cognito without a fault.
    fn healthy(
        &self,
    ) -> impl Fn(&ReceivedRequest, &mut dyn Connection) -> io::Result<()> + Send + Sync + use<> {
        let keys = SigningKey::of_the_pool().key_set().to_string();
        let responses = self.responses.clone();
        move |request, connection| match &request.operation {
            None => respond(connection, 200, &keys),
            Some(operation) => {
                let known = responses.iter().find(|(name, _)| name == operation);
                let (_, body) = known.unwrap_or_else(|| panic!("unexpected operation {operation}"));
                respond(connection, 200, &body.to_string())
            }
        }
    }

    /// Asserts that the audit line of the last request has `outcome`, and that no line has a secret.
    fn assert_audited(&self, function: &Function, outcome: &str, fault: &str) {
        let log = function.log();
        let audited = log.lines().rfind(|line| is_audit_line(line));
        let line: Value = serde_json::from_str(audited.expect("an audit line")).expect("it is JSON");
        assert_eq!(line["outcome"], outcome, "{fault}: {line}");
        self.secrets().assert_absent_from_log(&log);
    }
}
