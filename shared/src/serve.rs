//! From `main` to the Lambda runtime, and from an event to its answer.

use std::{
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_sdk_cognitoidentityprovider::config::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use futures_util::FutureExt;
use lambda_http::{Body, RequestExt, Response, request::RequestContext, service_fn};
use serde::Serialize;
use tracing::level_filters::LevelFilter;

use crate::{
    cognito::Cognito,
    configuration::Configuration,
    error::Error,
    http,
    logging::{self, Entry},
    requests::{Request, RequestBody},
    route::Route,
    user::UserPolicy,
};

/// What a route's function works with. One for the life of the process.
#[derive(Debug)]
pub struct Service {
    /// The user pool.
    pub cognito: Cognito,
    /// The deployment's rules on people.
    pub user_policy: UserPolicy,
    /// True until the first request has been answered.
    cold: AtomicBool,
}

impl Service {
    /// A service over `cognito`.
    pub fn new(cognito: Cognito, user_policy: UserPolicy) -> Self {
        Self { cognito, user_policy, cold: AtomicBool::new(true) }
    }
}

/// Runs `route` as a Lambda function: the whole of a function's `main`.
///
/// Ends only when the environment is not fit to run in, or when the Lambda runtime fails, each
/// with one line in the log. Calls `function` for every request that can be understood; a panic
/// in it costs that one request an answer with status 500.
pub fn serve<B, T, F, A>(route: &'static Route, function: F) -> ExitCode
where
    B: RequestBody + Send + 'static,
    T: Serialize + Send + 'static,
    F: Fn(Arc<Service>, Request<B>) -> A + Clone + Send + Sync + 'static,
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

fn stopped(route: &Route, error: &dyn std::fmt::Display) -> ExitCode {
    tracing::error!(route = route.name, "the Lambda runtime stopped: {error}");
    ExitCode::FAILURE
}

async fn start(configuration: Configuration) -> Service {
    let http_client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // Lambda hands its role's credentials over in variables, and nowhere else.
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let cognito = Cognito::new(&configuration, credentials, http_client).await;
    Service::new(cognito, configuration.user_policy)
}

/// Answers one event: reads it, calls the route's function, writes the answer and the log.
pub(crate) async fn answer<B, T, F, A>(
    route: &'static Route,
    service: Arc<Service>,
    function: F,
    event: lambda_http::Request,
) -> Response<Body>
where
    B: RequestBody,
    T: Serialize,
    F: Fn(Arc<Service>, Request<B>) -> A,
    A: Future<Output = Result<T, Error>>,
{
    let cold_start = service.cold.swap(false, Ordering::Relaxed);
    let result = AssertUnwindSafe(async { function(service, http::read(&event)?).await })
        .catch_unwind()
        .await
        .unwrap_or(Err(Error::Panicked));

    let lambda_request_id = event.lambda_context_ref().map(|context| context.request_id.as_str());
    let (gateway_request_id, source_ip) = match event.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            (context.request_id.as_deref(), context.http.source_ip.as_deref())
        }
        _ => (None, None),
    };
    let request_id = gateway_request_id.or(lambda_request_id);
    let response = http::write(route, &result, request_id);
    Entry {
        route: route.name,
        request_id,
        lambda_request_id,
        source_ip: source_ip.and_then(|address| address.parse().ok()),
        cold_start,
        status: response.status().as_u16(),
        error: result.as_ref().err(),
    }
    .write();
    response
}
