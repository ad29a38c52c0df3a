//! From `main` to the Lambda runtime, and from an event to its answer.

use std::{
    io::{self, Write},
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_sdk_cognitoidentityprovider::config::SharedCredentialsProvider;
use aws_smithy_http_client::HttpClientError;
use futures_util::FutureExt;
use lambda_http::{
    LambdaEvent, aws_lambda_events::apigw::ApiGatewayV2httpResponse, lambda_runtime, service_fn,
};
use serde_json::value::RawValue;
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;

use super::{
    answer,
    audit::{self, Outcome},
    configuration::Configuration,
    event::Event,
    logging,
    request::FromEvent,
    service::Service,
};
use crate::{
    cognito::connections::https_connector,
    model::{error::Error, responses::ResponseBody, route::Route},
};

/// How long a function waits, before its first request, for a connection to Cognito. One in the
/// same region takes a tenth of it; where Cognito is away, nobody waits longer than this.
const PATIENCE_AT_START: Duration = Duration::from_millis(300);

/// Runs `route` as a Lambda function: the whole of a function's `main`.
///
/// Ends only when the environment is not fit to run in, or when the Lambda runtime fails, each
/// with one line in the log. Calls `function` for every request that can be understood; a panic
/// in it costs that one request an answer with status 500.
pub fn serve<I, T, F, A>(route: &'static Route, function: F) -> ExitCode
where
    I: FromEvent + 'static,
    T: ResponseBody + Send + 'static,
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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(lambda_runtime::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            let service = start(configuration).await?;
            lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
                let (service, function) = (Arc::clone(&service), function.clone());
                async move {
                    let LambdaEvent { payload, context } = event;
                    let answered = answer(route, service, function, payload.get(), &context.request_id).await;
                    // Where the log cannot be written, the person who asks need not suffer for it.
                    let _ = writeln!(io::stdout().lock(), "{}", answered.audit_line);
                    Ok::<_, lambda_runtime::Error>(answered.response)
                }
            }))
            .await
        })
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(route = route.name, "the Lambda runtime stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(configuration: Configuration) -> Result<Arc<Service>, HttpClientError> {
    // Lambda hands its role's credentials over in variables, and nowhere else.
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let connector = https_connector(configuration.trusted_roots)?;
    let service = Arc::new(Service::new(configuration, credentials, connector));
    // Lambda gives a starting function a whole vCPU: the connection to Cognito is opened now, by
    // fetching the pool's public keys, and the first request finds it open.
    let preparing = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.verifier.prepare().await }
    });
    // Where that takes long, it goes on by itself.
    let _ = timeout(PATIENCE_AT_START, preparing).await;
    Ok(service)
}

/// An answer, and the line that is written down of it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) response: ApiGatewayV2httpResponse,
    pub(crate) audit_line: String,
}

/// Answers one event: reads it, calls the route's function, writes the answer and what is logged.
pub(crate) async fn answer<I, T, F, A>(
    route: &'static Route,
    service: Arc<Service>,
    function: F,
    event: &str,
    lambda_request_id: &str,
) -> Answered
where
    I: FromEvent,
    T: ResponseBody,
    F: Fn(Arc<Service>, I) -> A,
    A: Future<Output = Result<T, Error>>,
{
    let cold_start = service.cold.swap(false, Ordering::Relaxed);
    let event = Event::parse(event);
    let mut username_hash = None;
    let mut cognito_latency = Duration::ZERO;
    let result = AssertUnwindSafe(async {
        let event = event.as_ref().ok_or_else(|| Error::internal("the event is none of API Gateway's"))?;
        let input = I::from_event(event, &service).await?;
        username_hash = input.username().and_then(|username| service.username_hash.of(username));
        let start = Instant::now();
        let result = function(Arc::clone(&service), input).await;
        // A route's function does nothing of weight but ask Cognito.
        cognito_latency = start.elapsed();
        result
    })
    .catch_unwind()
    .await
    .unwrap_or(Err(Error::Panicked));

    let event = event.as_ref();
    let gateway_request_id = event.and_then(|event| event.request_id.as_deref());
    let request_id = gateway_request_id.or(Some(lambda_request_id).filter(|id| !id.is_empty()));
    let (response, status) = answer::write(route, &result, request_id);
    let outcome = match &result {
        Ok(body) if body.is_challenge() => Outcome::Challenged,
        Ok(_) => Outcome::Succeeded,
        Err(error) => {
            logging::explain(error, status, request_id);
            Outcome::of(error, status)
        }
    };
    let line = audit::Line {
        message: "request",
        route: route.name,
        outcome,
        status: status.as_u16(),
        reason: result.as_ref().err().map(Error::reason),
        username_hash: username_hash.as_deref(),
        source_ip: event.and_then(Event::source_ip).map(|address| address.to_string()),
        user_agent: event.and_then(Event::user_agent),
        request_id,
        lambda_request_id,
        cold_start,
        cognito_latency,
    };
    Answered { response, audit_line: line.to_json() }
}

#[cfg(test)]
mod tests;
