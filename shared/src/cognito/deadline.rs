//! Deadline of an invocation for calls to Cognito, and the time spent in them.

use std::{cell::Cell, time::Duration};

use aws_sdk_cognitoidentityprovider::config::http::HttpRequest;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    result::ConnectorError,
};
use tokio::{
    task_local,
    time::{Instant, timeout_at},
};

task_local! {
    /// Task-local, since one process may handle several invocations at once.
    static TIME_LIMIT: TimeLimit;
}

struct TimeLimit {
    deadline: Instant,
    waited: Cell<Duration>,
}

/// Runs `work`, in which all calls to Cognito end by `deadline`. Also returns the total time spent in these calls.
pub(crate) async fn with_deadline<T>(deadline: Instant, work: impl Future<Output = T>) -> (T, Duration) {
    let limit = TimeLimit { deadline, waited: Cell::new(Duration::ZERO) };
    TIME_LIMIT
        .scope(limit, async {
            let output = work.await;
            (output, TIME_LIMIT.with(|limit| limit.waited.get()))
        })
        .await
}

/// Connector that enforces the deadline of [`with_deadline`].
#[derive(Debug)]
pub(crate) struct DeadlineConnector(pub(crate) SharedHttpConnector);

impl HttpConnector for DeadlineConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = self.0.call(request);
        HttpConnectorFuture::new(async move {
            // While the function starts, there is no invocation and no deadline.
            let Ok(deadline) = TIME_LIMIT.try_with(|limit| limit.deadline) else {
                return call.await;
            };
            let _stopwatch = Stopwatch(Instant::now());
            timeout_at(deadline, call)
                .await
                .unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into())))
        })
    }
}

/// Adds its lifetime to the waiting time when dropped, which includes canceled calls.
struct Stopwatch(Instant);

impl Drop for Stopwatch {
    fn drop(&mut self) {
        let _ = TIME_LIMIT.try_with(|limit| limit.waited.set(limit.waited.get() + self.0.elapsed()));
    }
}
