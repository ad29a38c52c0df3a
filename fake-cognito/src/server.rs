//! HTTP server in front of the model, with the protocol of Cognito's endpoint.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE},
    http::{request::Parts, uri::PathAndQuery},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Builder, sync::oneshot};

use crate::{
    exception::Exception,
    page::{Page, PageRequest},
    pool::{Mfa, Pool, Settings},
};

/// Paths of the pool's domain and of its demo provider.
const PAGES: [&str; 4] = ["/error", "/logout", "/oauth2/", "/provider/"];

/// Fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Cognito raises `InternalErrorException`, or an OAuth endpoint returns 500, without doing anything.
    InternalError,
    /// Cognito completes the operation, and the connection is lost before the response.
    ConnectionLost,
}

/// HTTP server with a [`Pool`]. Dropping it stops the server.
#[derive(Debug)]
pub struct FakeCognito {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _stop: oneshot::Sender<Infallible>,
}

#[derive(Debug)]
struct State {
    pool: Pool,
    /// Next fault and its operation.
    fault: Option<(String, Fault)>,
    operations: Vec<String>,
}

impl State {
    /// Records a call, and returns its fault.
    fn next(&mut self, operation: &str) -> Option<Fault> {
        self.operations.push(operation.to_owned());
        self.fault.take_if(|(of, _)| of == operation).map(|(_, fault)| fault)
    }
}

impl FakeCognito {
    /// Starts the server on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// There is no free port, or no thread can be started.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state =
            Arc::new(Mutex::new(State { pool: Pool::new(settings), fault: None, operations: Vec::new() }));
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&state);
        thread::Builder::new().name("fake-cognito".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    _ = serve(listener, served) => {}
                }
            });
        })?;
        Ok(Self { address, state, _stop: stop })
    }

    /// URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Environment variables of a function that calls this Cognito.
    pub fn environment(&self) -> Vec<(String, String)> {
        let settings = self.pool().settings.clone();
        let mfa = match settings.mfa {
            Mfa::Off => "OFF",
            Mfa::Optional => "OPTIONAL",
            Mfa::On => "ON",
        };
        let signs_in_with = |factor| settings.first_factors.contains(&factor).to_string();
        let variables = [
            ("AWS_ENDPOINT_URL", self.url()),
            ("EMAIL_CHANGE", settings.verifies_before_update.to_string()),
            ("EMAIL_CODE", signs_in_with("EMAIL_OTP")),
            ("MFA", mfa.to_owned()),
            ("PASSKEYS", signs_in_with("WEB_AUTHN")),
            ("PASSWORD_POLICY", "8 uppercase lowercase numbers symbols".to_owned()),
            ("SELF_SIGN_UP", settings.self_sign_up.to_string()),
            ("COGNITO_USER_POOL_ID", settings.user_pool_id),
            ("COGNITO_CLIENT_ID", settings.client_id),
        ];
        let secret = settings.client_secret.map(|secret| ("COGNITO_CLIENT_SECRET", secret));
        let federation = settings.federation.map(|federation| {
            [
                ("FEDERATION_URL", self.url()),
                ("FEDERATED_PROVIDERS", federation.providers.join(",")),
                ("REDIRECT_URIS", federation.callback_urls.join(",")),
                ("LOGOUT_REDIRECT_URIS", federation.logout_urls.join(",")),
            ]
        });
        let optional = secret.into_iter().chain(federation.into_iter().flatten());
        variables.into_iter().chain(optional).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Exclusive access to the pool.
    pub fn pool(&self) -> impl std::ops::DerefMut<Target = Pool> + '_ {
        Guard(self.lock())
    }

    /// Makes the next call of `operation` fail, or the next request to the path of an OAuth endpoint.
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.lock().fault = Some((operation.to_owned(), fault));
    }

    /// Operations that were called and paths of the OAuth endpoints that were requested, in their order.
    pub fn operations(&self) -> Vec<String> {
        self.lock().operations.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lock on the state that gives access to the pool.
struct Guard<'a>(MutexGuard<'a, State>);

impl std::ops::Deref for Guard<'_> {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.0.pool
    }
}

impl std::ops::DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Pool {
        &mut self.0.pool
    }
}

async fn serve(listener: std::net::TcpListener, state: Arc<Mutex<State>>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let state = Arc::clone(&state);
        let service = service_fn(move |request| handle(request, Arc::clone(&state)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Handles a request. An error closes the connection.
async fn handle(request: Request<Incoming>, state: Arc<Mutex<State>>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let Some(operation) = target.and_then(|target| target.rsplit('.').next()) else {
        let is_page = PAGES.iter().any(|page| head.uri.path().starts_with(page));
        return if is_page { handle_page(&head, body, &state).await } else { respond(200, &Pool::key_set()) };
    };
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let fault = state.next(operation);
    if fault == Some(Fault::InternalError) {
        let (status, body) = Exception::new("InternalErrorException", "Something went wrong").to_http();
        return respond(status, &body);
    }
    if Pool::must_be_signed(operation) && !head.headers.contains_key(AUTHORIZATION) {
        return respond(
            400,
            &json!({ "__type": "MissingAuthenticationTokenException", "message": "Missing" }),
        );
    }
    let result = state.pool.call(operation, &input);
    if fault == Some(Fault::ConnectionLost) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    match result {
        Ok(output) => respond(200, &output),
        Err(exception) => {
            let (status, body) = exception.to_http();
            respond(status, &body)
        }
    }
}

/// Handles a request to the pool's domain or to its demo provider.
async fn handle_page(
    head: &Parts,
    body: Incoming,
    state: &Mutex<State>,
) -> io::Result<Response<Full<Bytes>>> {
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let form = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut request = PageRequest::new(head.method.as_str(), header(HOST), target, header(COOKIE), &form);
    request.authorization = Some(header(AUTHORIZATION).to_owned());
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    match state.next(head.uri.path()) {
        Some(Fault::InternalError) => {
            Response::builder().status(500).body(Full::default()).map_err(io::Error::other)
        }
        Some(Fault::ConnectionLost) => {
            state.pool.visit(&request);
            Err(io::ErrorKind::ConnectionReset.into())
        }
        None => render(state.pool.visit(&request)),
    }
}

fn respond(status: u16, body: &Value) -> io::Result<Response<Full<Bytes>>> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .body(Full::new(Bytes::from(body.to_string())))
        .map_err(io::Error::other)
}

fn render(page: Page) -> io::Result<Response<Full<Bytes>>> {
    let Page { status, location, cookie, content_type, body } = page;
    let headers = [(LOCATION, location), (SET_COOKIE, cookie), (CONTENT_TYPE, Some(content_type.to_owned()))];
    let mut response = Response::builder().status(status).header(CACHE_CONTROL, "no-store");
    for (name, value) in headers {
        if let Some(value) = value {
            response = response.header(name, value);
        }
    }
    response.body(Full::new(Bytes::from(body))).map_err(io::Error::other)
}
