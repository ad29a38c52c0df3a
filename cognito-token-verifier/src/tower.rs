//! Layer for tower services.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::Verifier;

/// Layer that lets only requests with a valid access token pass, and adds the [`AccessToken`](crate::AccessToken) to
/// their extensions. Others get the response of [`Rejection::response`](crate::Rejection::response).
#[derive(Debug, Clone)]
pub struct VerifierLayer(Verifier);

impl VerifierLayer {
    /// Layer that verifies tokens with `verifier`.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self(verifier)
    }
}

impl<S> Layer<S> for VerifierLayer {
    type Service = VerifierService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifierService { verifier: self.0.clone(), inner }
    }
}

/// Service behind a [`VerifierLayer`].
#[derive(Debug, Clone)]
pub struct VerifierService<S> {
    verifier: Verifier,
    inner: S,
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for VerifierService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    RequestBody: Send + 'static,
    ResponseBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let verifier = self.verifier.clone();
        // The service that `poll_ready` made ready; a clone of it may not be ready.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            // A future that holds `&request` is not `Send` unless the body is `Sync`, so only the headers are borrowed.
            let outcome = verifier.verify_headers(request.headers()).await;
            match outcome {
                Ok(token) => {
                    request.extensions_mut().insert(token);
                    inner.call(request).await
                }
                Err(rejection) => Ok(rejection.response()),
            }
        })
    }
}
