//! Lambda runtime of a function, and handling of events.

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
    event::{self, Event, PayloadFormat},
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
        refresh_cookie::CookieChange,
        responses::ResponseBody,
        route::Route,
    },
};

/// Time limit for the connection to Cognito at startup. A connection within a region takes a tenth of it. If Cognito is
/// unreachable, the first request waits no longer than this.
const STARTUP_TIMEOUT: Duration = Duration::from_millis(300);

/// Time that is reserved for the response after the deadline for calls to Cognito. Generous, since a function with 128
/// MB has a thirteenth of a vCPU.
const RESPONSE_RESERVE: Duration = Duration::from_millis(500);

/// Invocation of the function by Lambda.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// Lambda's request ID.
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
    function: Arc<BoxedFunction>,
}

/// Function of a route: an `async fn` that takes the service and a parsed request.
pub trait RouteFunction<I>: Clone + Send + Sync + 'static {
    /// Response body.
    type Body: ResponseBody + 'static;

    /// Calls the function.
    fn call(
        &self,
        service: Arc<Service>,
        request: I,
    ) -> impl Future<Output = Result<Self::Body, Error>> + Send;
}

impl<I, T, F, A> RouteFunction<I> for F
where
    T: ResponseBody + 'static,
    F: Fn(Arc<Service>, I) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<T, Error>> + Send,
{
    type Body = T;

    fn call(&self, service: Arc<Service>, request: I) -> impl Future<Output = Result<T, Error>> + Send {
        self(service, request)
    }
}

/// Function of a route with the request type erased. It parses the request from the event.
type BoxedFunction = dyn for<'a> Fn(Arc<Service>, &'a Event, &'a mut AuditContext) -> BoxFuture<'a, HandlerResult>
    + Send
    + Sync
    + 'static;

/// Response body or error of a route.
type HandlerResult = Result<Box<dyn ResponseBody>, Error>;

/// Fields of the audit line that a parsed request provides.
#[derive(Debug, Default)]
pub(crate) struct AuditContext {
    username_hash: Option<String>,
    answered_challenge: Option<&'static str>,
    sub: Option<String>,
}

impl Handler {
    /// Handler that parses events of `route` for `function`.
    pub fn new<I: FromEvent>(route: &'static Route, function: impl RouteFunction<I>) -> Self {
        Self::from_closure(route, move |service, event, context| {
            let function = function.clone();
            Box::pin(async move {
                let request = I::from_event(event, &service).await?;
                context.username_hash =
                    request.username().and_then(|username| service.username_hash.of(username));
                context.answered_challenge = request.challenge_name();
                context.sub = request.caller().map(|caller| caller.sub.clone());
                let body = function.call(service, request).await?;
                Ok(Box::new(body) as Box<dyn ResponseBody>)
            })
        })
    }

    /// The compiler infers the lifetimes of a closure only from a bound like this one.
    fn from_closure(
        route: &'static Route,
        function: impl for<'a> Fn(Arc<Service>, &'a Event, &'a mut AuditContext) -> BoxFuture<'a, HandlerResult>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { route, function: Arc::new(function) }
    }
}

/// Runs `route` as a Lambda function, and calls `function` for every valid request.
///
/// Returns only if the configuration is invalid or the Lambda runtime fails, after logging the error. A panic of
/// `function` fails one request with status 500.
pub fn serve<I: FromEvent>(route: &'static Route, function: impl RouteFunction<I>) -> ExitCode {
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
    // One thread, since Lambda runs one invocation at a time and, below 1,769 MB, on less than one vCPU.
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
                        // A failure to write the log must not fail the request.
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
    // Lambda passes its role's credentials in environment variables.
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let connector = SharedHttpConnector::new(Connections::new(configuration.trust_store)?);
    let service = Arc::new(Service::new(configuration, credentials, connector));
    // Fetching the key set opens a connection to Cognito for the first request, while Lambda provides a whole vCPU.
    let preparing = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.verifier.prepare().await }
    });
    // After the timeout, the task continues in the background.
    let _ = timeout(STARTUP_TIMEOUT, preparing).await;
    Ok(service)
}

/// Deadline for calls to Cognito: `killed_at`, when Lambda ends the invocation, in milliseconds since 1970, less
/// [`RESPONSE_RESERVE`].
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
    handler: &Handler,
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
    let mut context = AuditContext::default();
    let call = AssertUnwindSafe(call(handler, &service, event.as_mut(), &mut context)).catch_unwind();
    let (result, cognito_latency) = with_deadline(invocation.deadline, call).await;
    let result = result.unwrap_or(Err(Error::Panicked));

    let event = event.as_ref();
    let request_id = event.and_then(|event| event.request_id.as_deref()).or(lambda_request_id);
    let format = event.map_or(PayloadFormat::V2, |event| event.format);
    let (response, outcome, error) = respond(handler.route, &service, &result, request_id, format);
    let body = result.as_ref().ok();
    let reason = error.map(Error::reason);
    let line = audit::Line {
        timestamp: SystemTime::now(),
        level: audit::level(outcome, reason),
        message: "request",
        route: handler.route.name,
        outcome,
        status: response.status_code.as_u16(),
        event: body.and_then(|body| body.audit_event()),
        challenge: body.and_then(|body| body.challenge()),
        answered_challenge: context.answered_challenge,
        reason,
        sub: body.and_then(|body| body.subject()).or(context.sub.as_deref()),
        username_hash: context.username_hash.as_deref(),
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

/// Calls the route's function, unless the event is not from API Gateway or bypassed CloudFront.
async fn call(
    handler: &Handler,
    service: &Arc<Service>,
    event: Option<&mut Event>,
    context: &mut AuditContext,
) -> HandlerResult {
    let event =
        event.ok_or_else(|| Error::internal(SafeMessage::from("the event is not from API Gateway")))?;
    event.admit(&service.edge_secrets)?;
    (handler.function)(Arc::clone(service), event, context).await
}

/// Builds the response to `result`, and logs its errors. Also returns the outcome, and the error for the audit line.
fn respond<'a>(
    route: &Route,
    service: &Service,
    result: &'a HandlerResult,
    request_id: Option<&str>,
    format: PayloadFormat,
) -> (Response, Outcome, Option<&'a Error>) {
    let response_to = |error| ErrorResponse::new(route, error, service.settings.reveals_users);
    let cookie = |change: &CookieChange| change.to_header(service.settings.refresh_cookie.as_ref()?);
    match result {
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
            let mut response = response::success(body.as_ref(), route, request_id);
            if let Some(cookie) = body.cookie_change().and_then(cookie) {
                response.set_cookie(cookie, format);
            }
            (response, outcome, worst.map(|(_, error)| error))
        }
        Err(error) => {
            let response = response_to(error);
            let outcome = response.outcome;
            logging::log_error(error, &response, request_id);
            let cookie = Some(&CookieChange::Clear).filter(|_| response.clears_cookie).and_then(cookie);
            let mut response = response::failure(response, request_id);
            if let Some(cookie) = cookie {
                response.set_cookie(cookie, format);
            }
            (response, outcome, Some(error))
        }
    }
}
