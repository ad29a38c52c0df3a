//! Endpoint that stands in for Cognito.

use std::{
    collections::HashMap,
    io::{self, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use lambda_stub::http;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustix::net::sockopt::set_socket_linger;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::Value;

/// Path of the token endpoint of a user pool's domain.
pub const TOKEN_ENDPOINT: &str = "/oauth2/token";

/// A request that reached an [`Endpoint`].
#[derive(Debug)]
pub struct ReceivedRequest {
    /// The first line.
    pub line: String,
    /// Operation of Cognito's API, or path of the token endpoint. `None` for a request for the pool's keys.
    pub operation: Option<String>,
    /// The JSON that was sent.
    pub body: Value,
}

/// Connection with or without TLS.
pub trait Connection: Read + Write + Send {
    /// Cuts the connection off, without a TLS `close_notify`.
    fn reset(&self);
}

impl Connection for TcpStream {
    fn reset(&self) {
        // Unsent data is discarded. The client gets a reset or an early end.
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Connection for StreamOwned<ServerConnection, TcpStream> {
    fn reset(&self) {
        self.get_ref().reset();
    }
}

/// Loss of connections while the client is frozen.
#[derive(Debug, Clone, Copy)]
pub enum ConnectionLoss {
    /// Closed, as after an idle timeout.
    Closed,
    /// Reset, as by a server that restarts.
    Reset,
    /// Dropped without notice, as by a router. The next request gets a reset.
    Dropped,
}

/// Function that handles a request. An error closes the connection.
pub type Script = dyn Fn(&ReceivedRequest, &mut dyn Connection) -> io::Result<()> + Send + Sync;

/// Endpoint that stands in for Cognito and counts calls of operations.
pub struct Endpoint {
    url: String,
    calls: Arc<AtomicUsize>,
    certificate: Option<String>,
    open: Open,
}

/// Open connections by number, each with a flag that is set when the connection is dropped.
type Open = Arc<Mutex<HashMap<usize, (TcpStream, Arc<AtomicBool>)>>>;

/// Certificate of an endpoint.
#[derive(Debug, Clone, Copy)]
pub enum Certificate {
    /// Valid.
    Valid,
    /// Expired.
    Expired,
    /// Valid for another host.
    OfAnotherHost,
}

impl Endpoint {
    /// Listens without TLS.
    pub fn plain(
        script: impl Fn(&ReceivedRequest, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("http://127.0.0.1", None, None, Arc::new(script))
    }

    /// Listens with TLS, behind `certificate`.
    pub fn tls(
        certificate: Certificate,
        script: impl Fn(&ReceivedRequest, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let name =
            if matches!(certificate, Certificate::OfAnotherHost) { "evil.example" } else { "localhost" };
        let mut params = CertificateParams::new([name.to_owned()]).expect("a host name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = match certificate {
            Certificate::Expired => date_time_ymd(2021, 1, 1),
            _ => date_time_ymd(2200, 1, 1),
        };
        let key = KeyPair::generate().expect("a key");
        let signed = params.self_signed(&key).expect("a certificate");
        let private_key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![signed.der().clone()], private_key)
            })
            .expect("a TLS configuration");
        Self::listen("https://localhost", Some(Arc::new(config)), Some(signed.pem()), Arc::new(script))
    }

    /// An address without a listener.
    pub fn closed() -> Self {
        let free =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        Self {
            url: format!("http://{free}"),
            calls: Arc::default(),
            certificate: None,
            open: Open::default(),
        }
    }

    fn listen(
        base: &str,
        tls: Option<Arc<ServerConfig>>,
        certificate: Option<String>,
        script: Arc<Script>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let calls = Arc::new(AtomicUsize::new(0));
        let open = Open::default();
        thread::spawn({
            let (calls, open) = (Arc::clone(&calls), Arc::clone(&open));
            move || {
                for (number, stream) in listener.incoming().flatten().enumerate() {
                    let (calls, script, tls) = (Arc::clone(&calls), Arc::clone(&script), tls.clone());
                    let is_dropped = Arc::new(AtomicBool::new(false));
                    let copy = stream.try_clone().expect("one more descriptor");
                    open.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(number, (copy, Arc::clone(&is_dropped)));
                    let open = Arc::clone(&open);
                    thread::spawn(move || {
                        // The client checks how the connection ends.
                        let _ = match tls {
                            None => serve_requests(stream, &calls, &is_dropped, &*script),
                            Some(config) => ServerConnection::new(config)
                                .map_err(io::Error::other)
                                .map(|connection| StreamOwned::new(connection, stream))
                                .and_then(|stream| serve_requests(stream, &calls, &is_dropped, &*script)),
                        };
                        open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                    });
                }
            }
        });
        Self { url: format!("{base}:{port}"), calls, certificate, open }
    }

    /// Loses all open connections.
    pub fn lose_connections(&self, loss: ConnectionLoss) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, (connection, is_dropped)) in open.drain() {
            match loss {
                // A closed connection cannot be lost again.
                ConnectionLoss::Closed => drop(connection.shutdown(Shutdown::Both)),
                ConnectionLoss::Reset => {
                    reset_when_dropped(&connection);
                    // A thread that reads from the connection drops it, too.
                    drop(connection.shutdown(Shutdown::Read));
                }
                ConnectionLoss::Dropped => {
                    reset_when_dropped(&connection);
                    is_dropped.store(true, Ordering::SeqCst);
                }
            }
        }
    }

    /// URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Certificate in PEM.
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap_or_default()
    }

    /// Number of calls of operations. Requests for the key set do not count.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Makes closing the socket send a reset: socket(7), `SO_LINGER`.
fn reset_when_dropped(connection: &TcpStream) {
    set_socket_linger(connection, Some(Duration::ZERO)).expect("a socket option");
}

/// Writes a response with the headers of Cognito.
pub fn respond(connection: &mut dyn Connection, status: u16, body: &str) -> io::Result<()> {
    http::write(connection, status, &[("content-type", "application/x-amz-json-1.1")], body.as_bytes())
}

fn serve_requests(
    connection: impl Connection,
    calls: &AtomicUsize,
    is_dropped: &AtomicBool,
    script: &Script,
) -> io::Result<()> {
    let mut connection = BufReader::new(connection);
    while let Some(request) = http::read(&mut connection)? {
        if is_dropped.load(Ordering::SeqCst) {
            // A router that dropped the connection delivers nothing.
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let operation = request.header("x-amz-target").and_then(|target| target.split_once('.'));
        let token_endpoint = || Some(request.path()).filter(|path| *path == TOKEN_ENDPOINT);
        let operation = operation.map(|(_, operation)| operation).or_else(token_endpoint);
        let request = ReceivedRequest {
            operation: operation.map(str::to_owned),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            line: request.line,
        };
        if request.line.starts_with("POST") {
            calls.fetch_add(1, Ordering::SeqCst);
        }
        script(&request, connection.get_mut())?;
    }
    Ok(())
}
