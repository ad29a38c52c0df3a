//! What every function of the sign-in service needs.
//!
//! Data goes one way: an API Gateway event becomes a typed [`Request`], a route's function
//! asks Cognito and returns a typed response or an [`Error`], and that becomes HTTP again.
//! A route is a plain async function and one line of wiring:
//!
//! ```no_run
//! use std::{process::ExitCode, sync::Arc};
//! use shared::{Error, LoginRequest, Request, Route, Service, SignIn};
//!
//! const LOGIN: Route = Route {
//!     name: "login",
//!     error_prefix: "Authentication error",
//!     failure_prefix: "Login failed",
//!     error_mappings: &[],
//! };
//!
//! fn main() -> ExitCode {
//!     shared::serve(&LOGIN, login)
//! }
//!
//! async fn login(service: Arc<Service>, request: Request<LoginRequest>) -> Result<SignIn, Error> {
//!     let LoginRequest { username, password } = request.body;
//!     let authentication = service.cognito.sign_in(&username, &password, &request.client_context).await?;
//!     Ok(SignIn::new(authentication, &username, &service.settings))
//! }
//! ```

mod cognito;
mod lambda;
mod model;
pub mod testing;
mod tokens;

pub use lambda::{
    request::{Identified, Request, SignedIn, SignedInRecently},
    serve::serve,
    service::Service,
};
pub use model::{
    caller::Caller,
    challenge::{ChallengeAnswer, Factor, MfaPreference, TotpSecret},
    error::Error,
    error_mapping::ErrorMapping,
    exception::Subject,
    outcome::Outcome,
    requests::{
        AnswerChallengeRequest, ChangePasswordRequest, CompletePasskeyRequest, CompletePasswordChangeRequest,
        ConfirmSignUpRequest, DeletePasskeyRequest, ForgotPasswordRequest, LoginRequest, LogoutRequest,
        PreferFactorRequest, RefreshTokenRequest, ResendCodeRequest, ResetPasswordRequest, SetUpTotpRequest,
        SignUpRequest, StartLoginRequest, StartPasskeyRequest, VerifyTotpRequest,
    },
    responses::{CodeSent, Done, Factors, LoggedOut, PasskeyOptions, Passkeys, SignIn, Tokens, Totp},
    route::Route,
    user::Profile,
    username::Username,
};

/// The status codes that a [`Route`]'s error mappings name.
pub use http::StatusCode;
/// A password, token, session or code: never printed, wiped from memory when dropped.
pub use secrecy::SecretString;
