//! From `main` to the Lambda runtime, and from an event to its answer.

use std::{
    fmt::Display,
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_sdk_cognitoidentityprovider::config::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
use futures_util::FutureExt;
use lambda_http::{Body, RequestExt, Response, request::RequestContext, service_fn};
use serde::Serialize;
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;

use crate::{
    cognito::{CONNECT_TIMEOUT, Cognito},
    configuration::Configuration,
    error::Error,
    http::{self, FromEvent},
    key_set::KeySet,
    logging::{self, Entry},
    route::Route,
    user::UserPolicy,
    verifier::Verifier,
};

/// How long a function may wait, before its first request, for a connection to Cognito.
const PATIENCE_AT_START: Duration = Duration::from_millis(1500);

/// What a route's function works with. One for the life of the process.
#[derive(Debug)]
pub struct Service {
    /// The user pool.
    pub cognito: Cognito,
    /// Who holds a bearer token.
    pub verifier: Verifier,
    /// The deployment's rules on people.
    pub user_policy: UserPolicy,
    /// True until the first request has been answered.
    cold: AtomicBool,
}

impl Service {
    /// A service for the deployment of `configuration`, which reaches Cognito through `connector`.
    pub(crate) async fn new(
        configuration: Configuration,
        credentials: SharedCredentialsProvider,
        connector: SharedHttpConnector,
    ) -> Self {
        let keys = KeySet::new(connector.clone(), configuration.key_set_url());
        Self {
            cognito: Cognito::new(&configuration, credentials, connector).await,
            verifier: Verifier::new(&configuration.user_pool, keys),
            user_policy: configuration.user_policy,
            cold: AtomicBool::new(true),
        }
    }
}

/// Runs `route` as a Lambda function: the whole of a function's `main`.
///
/// Ends only when the environment is not fit to run in, or when the Lambda runtime fails, each
/// with one line in the log. Calls `function` for every request that can be understood; a panic
/// in it costs that one request an answer with status 500.
pub fn serve<I, T, F, A>(route: &'static Route, function: F) -> ExitCode
where
    I: FromEvent + 'static,
    T: Serialize + Send + 'static,
    F: Fn(Arc<Service>, I) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<T, Error>> + Send + 'static,
{
    let configuration = match Configuration::from_environment() {
        Ok(configuration) => configuration,
        Err(error) => {
            logging::start(route.name, LevelFilter::ERROR);
            tracing::error!(route = route.name, "{error}");
            return ExitCode::FAILURE;
        }
    };
    logging::start(route.name, configuration.log_level);
    // Lambda gives a function one invocation at a time and, below 1,769 MB, less than one
    // vCPU: threads would only cost their switching.
    let outcome = tokio::runtime::Builder::new_current_thread().enable_all().build().map(|runtime| {
        runtime.block_on(async {
            let service = Arc::new(start(configuration).await);
            lambda_http::run_concurrent(service_fn(move |event| {
                answer(route, Arc::clone(&service), function.clone(), event).map(Ok::<_, lambda_http::Error>)
            }))
            .await
        })
    });
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => stopped(route, &error),
        Err(error) => stopped(route, &error),
    }
}

fn stopped(route: &Route, error: &dyn Display) -> ExitCode {
    tracing::error!(route = route.name, "the Lambda runtime stopped: {error}");
    ExitCode::FAILURE
}

async fn start(configuration: Configuration) -> Service {
    // Lambda hands its role's credentials over in variables, and nowhere else.
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let service = Service::new(configuration, credentials, https_connector()).await;
    // Lambda gives a starting function a whole vCPU: the connection to Cognito is opened now, by
    // fetching the pool's public keys, and the first request finds it open.
    let _ = timeout(PATIENCE_AT_START, service.verifier.prepare()).await;
    service
}

/// The one way out of the process: all that is asked of Cognito shares its connections.
pub(crate) fn https_connector() -> SharedHttpConnector {
    SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build(),
    )
}

/// Answers one event: reads it, calls the route's function, writes the answer and the log.
pub(crate) async fn answer<I, T, F, A>(
    route: &'static Route,
    service: Arc<Service>,
    function: F,
    event: lambda_http::Request,
) -> Response<Body>
where
    I: FromEvent,
    T: Serialize,
    F: Fn(Arc<Service>, I) -> A,
    A: Future<Output = Result<T, Error>>,
{
    let cold_start = service.cold.swap(false, Ordering::Relaxed);
    let lambda_request_id = event.lambda_context_ref().map(|context| context.request_id.clone());
    let (gateway_request_id, source_ip) = match event.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => (
            context.request_id.clone(),
            context.http.source_ip.as_deref().and_then(|address| address.parse().ok()),
        ),
        _ => (None, None),
    };
    let request_id = gateway_request_id.as_ref().or(lambda_request_id.as_ref());

    let result = AssertUnwindSafe(async {
        let input = I::from_event(event, &service).await?;
        function(Arc::clone(&service), input).await
    })
    .catch_unwind()
    .await
    .unwrap_or(Err(Error::Panicked));

    let response = http::write(route, &result, request_id.map(String::as_str));
    Entry {
        route: route.name,
        request_id: request_id.map(String::as_str),
        lambda_request_id: lambda_request_id.as_deref(),
        source_ip,
        cold_start,
        status: response.status().as_u16(),
        error: result.as_ref().err(),
    }
    .write();
    response
}
