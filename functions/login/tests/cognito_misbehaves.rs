//! The real binary, and what a Cognito can do wrong beyond what every route is tried with (`withstands`).
//!
//! Each answer must come from at most one call, and the next request must be served as if nothing had happened.

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
    endpoint::{Arrived, Certificate, Connection, Endpoint, reply},
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

fn refused(status: u64, detail: &str) -> (u64, Value) {
    (status, json!({ "detail": detail }))
}

/// Signs in with a Cognito that does as `misbehave` says, and then once more with one that is well again.
fn assert_answered(
    expected: &(u64, Value),
    misbehave: impl Fn(&mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
) {
    let is_well = Arc::new(AtomicBool::new(false));
    let endpoint = Endpoint::plain({
        let is_well = Arc::clone(&is_well);
        move |arrived: &Arrived, connection: &mut dyn Connection| {
            if arrived.line.starts_with("GET") {
                reply(connection, 200, KEY_SET)
            } else if is_well.load(Ordering::SeqCst) {
                reply(connection, 200, &tokens())
            } else {
                misbehave(connection)
            }
        }
    });
    let function = Function::start(env!("CARGO_BIN_EXE_login"), &[("AWS_ENDPOINT_URL", endpoint.url())]);

    assert_eq!(&function.call(event()), expected);
    assert_eq!(endpoint.calls(), 1, "a sign-in is not tried again behind the client's back");

    is_well.store(true, Ordering::SeqCst);
    assert_eq!(function.call(event()).0, 200, "the next request is served");
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
        assert_answered(&unavailable(), move |connection| reply(connection, status, "<html>Sorry</html>"));
    }
    let internal = refused(500, "Authentication error: InternalErrorException");
    assert_answered(&internal, |connection| {
        reply(connection, 500, r#"{"__type": "InternalErrorException"}"#)
    });
}

#[test]
fn throttling_returns_429() {
    let throttled = refused(429, "Authentication error: TooManyRequestsException");
    assert_answered(&throttled, |connection| {
        reply(connection, 400, r#"{"__type": "TooManyRequestsException"}"#)
    });
}

#[test]
fn unexpected_response_returns_an_error() {
    assert_answered(&unavailable(), |connection| reply(connection, 200, "<html>Welcome</html>"));
    let unsupported = refused(403, "Authentication error: challenge TELEPATHY is not supported");
    assert_answered(&unsupported, |connection| {
        reply(connection, 200, r#"{"ChallengeName": "TELEPATHY", "Session": "AYABeE"}"#)
    });
    let internal = refused(500, "Login failed: internal error");
    for body in [
        "{}",
        r#"{"AuthenticationResult": {}}"#,
        r#"{"AuthenticationResult": {"AccessToken": "access", "IdToken": "no token"}}"#,
    ] {
        assert_answered(&internal, move |connection| reply(connection, 200, body));
    }
}

/// Signs in with a Cognito behind `certificate`, whose issuer is among the trusted roots or is not.
fn sign_in_behind(certificate: Certificate, trusted: bool) -> ((u64, Value), usize) {
    let endpoint = Endpoint::tls(certificate, |arrived: &Arrived, connection: &mut dyn Connection| {
        let body = if arrived.line.starts_with("GET") { KEY_SET.to_owned() } else { tokens() };
        reply(connection, 200, &body)
    });
    let roots = file_of(certificate, &endpoint);
    let mut variables = vec![("AWS_ENDPOINT_URL", endpoint.url())];
    if trusted {
        variables.push(("SSL_CERT_FILE", roots.as_str()));
    }
    let answer = Function::start(env!("CARGO_BIN_EXE_login"), &variables).call(event());
    (answer, endpoint.calls())
}

/// A file that holds the endpoint's certificate.
fn file_of(certificate: Certificate, endpoint: &Endpoint) -> String {
    let path = format!("{}/{certificate:?}.pem", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&path, endpoint.certificate()).expect("a folder that can be written to");
    path
}

#[test]
fn invalid_certificate_returns_503() {
    assert_eq!(sign_in_behind(Certificate::Valid, true).0.0, 200, "with the right one it works");
    for certificate in [Certificate::Expired, Certificate::OfAnotherHost] {
        assert_eq!(sign_in_behind(certificate, true), (unavailable(), 0), "{certificate:?}");
    }
    assert_eq!(sign_in_behind(Certificate::Valid, false), (unavailable(), 0), "not one of Amazon's");
}

#[test]
fn repeated_failures_do_not_leak() {
    let endpoint = Endpoint::plain(|arrived: &Arrived, connection: &mut dyn Connection| {
        if arrived.line.starts_with("GET") {
            return reply(connection, 200, KEY_SET);
        }
        connection.reset();
        Err(io::ErrorKind::ConnectionReset.into())
    });
    // Two functions share them, since one would keep one processor alone busy.
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
