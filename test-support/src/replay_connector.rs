//! HTTP connector for the AWS SDK that replays responses and records requests.
//!
//! The SDK's own, `StaticReplayClient`, is in a crate whose test features bring a second HTTP stack and change features
//! of other dependencies, which Cargo then compiles twice.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;

/// Connector that returns these responses one after the other. A request after the last one fails.
#[derive(Debug, Clone)]
pub struct ReplayConnector(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    responses: VecDeque<http::Response<SdkBody>>,
    requests: Vec<http::Request<Vec<u8>>>,
}

impl ReplayConnector {
    /// Connector with these responses.
    pub fn new(responses: impl IntoIterator<Item = http::Response<SdkBody>>) -> Self {
        let responses = responses.into_iter().collect();
        Self(Arc::new(Mutex::new(State { responses, requests: Vec::new() })))
    }

    /// Requests up to now.
    pub fn requests(&self) -> Vec<http::Request<Vec<u8>>> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpConnector for ReplayConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().expect("an HTTP request");
        let mut state = self.state();
        state.requests.push(request.map(|body| body.bytes().unwrap_or_default().to_vec()));
        let response = state.responses.pop_front().ok_or_else(|| "no response is left".into());
        HttpConnectorFuture::ready(response.map_err(|error| ConnectorError::other(error, None)).and_then(
            |response| response.try_into().map_err(|error| ConnectorError::other(Box::new(error), None)),
        ))
    }
}
