//! What every function withstands, tried on its real binary: a Cognito, a network and a Lambda that do their worst.
//!
//! A route says how it is used ([`Subject`]); what is done to it, and what must come of it, is the same for all.

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
    endpoint::{Arrived, Certificate, Connection, Death, Endpoint, reply},
    lawful::{assert_tells_none, is_audit_line, is_word_of_ours, secrets_of_event, secrets_of_reply},
    process::Function,
    tokens::{SigningKey, access_token_claims, unsigned_token},
};

/// Longer than a call to Cognito may take; the function has gone away before it ends.
const FOREVER: Duration = Duration::from_secs(60);

/// A time-out in which nothing could be done but to give up. Whoever then answers, in a test whose answers are waited
/// for no longer than 15 seconds, has minded it: a call to Cognito is given up only after 10 seconds.
const SHORT_TIME_OUT: Duration = Duration::from_secs(1);

/// A route, and how it is used.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The path of its binary.
    pub binary: String,
    /// An event that succeeds; `{{access_token}}` in it is a token that verifies, `{{totp_code}}` a code.
    pub event: String,
    /// What its environment must say for it to succeed, beyond what every test says.
    pub variables: &'static [(&'static str, &'static str)],
    /// What Cognito replies to each operation that the event leads to, by the operations' names, in their order.
    pub replies: Vec<(&'static str, Value)>,
    /// How many calls are made in all where Cognito is not well.
    pub attempts: usize,
    /// The answer where Cognito gives none that can be used.
    pub unavailable: (u64, Value),
}

/// What a function does whatever happens; it panics where it does not.
type Behaviour = fn(&Subject);

/// What Cognito does instead of answering.
type Misbehaviour = fn(&mut dyn Connection) -> io::Result<()>;

/// A Cognito that misbehaves as long as it is not well, and the function that asks it.
struct Trial {
    endpoint: Arc<Endpoint>,
    is_well: Arc<AtomicBool>,
    function: Function,
}

/// What Cognito replies where somebody is signed in.
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

impl Subject {
    /// The answer of a route that says `failed` before the reason where Cognito cannot be used.
    pub fn unavailable(failed: &str) -> (u64, Value) {
        (503, json!({ "detail": format!("{failed}: identity provider unavailable") }))
    }

    /// Asserts all that every function withstands, at the same time: most of it is waiting. Each has a thread of its
    /// name, with which what it panics of begins, and the end names all that do not hold.
    pub fn withstands_the_worst(&self) {
        let behaviours: [(&str, Behaviour); 7] = [
            ("it withstands a Cognito that misbehaves", Self::withstands_a_cognito_that_misbehaves),
            ("it answers before its time-out where Cognito is silent", Self::answers_before_its_time_out),
            ("it outlives connections that died while it was frozen", Self::outlives_its_connections),
            (
                "it asks no more than once on a new connection",
                Self::asks_no_more_than_once_on_a_new_connection,
            ),
            ("it does not resend a request that was read", Self::does_not_resend_a_request_that_was_read),
            ("it logs that Lambda rejects a response", Self::logs_that_lambda_rejects_a_response),
            ("it keeps no secret in memory once the next request is answered", Self::forgets),
        ];
        let broken: Vec<&str> = thread::scope(|scope| {
            let running = behaviours.map(|(behaviour, assert)| {
                let thread = thread::Builder::new().name(behaviour.to_owned());
                (behaviour, thread.spawn_scoped(scope, move || assert(self)).expect("a thread"))
            });
            running
                .into_iter()
                .filter_map(|(behaviour, thread)| thread.join().err().map(|_| behaviour))
                .collect()
        });
        assert!(broken.is_empty(), "does not hold: {}", broken.join("; "));
    }

    /// Whatever Cognito does instead of answering, the answer comes, Cognito is not asked more often than is safe,
    /// one audit line says what happened and no secret, and the next request is served.
    fn withstands_a_cognito_that_misbehaves(&self) {
        let misbehaviours: [(&str, Misbehaviour); 8] = [
            ("it accepts and stays silent", |_| {
                thread::sleep(FOREVER);
                Ok(())
            }),
            ("it falls silent in the middle of an answer", |connection| {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{\"Authentication")?;
                connection.flush()?;
                thread::sleep(FOREVER);
                Ok(())
            }),
            ("it answers one byte after the other", |connection| {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{")?;
                loop {
                    connection.write_all(b" ")?;
                    connection.flush()?;
                    thread::sleep(Duration::from_millis(100));
                }
            }),
            ("it hangs up in the middle of an answer", |connection| {
                connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{\"Authentication")?;
                connection.reset();
                Err(io::ErrorKind::ConnectionReset.into())
            }),
            ("it hangs up after the first byte of an answer", |connection| {
                connection.write_all(b"H")?;
                connection.reset();
                Err(io::ErrorKind::ConnectionReset.into())
            }),
            ("it fails without a word", |connection| reply(connection, 500, "")),
            ("something else answers with a failure", |connection| {
                reply(connection, 503, "<html>Sorry</html>")
            }),
            ("something else answers", |connection| reply(connection, 200, "<html>Welcome</html>")),
        ];
        thread::scope(|scope| {
            for (what, misbehave) in misbehaviours {
                scope.spawn(move || self.assert_withstands(what, misbehave));
            }
        });
    }

    fn assert_withstands(&self, what: &str, misbehave: Misbehaviour) {
        let Trial { endpoint, is_well, function } = self.trial(misbehave);
        is_well.store(false, Ordering::SeqCst);
        assert_eq!(function.call_within(self.event(), SHORT_TIME_OUT), self.unavailable, "{what}");
        let calls = endpoint.calls();
        assert!((1..=self.attempts).contains(&calls), "{what}: asked {calls} times");
        self.assert_audited(&function, "UpstreamFailures", what);

        is_well.store(true, Ordering::SeqCst);
        assert_eq!(function.call(self.event()).0, 200, "{what}: the next request is served");
    }

    /// A Cognito that is silent on every call, the pool's keys included, costs a person an answer, and Lambda no
    /// function: nobody waits for the time-out.
    fn answers_before_its_time_out(&self) {
        let silent = Endpoint::plain(|_: &Arrived, _: &mut dyn Connection| {
            thread::sleep(FOREVER);
            Ok(())
        });
        let variables = self.variables(&[("AWS_ENDPOINT_URL", silent.url())]);
        let function = Function::start(&self.binary, &variables);
        for _ in 0..2 {
            assert_eq!(function.call_within(self.event(), SHORT_TIME_OUT), self.unavailable);
        }
        self.assert_audited(&function, "UpstreamFailures", "silent");
    }

    /// Connections that die while the function is frozen cost nobody an answer, and nothing is done twice.
    fn outlives_its_connections(&self) {
        for death in [Death::Closed, Death::Reset, Death::Forgotten] {
            let Trial { endpoint, function, .. } = self.trial(|_| Ok(()));
            for _ in 0..2 {
                assert_eq!(function.call(self.event()).0, 200);
                let before = endpoint.calls();

                function.freeze();
                endpoint.kill_connections(death);
                function.thaw();

                assert_eq!(function.call(self.event()).0, 200, "{death:?} while frozen");
                assert_eq!(endpoint.calls() - before, self.replies.len(), "{death:?}: done once");
            }
        }
    }

    /// A first use of a connection, and a reply that was begun, are never repeated.
    fn asks_no_more_than_once_on_a_new_connection(&self) {
        let Trial { endpoint, is_well, function } = self.trial(|connection| {
            connection.reset();
            Err(io::ErrorKind::ConnectionReset.into())
        });
        is_well.store(false, Ordering::SeqCst);
        // The connection that the keys came over is reused once; from then on there is none.
        assert_eq!(function.call(self.event()), self.unavailable);
        let before = endpoint.calls();
        assert_eq!(function.call(self.event()), self.unavailable);
        assert_eq!(endpoint.calls() - before, self.attempts);
    }

    /// A request on a reused connection that Cognito closes after two seconds of silence is not sent again: Cognito
    /// may have processed it.
    fn does_not_resend_a_request_that_was_read(&self) {
        let Trial { endpoint, is_well, function } = self.trial(|connection| {
            thread::sleep(Duration::from_secs(2));
            connection.reset();
            Err(io::ErrorKind::ConnectionReset.into())
        });
        assert_eq!(function.call(self.event()).0, 200);
        let before = endpoint.calls();
        is_well.store(false, Ordering::SeqCst);
        assert_eq!(function.call(self.event()), self.unavailable);
        assert_eq!(endpoint.calls() - before, self.attempts);
    }

    /// A response that the Runtime API rejects as too large leaves an ERROR line in the log, and no secret.
    fn logs_that_lambda_rejects_a_response(&self) {
        let Trial { endpoint: _endpoint, function, .. } = self.trial(|_| Ok(()));
        assert_eq!(function.call_rejected(self.event(), 413).0, 200);
        // The runtime logs the rejection before it fetches the next event.
        assert_eq!(function.call(self.event()).0, 200);
        let log = function.log();
        let is_error = |line| serde_json::from_str(line).is_ok_and(|line: Value| line["level"] == "ERROR");
        assert!(log.lines().any(is_error), "no error in the log: {log}");
        let replies = self.replies.iter().flat_map(|(_, reply)| secrets_of_reply(&reply.to_string()));
        assert_tells_none(&log, secrets_of_event(&self.event()).into_iter().chain(replies));
    }

    /// Once the next request is answered, nothing is left in the function's memory of passwords, codes, sessions
    /// and tokens, over TLS as in production.
    fn forgets(&self) {
        let endpoint = Endpoint::tls(Certificate::Valid, self.well());
        let mut certificate =
            File::from(memfd_create("roots", MemfdFlags::empty()).expect("a file in memory"));
        certificate.write_all(endpoint.certificate().as_bytes()).expect("room for a certificate");
        let roots = format!("/proc/{}/fd/{}", std::process::id(), certificate.as_raw_fd());
        let variables =
            self.variables(&[("AWS_ENDPOINT_URL", endpoint.url()), ("SSL_CERT_FILE", roots.as_str())]);
        let function = Function::start(&self.binary, &variables);

        let event = self.event();
        for _ in 0..5 {
            assert_eq!(function.call(event.clone()).0, 200);
        }
        let mut without_secrets: Value = serde_json::from_str(&event).expect("an event");
        without_secrets["body"] = "{}".into();
        without_secrets["headers"]["authorization"].take();
        // Only with the next event has the function let go of the last one.
        function.call(without_secrets.to_string());

        assert!(
            function.memory_contains("1example23456789"),
            "the app client's id is needed for each request"
        );
        let replies = self.replies.iter().flat_map(|(_, reply)| secrets_of_reply(&reply.to_string()));
        // What is that short may be anything.
        let is_distinct = |secret: &String| secret.len() > 5 && !is_word_of_ours(secret);
        let secrets = secrets_of_event(&event).into_iter().chain(replies).filter(is_distinct);
        let left: Vec<_> = secrets.filter(|secret| function.memory_contains(secret)).collect();
        assert!(left.is_empty(), "still in memory: {left:?}");
    }

    /// `more` beside its own.
    fn variables<'a>(&self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        self.variables.iter().chain(more).copied().collect()
    }

    fn event(&self) -> String {
        let token = SigningKey::of_the_pool().sign(&access_token_claims());
        self.event.replace("{{access_token}}", &token).replace("{{totp_code}}", "123456")
    }

    /// A Cognito that is well until it is said not to be.
    fn trial(&self, misbehave: Misbehaviour) -> Trial {
        let is_well = Arc::new(AtomicBool::new(true));
        let endpoint = Arc::new(Endpoint::plain({
            let (is_well, well) = (Arc::clone(&is_well), self.well());
            move |arrived: &Arrived, connection: &mut dyn Connection| {
                if is_well.load(Ordering::SeqCst) || arrived.operation.is_none() {
                    well(arrived, connection)
                } else {
                    misbehave(connection)
                }
            }
        }));
        let variables = self.variables(&[("AWS_ENDPOINT_URL", endpoint.url())]);
        let function = Function::start(&self.binary, &variables);
        Trial { endpoint, is_well, function }
    }

    /// What a Cognito does that is well.
    fn well(&self) -> impl Fn(&Arrived, &mut dyn Connection) -> io::Result<()> + Send + Sync + use<> {
        let keys = SigningKey::of_the_pool().key_set().to_string();
        let replies = self.replies.clone();
        move |arrived, connection| match &arrived.operation {
            None => reply(connection, 200, &keys),
            Some(operation) => {
                let known = replies.iter().find(|(name, _)| name == operation);
                let (_, body) = known.unwrap_or_else(|| panic!("{operation} is not what it should ask for"));
                reply(connection, 200, &body.to_string())
            }
        }
    }

    /// The last request has one audit line, which tells `outcome`, and no line tells a secret.
    fn assert_audited(&self, function: &Function, outcome: &str, what: &str) {
        let log = function.log();
        let audited = log.lines().rfind(|line| is_audit_line(line));
        let line: Value = serde_json::from_str(audited.expect("an audit line")).expect("it is JSON");
        assert_eq!(line["outcome"], outcome, "{what}: {line}");
        assert_tells_none(&log, secrets_of_event(&self.event()));
    }
}
