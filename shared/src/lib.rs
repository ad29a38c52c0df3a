//! Common code of the functions of the sign-in service.
//!
//! An API Gateway event is parsed into a typed [`Request`]. The route's function calls Cognito and returns a typed
//! response or an [`Error`], which is converted to an HTTP response. A route is an async function and one line of
//! wiring:
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
//!     let LoginRequest { username, password, cookie } = request.body;
//!     let authentication = service.cognito.sign_in(&username, &password, &request.client_context).await?;
//!     Ok(SignIn::new(authentication, &username, &service.settings).with_cookie(cookie))
//! }
//! ```

mod cognito;
mod lambda;
mod model;
pub mod testing;
mod tokens;

/// Header `User-Agent` of requests without the SDK. AWS's common rules for web ACLs block requests without one
/// (`NoUserAgent_HEADER`).
const USER_AGENT: &str = concat!("sign-in/", env!("CARGO_PKG_VERSION"));

pub use lambda::{
    request::{Anonymous, Identified, RefreshCookie, Request, SignedIn, SignedInRecently},
    serve::serve,
    service::Service,
};
pub use model::{
    caller::Caller,
    challenge::{ChallengeAnswer, Factor, MfaPreference, TotpSecret},
    delivery::Delivery,
    error::Error,
    error_mapping::ErrorMapping,
    exception::Subject,
    outcome::Outcome,
    requests::{
        AnswerChallengeRequest, ChangeEmailRequest, ChangePasswordRequest, CompleteFederatedLoginRequest,
        CompletePasskeyRequest, CompletePasswordChangeRequest, ConfirmSignUpRequest, DeleteAccountRequest,
        DeletePasskeyRequest, ForgotPasswordRequest, LoginRequest, LogoutRequest, PreferFactorRequest,
        RefreshTokenRequest, ResendCodeRequest, ResetPasswordRequest, SendEmailCodeRequest, SetUpTotpRequest,
        SignUpRequest, StartFederatedLoginRequest, StartLoginRequest, StartPasskeyRequest,
        UpdateProfileRequest, VerifyEmailRequest, VerifyTotpRequest,
    },
    responses::{
        AccountDeleted, CodeSent, Done, Factors, FederatedLogin, LoggedOut, PasskeyOptions, Passkeys,
        Settings, SignIn, Tokens, Totp,
    },
    route::Route,
    user::Profile,
    username::Username,
};

/// Status code in the error mappings of a [`Route`].
pub use http::StatusCode;
/// Access to the text of a [`SecretString`].
pub use secrecy::ExposeSecret;
/// Password, token, session or code. `Debug` omits the value, and the memory is zeroized on drop.
pub use secrecy::SecretString;
