//! Extractor for axum.

use axum_core::{
    body::Body,
    extract::{FromRef, FromRequestParts},
    response::{IntoResponse, Response},
};
use http::request::Parts;

use crate::{AccessToken, Rejection, Verifier};

/// Verifies the request's bearer token with the [`Verifier`] in the state, also behind a `VerifierLayer`: the verifiers may
/// differ.
impl<S> FromRequestParts<S> for AccessToken
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Verifier::from_ref(state).verify_headers(&parts.headers).await
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response::<Body>()
    }
}
