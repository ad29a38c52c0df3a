//! Access to a pool's key set.

use std::{error::Error, fmt, pin::Pin, sync::Arc};

/// Any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Future of [`FetchKeySet::fetch`].
pub type FetchFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, BoxError>> + Send + 'a>>;

/// HTTP client that fetches key sets.
///
/// The feature `http-client` has one, which [`VerifierBuilder::build`](crate::VerifierBuilder::build) uses. Implement the
/// trait to share a client with the rest of a service, or to read the keys from elsewhere:
///
/// ```
/// use cognito_token_verifier::{FetchFuture, FetchKeySet};
///
/// /// Keys that are part of the executable.
/// #[derive(Debug)]
/// struct Embedded(&'static str);
///
/// impl FetchKeySet for Embedded {
///     fn fetch<'a>(&'a self, _url: &'a str) -> FetchFuture<'a> {
///         Box::pin(async { Ok(self.0.as_bytes().to_vec()) })
///     }
/// }
/// ```
pub trait FetchKeySet: fmt::Debug + Send + Sync {
    /// Body of the response with status 200 to `GET url`.
    ///
    /// An implementation limits the size of the response. The verifier limits the time.
    ///
    /// # Errors
    ///
    /// Any failure, and any other status. The error is the source of
    /// [`VerifyError::KeysUnavailable`](crate::VerifyError::KeysUnavailable).
    fn fetch<'a>(&'a self, url: &'a str) -> FetchFuture<'a>;
}

impl<T: FetchKeySet + ?Sized> FetchKeySet for Arc<T> {
    fn fetch<'a>(&'a self, url: &'a str) -> FetchFuture<'a> {
        self.as_ref().fetch(url)
    }
}
