//! How long an invocation may wait for Cognito, and how long it has waited.

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
    /// Of the invocation that is being answered, and of no other: one process may serve several at once.
    static PATIENCE: Patience;
}

struct Patience {
    deadline: Instant,
    waited: Cell<Duration>,
}

/// Does `work`, in which nothing waits for Cognito beyond `deadline`: neither one call, nor several together.
/// Also says how long it waited for Cognito in all.
pub(crate) async fn waiting_until<T>(deadline: Instant, work: impl Future<Output = T>) -> (T, Duration) {
    let patience = Patience { deadline, waited: Cell::new(Duration::ZERO) };
    PATIENCE
        .scope(patience, async {
            let output = work.await;
            (output, PATIENCE.with(|patience| patience.waited.get()))
        })
        .await
}

/// A way to Cognito that keeps to what [`waiting_until`] was told.
#[derive(Debug)]
pub(crate) struct Waiting(pub(crate) SharedHttpConnector);

impl HttpConnector for Waiting {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = self.0.call(request);
        HttpConnectorFuture::new(async move {
            // A function that is starting has no deadline of an invocation yet.
            let Ok(deadline) = PATIENCE.try_with(|patience| patience.deadline) else {
                return call.await;
            };
            let _watch = Watch(Instant::now());
            timeout_at(deadline, call)
                .await
                .unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into())))
        })
    }
}

/// Adds up how long was waited, also where the wait is given up.
struct Watch(Instant);

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = PATIENCE.try_with(|patience| patience.waited.set(patience.waited.get() + self.0.elapsed()));
    }
}
