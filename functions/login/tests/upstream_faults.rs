//! Faults of Cognito in front of the real binary, in addition to those of `test_support::fault_injection`.
//!
//! Each response takes at most one call to Cognito, and the next request succeeds.

#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};
use test_support::{
    endpoint::{Certificate, Connection, Endpoint, ReceivedRequest, respond},
    process::Function,
    unsigned_token,
};

const KEY_SET: &str = r#"{"keys": []}"#;

fn event() -> String {
    include_str!("../../../events/login.json").to_owned()
}

fn tokens() -> String {
    json!({
        "AuthenticationResult": {
            "AccessToken": "access", "IdToken": unsigned_token(&json!({ "sub": "1" })), "ExpiresIn": 3600
        }
    })
    .to_string()
}

fn unavailable() -> (u64, Value) {
    (503, json!({ "detail": "Login failed: identity provider unavailable" }))
}

fn error(status: u64, detail: &str) -> (u64, Value) {
    (status, json!({ "detail": detail }))
}

/// Asserts the response to a sign-in while Cognito has a `fault`, and that the next sign-in succeeds.
fn assert_response(
    expected: &(u64, Value),
    fault: impl Fn(&mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
) {
    let is_healthy = Arc::new(AtomicBool::new(false));
    let endpoint = Endpoint::plain({
        let is_healthy = Arc::clone(&is_healthy);
        move |request: &ReceivedRequest, connection: &mut dyn Connection| {
            if request.line.starts_with("GET") {
                respond(connection, 200, KEY_SET)
            } else if is_healthy.load(Ordering::SeqCst) {
                respond(connection, 200, &tokens())
            } else {
                fault(connection)
            }
        }
    });
    let function = Function::start(env!("CARGO_BIN_EXE_login"), &[("AWS_ENDPOINT_URL", endpoint.url())]);

    assert_eq!(&function.call(event()), expected);
    assert_eq!(endpoint.calls(), 1, "a sign-in is not retried");

    is_healthy.store(true, Ordering::SeqCst);
    assert_eq!(function.call(event()).0, 200, "the next request succeeds");
}

#[test]
fn refused_connection_returns_503() {
    let endpoint = Endpoint::closed();
    let function = Function::start(env!("CARGO_BIN_EXE_login"), &[("AWS_ENDPOINT_URL", endpoint.url())]);
    assert_eq!(function.call(event()), unavailable());
    assert_eq!(function.call(event()), unavailable());
}

#[test]
fn server_error_is_not_retried() {
    for status in [500, 502, 503, 504] {
        assert_response(&unavailable(), move |connection| respond(connection, status, "<html>Sorry</html>"));
    }
    let internal = error(500, "Authentication error: InternalErrorException");
    assert_response(&internal, |connection| {
        respond(connection, 500, r#"{"__type": "InternalErrorException"}"#)
    });
}

#[test]
fn throttling_returns_429() {
    let throttled = error(429, "Authentication error: TooManyRequestsException");
    assert_response(&throttled, |connection| {
        respond(connection, 400, r#"{"__type": "TooManyRequestsException"}"#)
    });
}

#[test]
fn unexpected_response_returns_an_error() {
    assert_response(&unavailable(), |connection| respond(connection, 200, "<html>Welcome</html>"));
    let unsupported = error(403, "Authentication error: challenge TELEPATHY is not supported");
    assert_response(&unsupported, |connection| {
        respond(connection, 200, r#"{"ChallengeName": "TELEPATHY", "Session": "AYABeE"}"#)
    });
    let internal = error(500, "Login failed: internal error");
    for body in [
        "{}",
        r#"{"AuthenticationResult": {}}"#,
        r#"{"AuthenticationResult": {"AccessToken": "access", "IdToken": "no token"}}"#,
    ] {
        assert_response(&internal, move |connection| respond(connection, 200, body));
    }
}

/// Response to a sign-in over TLS with `certificate`, and the number of calls to Cognito.
fn sign_in_behind(certificate: Certificate, trusted: bool) -> ((u64, Value), usize) {
    let endpoint =
        Endpoint::tls(certificate, |request: &ReceivedRequest, connection: &mut dyn Connection| {
            let body = if request.line.starts_with("GET") { KEY_SET.to_owned() } else { tokens() };
            respond(connection, 200, &body)
        });
    let roots = certificate_file(certificate, &endpoint);
    let mut variables = vec![("AWS_ENDPOINT_URL", endpoint.url())];
    if trusted {
        variables.push(("SSL_CERT_FILE", roots.as_str()));
    }
    let response = Function::start(env!("CARGO_BIN_EXE_login"), &variables).call(event());
    (response, endpoint.calls())
}

/// Path of a file with the endpoint's certificate.
fn certificate_file(certificate: Certificate, endpoint: &Endpoint) -> String {
    let path = format!("{}/{certificate:?}.pem", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&path, endpoint.certificate()).expect("a folder that can be written to");
    path
}

#[test]
fn invalid_certificate_returns_503() {
    assert_eq!(sign_in_behind(Certificate::Valid, true).0.0, 200, "a valid certificate is accepted");
    for certificate in [Certificate::Expired, Certificate::OfAnotherHost] {
        assert_eq!(sign_in_behind(certificate, true), (unavailable(), 0), "{certificate:?}");
    }
    assert_eq!(
        sign_in_behind(Certificate::Valid, false),
        (unavailable(), 0),
        "not issued by a trusted authority"
    );
}

#[test]
fn repeated_failures_do_not_leak() {
    let endpoint = Endpoint::plain(|request: &ReceivedRequest, connection: &mut dyn Connection| {
        if request.line.starts_with("GET") {
            return respond(connection, 200, KEY_SET);
        }
        connection.reset();
        Err(io::ErrorKind::ConnectionReset.into())
    });
    // Two functions share the work, because one uses a single processor.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let function =
                    Function::start(env!("CARGO_BIN_EXE_login"), &[("AWS_ENDPOINT_URL", endpoint.url())]);
                let fail = |times| {
                    for _ in 0..times {
                        assert_eq!(function.call(event()), unavailable());
                    }
                    (function.memory(), function.open_files())
                };
                let (memory, open_files) = fail(500);
                let (memory_after, open_files_after) = fail(5_000);
                assert!(
                    open_files_after <= open_files + 2,
                    "{open_files} open files became {open_files_after}"
                );
                assert!(memory_after < memory + (1 << 19), "{memory} bytes became {memory_after}");
            });
        }
    });
}
