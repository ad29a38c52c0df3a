//! Bearer tokens of HTTP requests, and the responses to those without a valid one (RFC 6750).

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE},
};

use crate::{AccessToken, Verifier, VerifyError};

/// Reason why a request is not authorized.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request has no bearer token.
    #[error("the request has no bearer token")]
    NoToken,
    /// The token was not accepted.
    #[error(transparent)]
    Token(#[from] VerifyError),
}

impl Rejection {
    /// Response without a body.
    ///
    /// The status is 401, 403 for a missing group or scope, or 503 if the keys could not be fetched. The header is
    /// `WWW-Authenticate` (RFC 6750, section 3), with 503 `Retry-After`.
    #[must_use]
    pub fn response<B: Default>(&self) -> Response<B> {
        let (status, name, value) = match self {
            Self::Token(VerifyError::KeysUnavailable(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, RETRY_AFTER, "5")
            }
            Self::Token(VerifyError::MissingGroup | VerifyError::MissingScope) => {
                (StatusCode::FORBIDDEN, WWW_AUTHENTICATE, r#"Bearer error="insufficient_scope""#)
            }
            Self::Token(_) => (StatusCode::UNAUTHORIZED, WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#),
            Self::NoToken => (StatusCode::UNAUTHORIZED, WWW_AUTHENTICATE, "Bearer"),
        };
        let mut response = Response::new(B::default());
        *response.status_mut() = status;
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }
}

impl Verifier {
    /// Verifies the bearer token in `headers`.
    pub(crate) async fn verify_headers(&self, headers: &HeaderMap) -> Result<AccessToken, Rejection> {
        let token = bearer_token(headers).ok_or(Rejection::NoToken)?;
        Ok(self.verify(token).await?)
    }
}

/// Token of the `Authorization` header. Two headers count as none, because no standard says which one applies.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    // RFC 9110, section 11.1: the scheme is case-insensitive.
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}
