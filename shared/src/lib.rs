//! What every function of the sign-in service needs.
//!
//! Data goes one way: an API Gateway event becomes a typed [`Request`], a route's function
//! asks [`Cognito`] and returns a typed response or an [`Error`], and that becomes HTTP again.
//! A route is a plain async function and one line of wiring:
//!
//! ```no_run
//! use std::{process::ExitCode, sync::Arc};
//! use shared::{Error, LoginRequest, Request, Route, Service, SignIn};
//!
//! const LOGIN: Route = Route {
//!     name: "login",
//!     refused: "Authentication error",
//!     failed: "Login failed",
//!     refusals: &[],
//! };
//!
//! fn main() -> ExitCode {
//!     shared::serve(&LOGIN, login)
//! }
//!
//! async fn login(service: Arc<Service>, request: Request<LoginRequest>) -> Result<SignIn, Error> {
//!     let LoginRequest { username, password } = request.body;
//!     let authentication = service.cognito.sign_in(&username, &password, &request.origin).await?;
//!     SignIn::new(authentication, &username, &service.user_policy)
//! }
//! ```

mod audit;
mod cognito;
mod configuration;
mod error;
mod event;
mod http;
mod key_set;
mod logging;
mod memory;
mod origin;
mod requests;
mod responses;
mod route;
mod serve;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trust;
mod user;
mod username;
mod verifier;

pub use cognito::{Authentication, Challenge, Cognito, IssuedTokens};
pub use configuration::{Configuration, ConfigurationError, UserPool};
pub use error::{Error, ErrorCode, Problem, Reply};
pub use event::Event;
pub use http::FromEvent;
pub use origin::Origin;
pub use requests::{
    ChangePasswordRequest, CompletePasswordChangeRequest, Fields, ForgotPasswordRequest, LoginRequest,
    LogoutRequest, RefreshTokenRequest, Request, RequestBody, ResetPasswordRequest, SignedIn,
};
pub use responses::{CodeSent, Delivery, Done, PasswordChangeRequired, ResponseBody, SignIn, Tokens};
pub use route::{Refusal, Route};
pub use serve::{Service, serve};
pub use trust::TrustedRoots;
pub use user::{IdTokenClaims, Profile, Role, User, UserAttributes, UserPolicy};
pub use username::Username;
pub use verifier::{Caller, TokenError, Verifier};

/// The status codes that a [`Route`]'s table of refusals names.
pub use lambda_http::http::StatusCode;
/// A password, token, session or code: never printed, wiped from memory when dropped.
pub use secrecy::{ExposeSecret, SecretString};
