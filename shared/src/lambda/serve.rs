//! From `main` to the Lambda runtime, and from an event to its answer.

use std::{
    io::{self, Write},
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_sdk_cognitoidentityprovider::config::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use futures_util::{FutureExt, future::BoxFuture};
use lambda_http::{LambdaEvent, lambda_runtime, service_fn};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout};
use tracing::level_filters::LevelFilter;

use super::{
    audit::{self, Metrics},
    configuration::Configuration,
    event::{self, Event},
    logging,
    request::FromEvent,
    response::{self, ErrorResponse, Response},
    service::Service,
};
use crate::{
    cognito::{connections::Connections, deadline::with_deadline, trust_store::TrustStoreError},
    model::{
        error::{Error, SafeMessage},
        outcome::Outcome,
        responses::ResponseBody,
        route::Route,
    },
};

/// How long a function waits, before its first request, for a connection to Cognito. One in the
/// same region takes a tenth of it; where Cognito is away, nobody waits longer than this.
const STARTUP_TIMEOUT: Duration = Duration::from_millis(300);

/// What is kept of an invocation's time to write the answer in, once nobody waits for Cognito any more.
/// Generous: a function with 128 MB has a thirteenth of a processor.
const RESPONSE_RESERVE: Duration = Duration::from_millis(500);

/// Invocation of the function by Lambda.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// Lambda's request id.
    pub id: &'a str,
    /// End of the time for calls to Cognito.
    pub deadline: Instant,
}

/// Route and its function.
///
/// The function's types are erased, so that the compiler generates the code of the Lambda runtime once, and not once
/// per route.
#[derive(Clone)]
pub struct Handler {
    /// Route.
    pub route: &'static Route,
    work: Arc<BoxedHandler>,
}

/// Function of a route, for events of API Gateway.
type BoxedHandler = dyn for<'a> Fn(Arc<Service>, &'a Event, &'a mut AuditContext) -> BoxFuture<'a, HandlerResult>
    + Send
    + Sync
    + 'static;

/// Response body or error of a route.
type HandlerResult = Result<Box<dyn ResponseBody>, Error>;

/// What the audit line says about a request in addition to its outcome.
#[derive(Debug, Default)]
pub(crate) struct AuditContext {
    username_hash: Option<String>,
    answered_challenge: Option<&'static str>,
    caller: Option<String>,
}

impl Handler {
    /// Handler that parses events of `route` for `function`.
    pub fn new<I, T, F, A>(route: &'static Route, function: F) -> Self
    where
        I: FromEvent,
        T: ResponseBody + 'static,
        F: Fn(Arc<Service>, I) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<T, Error>> + Send,
    {
        Self::working(route, move |service, event, known| {
            let function = function.clone();
            Box::pin(async move {
                let input = I::from_event(event, &service).await?;
                known.username_hash =
                    input.username().and_then(|username| service.username_hash.of(username));
                known.answered_challenge = input.challenge_name();
                known.caller = input.caller().map(|caller| caller.sub.clone());
                function(service, input).await.map(|body| -> Box<dyn ResponseBody> { Box::new(body) })
            })
        })
    }

    /// From a closure, whose lifetimes the compiler infers where they are written down like this only.
    fn working(
        route: &'static Route,
        work: impl for<'a> Fn(Arc<Service>, &'a Event, &'a mut AuditContext) -> BoxFuture<'a, HandlerResult>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { route, work: Arc::new(work) }
    }
}

/// Runs `route` as a Lambda function: the whole of a function's `main`.
///
/// Ends only when the environment is not fit to run in, or when the Lambda runtime fails, each
/// with one line in the log. Calls `function` for every request that can be understood; a panic
/// in it costs that one request an answer with status 500.
pub fn serve<I, T, F, A>(route: &'static Route, function: F) -> ExitCode
where
    I: FromEvent,
    T: ResponseBody + 'static,
    F: Fn(Arc<Service>, I) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<T, Error>> + Send,
{
    run(&Handler::new(route, function))
}

fn run(handler: &Handler) -> ExitCode {
    let route = handler.route.name;
    let configuration = match Configuration::from_environment() {
        Ok(configuration) => configuration,
        Err(error) => {
            logging::start(route, LevelFilter::ERROR);
            tracing::error!(route, "{error}");
            return ExitCode::FAILURE;
        }
    };
    logging::start(route, configuration.log_level);
    // Lambda gives a function one invocation at a time and, below 1,769 MB, less than one
    // vCPU: threads would only cost their switching.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(lambda_runtime::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            let service = start(configuration).await.map_err(|error| format!("cannot start: {error}"))?;
            let handler = handler.clone();
            lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
                let (service, handler) = (Arc::clone(&service), handler.clone());
                async move {
                    let LambdaEvent { payload, context } = event;
                    let invocation =
                        Invocation { id: &context.request_id, deadline: deadline(context.deadline) };
                    let completed = handle(&handler, service, payload.get(), invocation).await;
                    if let Some(line) = &completed.audit_line {
                        // A log that cannot be written is no reason to fail the request.
                        let _ = writeln!(io::stdout().lock(), "{line}");
                    }
                    Ok::<_, lambda_runtime::Error>(completed.response)
                }
            }))
            .await
            .map_err(|error| format!("the Lambda runtime stopped: {error}").into())
        })
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(route, "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(configuration: Configuration) -> Result<Arc<Service>, TrustStoreError> {
    // Lambda hands its role's credentials over in variables, and nowhere else.
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let connector = SharedHttpConnector::new(Connections::new(configuration.trust_store)?);
    let service = Arc::new(Service::new(configuration, credentials, connector));
    // Lambda gives a starting function a whole vCPU: the connection to Cognito is opened now, by
    // fetching the pool's public keys, and the first request finds it open.
    let preparing = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.verifier.prepare().await }
    });
    // Where that takes long, it goes on by itself.
    let _ = timeout(STARTUP_TIMEOUT, preparing).await;
    Ok(service)
}

/// The time at which Lambda kills the function, given in milliseconds since 1970, less [`RESPONSE_RESERVE`].
fn deadline(killed_at: u64) -> Instant {
    let killed_at = UNIX_EPOCH + Duration::from_millis(killed_at);
    let left = killed_at.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now() + left.saturating_sub(RESPONSE_RESERVE)
}

/// Response to an event, and the audit line.
#[derive(Debug)]
pub struct Completed {
    /// Response for API Gateway.
    pub response: Response,
    /// `None` for an event that is not a request.
    pub audit_line: Option<String>,
}

/// Handles one event: parses it, calls the route's function and builds the response and the audit line.
pub async fn handle(
    Handler { route, work }: &Handler,
    service: Arc<Service>,
    event: &str,
    invocation: Invocation<'_>,
) -> Completed {
    let cold_start = service.cold.swap(false, Ordering::Relaxed);
    let lambda_request_id = Some(invocation.id).filter(|id| !id.is_empty());
    let mut event = match Event::parse(event) {
        None if event::is_no_request(event) => {
            tracing::info!(lambda_request_id, "event without requestContext ignored");
            return Completed { response: response::no_content(lambda_request_id), audit_line: None };
        }
        event => event,
    };
    let admitted = event.as_mut().map_or(Ok(()), |event| event.admit(service.edge_secret.as_ref()));
    let mut known = AuditContext::default();
    let work = AssertUnwindSafe(async {
        let event = event
            .as_ref()
            .ok_or_else(|| Error::internal(SafeMessage::from("the event is none of API Gateway's")))?;
        admitted?;
        work(Arc::clone(&service), event, &mut known).await
    });
    let (result, cognito_latency) = with_deadline(invocation.deadline, work.catch_unwind()).await;
    let result = result.unwrap_or(Err(Error::Panicked));

    let event = event.as_ref();
    let request_id = event.and_then(|event| event.request_id.as_deref()).or(lambda_request_id);
    let response_to = |error| ErrorResponse::new(route, error, service.settings.reveals_users);
    let (response, outcome, error) = match &result {
        Ok(body) => {
            let suppressed = body.suppressed_errors().iter().map(|error| (response_to(error), error));
            let worst = suppressed
                .inspect(|(response, error)| logging::log_suppressed(error, response, request_id))
                .max_by_key(|(response, _)| response.outcome);
            let outcome = match &worst {
                Some((response, _)) => response.outcome,
                None if body.challenge().is_some() => Outcome::Challenged,
                None => Outcome::Succeeded,
            };
            let response = response::success(body.as_ref(), route, request_id);
            (response, outcome, worst.map(|(_, error)| error))
        }
        Err(error) => {
            let response = response_to(error);
            let outcome = response.outcome;
            logging::log_error(error, &response, request_id);
            (response::failure(response, request_id), outcome, Some(error))
        }
    };
    let reason = error.map(Error::reason);
    let line = audit::Line {
        timestamp: SystemTime::now(),
        level: audit::level(outcome, reason),
        message: "request",
        route: route.name,
        outcome,
        status: response.status_code.as_u16(),
        challenge: result.as_ref().ok().and_then(|body| body.challenge()),
        answered_challenge: known.answered_challenge,
        reason,
        sub: result.as_ref().ok().and_then(|body| body.subject()).or(known.caller.as_deref()),
        username_hash: known.username_hash.as_deref(),
        source_ip: event.and_then(Event::source_ip).map(|address| address.to_string()),
        user_agent: event.and_then(Event::user_agent),
        request_id,
        lambda_request_id: invocation.id,
        cold_start,
        cognito_latency,
        metrics: Metrics::of(outcome, result.as_ref().err(), &service.metrics_namespace),
    };
    Completed { response, audit_line: Some(line.to_json()) }
}
