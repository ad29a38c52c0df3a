//! Endpoint of a key set for tests.

use std::sync::{Arc, Mutex};

use crate::fetch::{BoxError, FetchFuture, FetchKeySet};

/// Endpoint that returns prepared responses in turn. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct TestEndpoint(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    responses: Vec<Result<String, &'static str>>,
    urls: Vec<String>,
}

impl TestEndpoint {
    pub(crate) fn new(responses: impl IntoIterator<Item = Result<String, &'static str>>) -> Self {
        let mut responses: Vec<_> = responses.into_iter().collect();
        responses.reverse();
        Self(Arc::new(Mutex::new(State { responses, urls: Vec::new() })))
    }

    /// URLs that were fetched.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.0.lock().unwrap().urls.clone()
    }
}

impl FetchKeySet for TestEndpoint {
    fn fetch<'a>(&'a self, url: &'a str) -> FetchFuture<'a> {
        Box::pin(async move {
            // Responds after all other tasks have made progress, as a remote endpoint does.
            tokio::task::yield_now().await;
            let mut state = self.0.lock().unwrap();
            state.urls.push(url.to_owned());
            let response = state.responses.pop().expect("no more requests");
            response.map(String::into_bytes).map_err(BoxError::from)
        })
    }
}
