//! Responses of Cognito, replayed over HTTP to the real SDK.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_cognitoidentityprovider::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use http::{HeaderMap, header};
use serde_json::Value;
use tokio::time::Instant;
use tracing::level_filters::LevelFilter;

use super::{
    canary::Secrets,
    cognito_response::CognitoResponse,
    events::{FEDERATION_VARIABLES, configuration},
    invariants,
    openapi::validate_response,
    replay_connector::ReplayConnector,
    test_response::TestResponse,
};
use shared::{
    Route, Service,
    testing::{
        Configuration, Connections, FromEvent, Handler, Invocation, RouteFunction, handle, subscriber,
    },
};

/// Cognito that returns these responses one after the other and records the requests.
#[derive(Debug, Clone)]
pub struct ReplayedCognito {
    connector: ReplayConnector,
    responses: Vec<CognitoResponse>,
    /// Whether secrets other than generated canaries may be in the output.
    arbitrary: bool,
}

/// A request to Cognito.
#[derive(Debug, PartialEq)]
pub struct RecordedRequest {
    /// The operation, such as `AdminInitiateAuth`, or the method and address of any other request.
    pub operation: String,
    /// The JSON that was sent, or any other text.
    pub body: Value,
    /// True where the request was signed with the function's AWS credentials.
    pub signed: bool,
}

impl ReplayedCognito {
    /// Cognito with these responses.
    pub fn new(responses: impl IntoIterator<Item = CognitoResponse>) -> Self {
        let responses: Vec<_> = responses.into_iter().collect();
        let connector = ReplayConnector::new(responses.iter().cloned().map(CognitoResponse::into_response));
        Self { connector, responses, arbitrary: false }
    }

    /// This Cognito for events and responses of a fuzzer. Their secrets are arbitrary text that the output may
    /// contain by chance, so the output is searched for generated canaries only.
    #[must_use]
    pub fn with_arbitrary_input(self) -> Self {
        Self { arbitrary: true, ..self }
    }

    /// Sends `event` to `route`, for a deployment with the usual [`configuration`].
    pub fn call<I: FromEvent>(
        &self,
        route: &'static Route,
        function: impl RouteFunction<I>,
        event: String,
    ) -> TestResponse {
        self.call_with(configuration(&[]), route, function, event)
    }

    /// Sends `event` to `route`, for a deployment with `configuration`.
    pub fn call_with<I: FromEvent>(
        &self,
        configuration: Configuration,
        route: &'static Route,
        function: impl RouteFunction<I>,
        event: String,
    ) -> TestResponse {
        self.handle_event(configuration, &Handler::new(route, function), event)
    }

    /// Handles an event in a deployment with `configuration`.
    pub(crate) fn handle_event(
        &self,
        configuration: Configuration,
        handler: &Handler,
        event: String,
    ) -> TestResponse {
        let secrets = Secrets::of(&event, self.responses.iter().map(CognitoResponse::text));
        let secrets = if self.arbitrary { secrets.canaries() } else { secrets };
        handle_event(
            SharedHttpConnector::new(self.connector.clone()),
            configuration,
            handler,
            event,
            &secrets,
        )
    }

    /// The requests to Cognito so far.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.connector
            .requests()
            .iter()
            .map(|request| {
                let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
                RecordedRequest {
                    operation: match target.and_then(|target| target.split_once('.')) {
                        Some((_, operation)) => operation.to_owned(),
                        None => format!("{} {}", request.method(), request.uri()),
                    },
                    body: match request.body().as_slice() {
                        [] => Value::Null,
                        body => serde_json::from_slice(body)
                            .unwrap_or_else(|_| String::from_utf8_lossy(body).into()),
                    },
                    signed: is_signed(request.headers()),
                }
            })
            .collect()
    }
}

/// Whether the credentials in `headers` are a signature (AWS Signature Version 4).
fn is_signed(headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .is_some_and(|authorization| authorization.as_bytes().starts_with(b"AWS4-HMAC-SHA256"))
}

/// Handles an event with a Cognito that refuses every connection.
pub(crate) fn call_without_cognito(handler: &Handler, event: String) -> TestResponse {
    let closed =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let closed = format!("http://{closed}");
    let mut variables =
        vec![("AWS_ENDPOINT_URL", closed.as_str()), ("FEDERATION_URL", &closed), ("SELF_SIGN_UP", "true")];
    variables.extend(FEDERATION_VARIABLES);
    let configuration = configuration(&variables);
    let connections = Connections::new(configuration.trust_store).expect("usable trust store");
    let secrets = Secrets::of(&event, [""; 0]);
    handle_event(SharedHttpConnector::new(connections), configuration, handler, event, &secrets)
}

fn handle_event(
    connector: SharedHttpConnector,
    configuration: Configuration,
    handler: &Handler,
    event: String,
    secrets: &Secrets,
) -> TestResponse {
    let route = handler.route;
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "testing");
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
        let service =
            Arc::new(Service::new(configuration, SharedCredentialsProvider::new(credentials), connector));
        let log = Log::default();
        let writer = log.clone();
        let subscriber = subscriber(route.name, LevelFilter::TRACE, move || writer.clone());
        let invocation =
            Invocation { id: "lambda-request-id", deadline: Instant::now() + Duration::from_secs(15) };
        let completed = {
            let _default = tracing::subscriber::set_default(subscriber);
            handle(handler, service, &event, invocation).await
        };
        let response = TestResponse::new(completed, &log.text());
        invariants::check(&response, &event, secrets);
        validate_response(route, &response, &event);
        response
    })
}

/// Log of a request, at the most verbose level.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Everything that was written.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("a log is text")
    }
}
