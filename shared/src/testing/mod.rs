//! Recorded Cognito answers, replayed over HTTP under the real SDK.
//!
//! A test says what Cognito answers, sends an event of API Gateway, and looks at what went out
//! to Cognito and at what came back to the client.
#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

#[cfg(feature = "testing")]
pub mod endpoint;
pub mod laws;
#[cfg(feature = "testing")]
pub mod process;
mod tokens;

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_cognitoidentityprovider::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::body::SdkBody;
use lambda_http::{
    Body,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{Request as HttpRequest, Response as HttpResponse},
};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use crate::{
    Error, Route, Service,
    cognito::connections,
    lambda::{
        configuration::Configuration,
        logging,
        request::FromEvent,
        serve::{self, Answered},
    },
    model::responses::ResponseBody,
};

pub use tokens::{SigningKey, access_token_claims, content, now, unsigned_token};

/// The request id of every [`event`].
pub const REQUEST_ID: &str = "JKJaXmPLvHcESHA=";

/// A Cognito that gives recorded answers, one after the other, and keeps what it was asked.
#[derive(Debug, Clone)]
pub struct ReplayedCognito(StaticReplayClient);

/// What Cognito answers.
#[derive(Debug, Clone)]
pub struct Recorded {
    status: u16,
    error_type: Option<String>,
    body: String,
}

/// What was asked of Cognito.
#[derive(Debug, PartialEq)]
pub struct Asked {
    /// The operation, such as `AdminInitiateAuth`, or the method and address of what is none.
    pub operation: String,
    /// The JSON that was sent.
    pub body: Value,
    /// True where the request was signed with the function's AWS credentials.
    pub signed: bool,
}

/// What a client got.
#[derive(Debug)]
pub struct Answer {
    response: ApiGatewayV2httpResponse,
    log: String,
}

impl Recorded {
    /// An answer with status 200.
    pub fn success(body: &Value) -> Self {
        Self::raw(200, &body.to_string())
    }

    /// An exception, as Cognito sends it (AWS JSON 1.1).
    pub fn exception(name: &str, message: &str) -> Self {
        let status = if name == "InternalErrorException" { 500 } else { 400 };
        Self::raw(status, &json!({ "__type": name, "message": message }).to_string())
    }

    /// Whatever Cognito, or something in front of it, may send.
    pub fn raw(status: u16, body: &str) -> Self {
        Self { status, error_type: None, body: body.to_owned() }
    }

    /// The same with the header in which AWS services may name an exception, too.
    #[must_use]
    pub fn with_error_type(self, error_type: Option<String>) -> Self {
        Self { error_type, ..self }
    }

    fn into_response(self) -> HttpResponse<SdkBody> {
        let mut response = HttpResponse::builder()
            .status(self.status)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amzn-requestid", "5a6f5e5e-6b1a-4c8e-9f0e-2d3c4b5a6978");
        if let Some(error_type) = self.error_type {
            response = response.header("x-amzn-errortype", error_type);
        }
        response.body(SdkBody::from(self.body)).expect("a status and plain headers")
    }
}

impl ReplayedCognito {
    /// A Cognito that will give these answers.
    pub fn answering(answers: impl IntoIterator<Item = Recorded>) -> Self {
        let exchanges = answers
            .into_iter()
            .map(|recorded| ReplayEvent::new(HttpRequest::new(SdkBody::empty()), recorded.into_response()));
        Self(StaticReplayClient::new(exchanges.collect()))
    }

    /// Sends `event` to `route`, for a deployment with the usual [`configuration`].
    pub fn call<I, T, F, A>(&self, route: &'static Route, function: F, event: String) -> Answer
    where
        I: FromEvent,
        T: ResponseBody,
        F: Fn(Arc<Service>, I) -> A,
        A: Future<Output = Result<T, Error>>,
    {
        self.call_with(configuration(&[]), route, function, event)
    }

    /// Sends `event` to `route`, for a deployment with `configuration`.
    pub fn call_with<I, T, F, A>(
        &self,
        configuration: Configuration,
        route: &'static Route,
        function: F,
        event: String,
    ) -> Answer
    where
        I: FromEvent,
        T: ResponseBody,
        F: Fn(Arc<Service>, I) -> A,
        A: Future<Output = Result<T, Error>>,
    {
        call(SharedHttpConnector::new(self.0.clone()), configuration, route, function, event)
    }

    /// What was asked of Cognito so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.0
            .actual_requests()
            .map(|request| {
                let target = request.headers().get("x-amz-target");
                Asked {
                    operation: match target.and_then(|target| target.split_once('.')) {
                        Some((_, operation)) => operation.to_owned(),
                        None => format!("{} {}", request.method(), request.uri()),
                    },
                    body: serde_json::from_slice(request.body().bytes().unwrap_or_default())
                        .unwrap_or_default(),
                    signed: request.headers().contains_key("authorization"),
                }
            })
            .collect()
    }
}

/// Sends `event` to `route`, with a Cognito that refuses every connection.
pub fn call_without_cognito<I, T, F, A>(route: &'static Route, function: F, event: String) -> Answer
where
    I: FromEvent,
    T: ResponseBody,
    F: Fn(Arc<Service>, I) -> A,
    A: Future<Output = Result<T, Error>>,
{
    let closed =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let configuration = configuration(&[("AWS_ENDPOINT_URL", &format!("http://{closed}"))]);
    let connector =
        connections::https_connector(configuration.trusted_roots).expect("roots that can be used");
    call(connector, configuration, route, function, event)
}

fn call<I, T, F, A>(
    connector: SharedHttpConnector,
    configuration: Configuration,
    route: &'static Route,
    function: F,
    event: String,
) -> Answer
where
    I: FromEvent,
    T: ResponseBody,
    F: Fn(Arc<Service>, I) -> A,
    A: Future<Output = Result<T, Error>>,
{
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "testing");
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
        let service =
            Arc::new(Service::new(configuration, SharedCredentialsProvider::new(credentials), connector));
        let log = Log::default();
        let writer = log.clone();
        let subscriber = logging::subscriber(route.name, LevelFilter::TRACE, move || writer.clone());
        let answered = {
            let _logging_here = tracing::subscriber::set_default(subscriber);
            serve::answer(route, service, function, &event, "lambda-request-id").await
        };
        Answer::checked(answered, &log, &event)
    })
}

/// What is logged while a request is answered, at the most verbose level.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Answer {
    /// The answer, which must be lawful, and its log.
    fn checked(answered: Answered, log: &Log, event: &str) -> Self {
        let Answered { response, audit_line } = answered;
        let log = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let log = format!("{}{audit_line}\n", String::from_utf8(log).expect("a log is text"));
        let answer = Self { response, log };
        laws::assert_lawful(&answer, event);
        answer
    }

    /// The status, the sentence and the cause's name of an error, which must be of the one shape.
    pub fn error(&self) -> (u16, String, &str) {
        let body = self.body();
        let detail = body["detail"].as_str().expect("an error has a detail").to_owned();
        assert_eq!(body, json!({ "detail": detail }), "an error has nothing but a detail");
        (self.status(), detail, self.header("x-amzn-errortype").expect("an error names its cause"))
    }

    /// The status.
    pub fn status(&self) -> u16 {
        u16::try_from(self.response.status_code).expect("a status")
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body.
    pub fn body(&self) -> Value {
        match &self.response.body {
            Some(Body::Text(json)) => serde_json::from_str(json).expect("every answer is JSON"),
            body => panic!("every answer is text: {body:?}"),
        }
    }

    /// Everything that was logged, at the most verbose level, with the audit line last.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Everything that goes back to API Gateway, as it goes.
    pub fn as_sent(&self) -> String {
        serde_json::to_string(&self.response).expect("an answer is JSON")
    }

    /// The audit line.
    pub fn audit_line(&self) -> Value {
        let last = self.log.lines().next_back().unwrap_or_default();
        serde_json::from_str(last).expect("an audit line is JSON")
    }
}

/// A deployment's configuration, with `variables` over the usual ones.
pub fn configuration(variables: &[(&str, &str)]) -> Configuration {
    let usual = [
        ("AWS_REGION", "eu-west-1"),
        ("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
        ("COGNITO_CLIENT_ID", "1example23456789"),
        ("ADMIN_EMAILS", "head@igad.int, Chief@igad.int"),
        ("AUDIT_KEY", "audit-key"),
    ];
    Configuration::from_variables(|name| {
        let named = |(variable, _): &&(&str, &str)| *variable == name;
        variables
            .iter()
            .find(named)
            .or_else(|| usual.iter().find(named))
            .map(|(_, value)| (*value).to_owned())
    })
    .expect("the usual variables are valid")
}

/// A `POST` to `route` with a JSON body, as API Gateway hands it over (payload 2.0).
pub fn event(route: &Route, body: &Value) -> String {
    event_with(route, &[("content-type", "application/json")], &body.to_string())
}

/// A `POST` to `route` with any headers and body, as API Gateway hands it over (payload 2.0).
pub fn event_with(route: &Route, headers: &[(&str, &str)], body: &str) -> String {
    let path = format!("/api/auth/{}", route.name);
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    json!({
        "version": "2.0",
        "routeKey": format!("POST {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "auth.example.org",
            "domainPrefix": "auth",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "client/1.0"
            },
            "requestId": REQUEST_ID,
            "routeKey": format!("POST {path}"),
            "stage": "$default",
            "time": "24/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_514_400_000_u64
        },
        "body": body,
        "isBase64Encoded": false
    })
    .to_string()
}
