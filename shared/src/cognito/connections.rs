//! Connection pool that tolerates Lambda freezes.
//!
//! Lambda freezes a function between two requests, for seconds or for hours. Idle connections are purged meanwhile
//! (<https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html>), and the function does not notice. So a
//! connection that was idle for long is not reused, and a request on a stale connection is sent again.
//!
//! # When a request is sent twice
//!
//! A server that closed or dropped an idle connection rejects the next request on it unread, within one round trip.
//! A request on a reused connection is therefore sent again, once and on a new connection, in two cases:
//!
//! - hyper reports that the request was never written;
//! - the connection failed without a byte of a response, within [`RESEND_WINDOW`] of sending the request.
//!
//! Otherwise Cognito may have processed the request, and it is not sent again: on the first use of a connection,
//! after a timeout, after a part of a response, and if the connection failed later.
//!
//! The remaining risk is a Cognito that reads a request on a reused connection and closes it at once without a
//! response. A wrong password then counts twice toward lockout, and a single-use code or session is rejected as used.

use std::{
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_sdk_cognitoidentityprovider::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use http::{
    HeaderValue, Request, Response, Uri, header,
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{HttpConnector as TcpConnector, dns::GaiResolver},
    rt::TokioIo,
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tower_service::Service;

use super::{
    stream::Stream,
    trust_store::{TrustStore, TrustStoreError},
};
use crate::model::error::Cause;

/// Limit for one attempt to open a connection: DNS, TCP and TLS. musl resends a DNS query after 2.5 s, and two
/// attempts fit into the time limit of a call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Limit for TCP alone, which hyper-util divides among the addresses of a host. An address that does not respond
/// leaves time for the others.
const TCP_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Measured by the wall clock, since the monotonic clock may stop while Lambda freezes the function. Short, since a new
/// connection costs milliseconds, and a connection that failed silently costs a request the whole timeout of a call.
const LONGEST_IDLE: Duration = Duration::from_secs(20);

/// Time after sending a request in which a stale connection fails: one round trip, and time to spare. A connection
/// that fails later may have failed after Cognito read the request.
const RESEND_WINDOW: Duration = Duration::from_secs(1);

/// Larger than any response of Cognito.
const MAX_RESPONSE_SIZE: usize = 1024 * 1024;

/// Connections for all requests of the process: calls to Cognito, the token endpoint and the key set.
#[derive(Clone)]
pub struct Connections {
    connector: HttpsConnector<TcpConnector>,
    idle: Arc<Mutex<IdlePool<Connection>>>,
}

/// Scheme, host and port of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin(Scheme, Authority);

/// An open connection.
struct Connection {
    sender: SendRequest<SdkBody>,
    /// Number of bytes received on the connection.
    received: Arc<AtomicU64>,
}

/// Connection failure before the end of a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection failed")]
struct Failure {
    /// Whether the request may be sent again if the connection was a reused one.
    resendable: bool,
    source: Cause,
}

impl Connections {
    /// Empty pool of connections to servers whose certificates `trust_store` verifies.
    ///
    /// # Errors
    ///
    /// [`TrustStoreError`] if no root certificate can be read.
    pub fn new(trust_store: TrustStore) -> Result<Self, TrustStoreError> {
        Ok(Self { connector: connector(GaiResolver::new(), trust_store)?, idle: Arc::default() })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (origin, request) = split_origin(request).map_err(ConnectorError::user)?;
        let reused = self.idle().checkout(&origin, SystemTime::now());
        if let (Some(mut connection), Some(copy)) = (reused, copy_of(&request)) {
            match connection.exchange(copy).await {
                Err(Failure { resendable: true, .. }) => {}
                outcome => return self.finish(origin, connection, outcome),
            }
        }
        let mut connection = open(&self.connector, &origin).await?;
        let outcome = connection.exchange(request).await;
        self.finish(origin, connection, outcome)
    }

    /// Returns the response, and its connection to the idle pool.
    fn finish(
        &self,
        origin: Origin,
        connection: Connection,
        outcome: Result<Response<SdkBody>, Failure>,
    ) -> Result<HttpResponse, ConnectorError> {
        let response = outcome.map_err(|failure| ConnectorError::io(failure.into()))?;
        self.idle().put(origin, SystemTime::now(), connection);
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }

    fn idle(&self) -> MutexGuard<'_, IdlePool<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connections = self.clone();
        HttpConnectorFuture::new(async move { connections.exchange(request).await })
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connections(..)")
    }
}

impl Connection {
    async fn exchange(&mut self, request: Request<SdkBody>) -> Result<Response<SdkBody>, Failure> {
        let received_before = self.received.load(Ordering::Relaxed);
        let mut sent_at = None;
        let response = async {
            self.sender.ready().await?;
            sent_at = Some(Instant::now());
            let (head, body) = self.sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, MAX_RESPONSE_SIZE).collect().await?.to_bytes();
            Ok(Response::from_parts(head, SdkBody::from(body)))
        };
        let response: Result<_, Cause> = response.await;
        response.map_err(|source| {
            let canceled = source.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled);
            let no_response = self.received.load(Ordering::Relaxed) == received_before;
            let resendable =
                sent_at.is_none_or(|sent_at| canceled || (no_response && sent_at.elapsed() <= RESEND_WINDOW));
            Failure { resendable, source }
        })
    }
}

/// Idle connections, the most recently used one last.
struct IdlePool<C>(Vec<(Origin, SystemTime, C)>);

impl<C> Default for IdlePool<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C> IdlePool<C> {
    fn put(&mut self, origin: Origin, now: SystemTime, connection: C) {
        self.0.push((origin, now, connection));
    }

    /// Most recently used connection to `origin`. Connections idle for longer than [`LONGEST_IDLE`] are closed.
    fn checkout(&mut self, origin: &Origin, now: SystemTime) -> Option<C> {
        // A clock that went backwards does not tell how long a connection was idle.
        self.0.retain(|(_, since, _)| now.duration_since(*since).is_ok_and(|idle| idle <= LONGEST_IDLE));
        let position = self.0.iter().rposition(|(pooled, ..)| pooled == origin)?;
        Some(self.0.remove(position).2)
    }
}

/// TCP and TLS connector that finds addresses with `resolver`.
fn connector<R>(
    resolver: R,
    trust_store: TrustStore,
) -> Result<HttpsConnector<TcpConnector<R>>, TrustStoreError> {
    let mut tcp = TcpConnector::new_with_resolver(resolver);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(TCP_CONNECT_TIMEOUT));
    // The outer connector adds TLS.
    tcp.enforce_http(false);
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(trust_store.tls_config()?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp))
}

/// Opens a connection to `origin`, in a second attempt if the first one failed. A second attempt is always safe:
/// no request was sent.
async fn open<C>(connector: &C, origin: &Origin) -> Result<Connection, ConnectorError>
where
    C: Service<Uri, Response = MaybeHttpsStream<TokioIo<TcpStream>>, Error = Cause> + Clone,
{
    match try_open(connector, origin).await {
        Err(_) => try_open(connector, origin).await,
        opened => opened,
    }
}

async fn try_open<C>(connector: &C, Origin(scheme, authority): &Origin) -> Result<Connection, ConnectorError>
where
    C: Service<Uri, Response = MaybeHttpsStream<TokioIo<TcpStream>>, Error = Cause> + Clone,
{
    let uri = Uri::builder()
        .scheme(scheme.clone())
        .authority(authority.clone())
        .path_and_query(PathAndQuery::from_static("/"))
        .build()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let stream = timeout(CONNECT_TIMEOUT, connector.clone().call(uri))
        .await
        .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?
        .map_err(ConnectorError::io)?;
    let stream = Stream::new(stream);
    let received = stream.received();
    let (sender, driver) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| ConnectorError::io(error.into()))?;
    // The task ends with the connection. The request in flight reports why the connection ended.
    tokio::spawn(async move {
        let _ = driver.await;
    });
    Ok(Connection { sender, received })
}

/// Splits the absolute URI of `request`: the origin, and the request with the path alone and a `Host` header.
fn split_origin(mut request: Request<SdkBody>) -> Result<(Origin, Request<SdkBody>), Cause> {
    let mut address = mem::take(request.uri_mut()).into_parts();
    let (Some(scheme), Some(authority)) = (address.scheme.take(), address.authority.take()) else {
        return Err("a request without a scheme and a host".into());
    };
    *request.uri_mut() = Uri::from_parts(address)?;
    if !request.headers().contains_key(header::HOST) {
        let host = HeaderValue::from_str(authority.as_str())?;
        request.headers_mut().insert(header::HOST, host);
    }
    Ok((Origin(scheme, authority), request))
}

/// Copy of `request`, or `None` if its body is a stream. Bodies of this service are not.
fn copy_of(request: &Request<SdkBody>) -> Option<Request<SdkBody>> {
    let mut copy = Request::new(request.body().try_clone()?);
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

#[cfg(test)]
mod tests;
