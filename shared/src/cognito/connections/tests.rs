use std::{
    convert::Infallible,
    future::pending,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, SystemTime},
    vec,
};

use aws_sdk_cognitoidentityprovider::config::http::{HttpRequest, HttpResponse};
use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    task::yield_now,
    time::sleep,
};
use tower_service::Service;

use super::{
    Authority, Connection, Connections, ConnectorError, IdlePool, LONGEST_IDLE, Origin, RESEND_WINDOW,
    Scheme, TrustStore, connector, open,
};

fn origin(host: &'static str) -> Origin {
    Origin(Scheme::HTTPS, Authority::from_static(host))
}

#[test]
fn idle_connection_is_reused_within_the_limit() {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (idle, reused) in
        [(Duration::ZERO, true), (LONGEST_IDLE, true), (LONGEST_IDLE + Duration::from_millis(1), false)]
    {
        let mut pool = IdlePool::default();
        pool.put(origin("cognito"), then, "connection");
        assert_eq!(pool.checkout(&origin("cognito"), then + idle).is_some(), reused, "{idle:?}");
        assert!(pool.0.is_empty(), "it is in use, or closed");
    }
}

#[test]
fn clock_set_back_discards_idle_connections() {
    let mut pool = IdlePool::default();
    pool.put(origin("cognito"), SystemTime::now(), "connection");
    assert_eq!(pool.checkout(&origin("cognito"), SystemTime::UNIX_EPOCH), None);
}

#[test]
fn connection_is_reused_for_its_own_origin_only() {
    let now = SystemTime::now();
    let mut pool = IdlePool::default();
    pool.put(origin("cognito"), now, "the first");
    pool.put(origin("another"), now, "another's");
    pool.put(origin("cognito"), now, "the last");
    assert_eq!(pool.checkout(&origin("cognito"), now), Some("the last"));
    assert_eq!(pool.checkout(&origin("cognito"), now), Some("the first"));
    assert_eq!(pool.checkout(&origin("cognito"), now), None);
    let unencrypted = Origin(Scheme::HTTP, Authority::from_static("another"));
    assert_eq!(pool.checkout(&unencrypted, now), None);
}

/// Resolver whose responses to the n-th query, counted from 0, come from a closure.
#[derive(Clone)]
struct Resolver<F> {
    respond: F,
    queries: Arc<AtomicUsize>,
}

type Addresses = BoxFuture<'static, Result<vec::IntoIter<SocketAddr>, Infallible>>;

impl<F: Fn(usize) -> Addresses> Service<Name> for Resolver<F> {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Infallible;
    type Future = Addresses;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Addresses {
        (self.respond)(self.queries.fetch_add(1, Ordering::Relaxed))
    }
}

/// Opens a connection to a host whose addresses the resolver finds. Also returns the number of queries.
async fn open_with(
    respond: impl Fn(usize) -> Addresses + Clone + Send + Sync + 'static,
) -> (Result<Connection, ConnectorError>, usize) {
    let queries = Arc::new(AtomicUsize::new(0));
    let resolver = Resolver { respond, queries: Arc::clone(&queries) };
    let connector = connector(resolver, TrustStore::AmazonTrustServices).unwrap();
    // Without a port in the URI, the port of the resolved address counts.
    let opened = open(&connector, &Origin(Scheme::HTTP, Authority::from_static("cognito"))).await;
    (opened, queries.load(Ordering::Relaxed))
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Address that drops connection requests: the only place in its backlog is taken.
fn unresponsive() -> (impl Sized, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let first = TcpStream::connect(address).unwrap();
    ((listener, first), address)
}

// The clock of these tests is paused: a time limit passes as soon as there is nothing else to do.

#[tokio::test(start_paused = true)]
async fn unresponsive_address_leaves_time_for_the_next() {
    let (_unresponsive, dead) = unresponsive();
    let (_listener, live) = listener();
    let (opened, _) = open_with(move |_| Box::pin(async move { Ok(vec![dead, live].into_iter()) })).await;
    assert!(opened.is_ok(), "{:?}", opened.err());
}

#[tokio::test(start_paused = true)]
async fn lost_dns_response_is_followed_by_a_second_query() {
    let (_listener, live) = listener();
    let (opened, _) = open_with(move |query| {
        Box::pin(async move {
            if query == 0 {
                pending::<()>().await;
            }
            Ok(vec![live].into_iter())
        })
    })
    .await;
    assert!(opened.is_ok(), "{:?}", opened.err());
}

#[tokio::test(start_paused = true)]
async fn dns_response_to_a_resent_query_is_awaited() {
    let (_listener, live) = listener();
    let (opened, _) = open_with(move |_| {
        Box::pin(async move {
            // musl resends a query after 2.5 s.
            sleep(Duration::from_secs(3)).await;
            Ok(vec![live].into_iter())
        })
    })
    .await;
    assert!(opened.is_ok(), "{:?}", opened.err());
}

#[tokio::test]
async fn refused_connection_is_attempted_twice() {
    let (listener, closed) = listener();
    drop(listener);
    let (opened, queries) = open_with(move |_| Box::pin(async move { Ok(vec![closed].into_iter()) })).await;
    assert!(opened.is_err());
    assert_eq!(queries, 2);
}

const EMPTY_RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn request(address: SocketAddr) -> HttpRequest {
    let mut request = HttpRequest::empty();
    request.set_uri(format!("http://{address}/")).unwrap();
    request
}

/// Sends two requests to a server that reads the second one and closes the connection after `silence`. Also returns
/// the number of requests that the server received.
async fn second_request(silence: Duration) -> (Result<HttpResponse, ConnectorError>, usize) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = Arc::new(AtomicUsize::new(0));
    tokio::spawn({
        let received = Arc::clone(&received);
        async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                while stream.read(&mut [0; 1024]).await.is_ok_and(|length| length > 0) {
                    if received.fetch_add(1, Ordering::Relaxed) == 1 {
                        sleep(silence).await;
                        break;
                    }
                    stream.write_all(EMPTY_RESPONSE).await.unwrap();
                }
            }
        }
    });
    let connections = Connections::new(TrustStore::AmazonTrustServices).unwrap();
    connections.exchange(request(address)).await.unwrap();
    let response = connections.exchange(request(address)).await;
    (response, received.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn request_is_resent_if_connection_fails_at_once() {
    let (response, received) = second_request(Duration::ZERO).await;
    assert!(response.is_ok(), "{response:?}");
    assert_eq!(received, 3);
}

#[tokio::test(start_paused = true)]
async fn request_is_not_resent_after_a_silence() {
    let (response, received) = second_request(RESEND_WINDOW + Duration::from_millis(1)).await;
    assert!(response.is_err());
    assert_eq!(received, 2);
}

#[tokio::test]
async fn request_is_resent_if_it_was_never_written() {
    let (listener, address) = listener();
    let listener = Arc::new(listener);
    let serve_one = || {
        let listener = Arc::clone(&listener);
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            stream.write_all(EMPTY_RESPONSE).unwrap();
            stream
        })
    };
    let connections = Connections::new(TrustStore::AmazonTrustServices).unwrap();

    let server = serve_one();
    connections.exchange(request(address)).await.unwrap();
    // The server gives up the idle connection, and the runtime wakes the connection's task for it. The next request
    // is queued before that task runs.
    server.join().unwrap().write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n").unwrap();
    yield_now().await;
    let _server = serve_one();
    let response = connections.exchange(request(address)).await;
    assert_eq!(response.unwrap().status().as_u16(), 200);
}
