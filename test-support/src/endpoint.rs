//! Something that listens where Cognito should be.

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

/// A request that reached an [`Endpoint`].
#[derive(Debug)]
pub struct Arrived {
    /// The first line.
    pub line: String,
    /// The operation of Cognito that is asked for; none where the keys of the pool are.
    pub operation: Option<String>,
    /// The JSON that was sent.
    pub body: Value,
}

/// Either side of a TLS handshake, or none.
pub trait Connection: Read + Write + Send {
    /// Cuts the connection off without a farewell.
    fn reset(&self);
}

impl Connection for TcpStream {
    fn reset(&self) {
        // What is not sent yet is thrown away, and the other side gets a reset or an early end.
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Connection for StreamOwned<ServerConnection, TcpStream> {
    fn reset(&self) {
        self.get_ref().reset();
    }
}

/// What becomes of connections while the other side is frozen.
#[derive(Debug, Clone, Copy)]
pub enum Death {
    /// They are closed, as one that was idle for too long is.
    Closed,
    /// They are reset, as by a server that was started anew.
    Reset,
    /// They are forgotten, as by a router: whatever comes on them next is answered with a reset.
    Forgotten,
}

/// What an endpoint does with a request. The end of the function is the end of the connection
/// where it says so.
pub type Script = dyn Fn(&Arrived, &mut dyn Connection) -> io::Result<()> + Send + Sync;

/// Something that listens where Cognito should be, and counts what is asked of it.
pub struct Endpoint {
    url: String,
    calls: Arc<AtomicUsize>,
    certificate: Option<String>,
    open: Open,
}

/// The connections that are open, each under a number of its own, and whether its next request finds it forgotten.
type Open = Arc<Mutex<HashMap<usize, (TcpStream, Arc<AtomicBool>)>>>;

/// A certificate that an endpoint shows.
#[derive(Debug, Clone, Copy)]
pub enum Certificate {
    /// One that is right in every way.
    Valid,
    /// One whose time is over.
    Expired,
    /// One for another host.
    OfAnotherHost,
}

impl Endpoint {
    /// Listens without TLS.
    pub fn plain(
        script: impl Fn(&Arrived, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("http://127.0.0.1", None, None, Arc::new(script))
    }

    /// Listens with TLS, behind `certificate`.
    pub fn tls(
        certificate: Certificate,
        script: impl Fn(&Arrived, &mut dyn Connection) -> io::Result<()> + Send + Sync + 'static,
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
                    let is_forgotten = Arc::new(AtomicBool::new(false));
                    let copy = stream.try_clone().expect("one more descriptor");
                    open.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(number, (copy, Arc::clone(&is_forgotten)));
                    let open = Arc::clone(&open);
                    thread::spawn(move || {
                        // How it ended is the other side's business.
                        let _ = match tls {
                            None => answer_all(stream, &calls, &is_forgotten, &*script),
                            Some(config) => ServerConnection::new(config)
                                .map_err(io::Error::other)
                                .map(|connection| StreamOwned::new(connection, stream))
                                .and_then(|stream| answer_all(stream, &calls, &is_forgotten, &*script)),
                        };
                        open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                    });
                }
            }
        });
        Self { url: format!("{base}:{port}"), calls, certificate, open }
    }

    /// Lets all connections die that are open now.
    pub fn kill_connections(&self, death: Death) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, (connection, is_forgotten)) in open.drain() {
            match death {
                // A connection that is gone already cannot die once more.
                Death::Closed => drop(connection.shutdown(Shutdown::Both)),
                Death::Reset => {
                    reset_when_dropped(&connection);
                    // A thread that reads from the connection drops it, too.
                    drop(connection.shutdown(Shutdown::Read));
                }
                Death::Forgotten => {
                    reset_when_dropped(&connection);
                    is_forgotten.store(true, Ordering::SeqCst);
                }
            }
        }
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate it shows, in PEM.
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap_or_default()
    }

    /// How often an operation was asked for. Fetching the key set is none.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// The last to let go of it sends a reset, and no farewell: socket(7), `SO_LINGER`.
fn reset_when_dropped(connection: &TcpStream) {
    set_socket_linger(connection, Some(Duration::ZERO)).expect("a socket option");
}

/// Writes a response with the headers of Cognito's.
pub fn reply(connection: &mut dyn Connection, status: u16, body: &str) -> io::Result<()> {
    http::write(connection, status, &[("content-type", "application/x-amz-json-1.1")], body.as_bytes())
}

fn answer_all(
    connection: impl Connection,
    calls: &AtomicUsize,
    is_forgotten: &AtomicBool,
    script: &Script,
) -> io::Result<()> {
    let mut connection = BufReader::new(connection);
    while let Some(request) = http::read(&mut connection)? {
        if is_forgotten.load(Ordering::SeqCst) {
            // A router that forgot the connection delivers nothing.
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let operation = request.header("x-amz-target").and_then(|target| target.split_once('.'));
        let arrived = Arrived {
            operation: operation.map(|(_, operation)| operation.to_owned()),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
            line: request.line,
        };
        if arrived.line.starts_with("POST") {
            calls.fetch_add(1, Ordering::SeqCst);
        }
        script(&arrived, connection.get_mut())?;
    }
    Ok(())
}
