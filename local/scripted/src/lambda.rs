//! A function's real executable, run as Lambda runs it: under the Runtime API, one request at a time.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{
    collections::HashMap,
    io,
    path::Path,
    process::{Child, Command},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{self, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    time::timeout,
};

/// How long Lambda lets a function run (`Timeout` in `template.yaml`).
const TIMEOUT: Duration = Duration::from_secs(15);

/// A running function, which ends with this.
pub struct Function {
    process: Child,
    runtime_api: Arc<RuntimeApi>,
    events: mpsc::UnboundedSender<Invocation>,
}

/// A request for the function, by the id that its answer will have.
type Invocation = (String, String);

/// What the function asks for work, and gives answers to.
struct RuntimeApi {
    queue: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    answers: Mutex<HashMap<String, oneshot::Sender<Value>>>,
}

impl Function {
    /// Starts `executable` with `variables` over those that Lambda sets. What it logs goes to our standard error.
    pub async fn start(executable: &Path, variables: &[(String, String)]) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let process = Command::new(executable)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", executable.file_name().unwrap_or_default())
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().cloned())
            // Our own standard output is read by whoever has started us.
            .stdout(io::stderr())
            .spawn()?;
        let (events, queue) = mpsc::unbounded_channel();
        let runtime_api = Arc::new(RuntimeApi { queue: AsyncMutex::new(queue), answers: Mutex::default() });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
            .with_state(Arc::clone(&runtime_api));
        tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { process, runtime_api, events })
    }

    /// Hands over an event, and gives the answer; none where the function fails or takes too long.
    pub async fn invoke(&self, id: String, event: String) -> Option<Value> {
        let (sender, answer) = oneshot::channel();
        self.runtime_api.answers().insert(id.clone(), sender);
        self.events.send((id, event)).ok()?;
        timeout(TIMEOUT, answer).await.ok()?.ok()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl RuntimeApi {
    fn answers(&self) -> impl std::ops::DerefMut<Target = HashMap<String, oneshot::Sender<Value>>> + '_ {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next request, once there is one.
async fn next(State(runtime_api): State<Arc<RuntimeApi>>) -> Response {
    let Some((id, event)) = runtime_api.queue.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now() + TIMEOUT;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let headers = [
        ("Lambda-Runtime-Aws-Request-Id", id),
        ("Lambda-Runtime-Deadline-Ms", deadline),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:1:function:f".to_owned()),
    ];
    (headers, event).into_response()
}

async fn answer(
    State(runtime_api): State<Arc<RuntimeApi>>,
    extract::Path(id): extract::Path<String>,
    body: String,
) -> StatusCode {
    let sender = runtime_api.answers().remove(&id);
    if let (Some(sender), Ok(answer)) = (sender, serde_json::from_str(&body)) {
        // Nobody waits any more where it took too long.
        let _ = sender.send(answer);
    }
    StatusCode::ACCEPTED
}

async fn fail(
    State(runtime_api): State<Arc<RuntimeApi>>,
    extract::Path(id): extract::Path<String>,
) -> StatusCode {
    runtime_api.answers().remove(&id);
    StatusCode::ACCEPTED
}
