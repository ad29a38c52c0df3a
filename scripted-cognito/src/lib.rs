//! A model of Amazon Cognito: the steps of a sign-in that no emulator knows.
//!
//! Its sessions rotate, expire and are good for one use; its codes are real codes of RFC 6238, and none is taken twice; it checks
//! `SECRET_HASH`; it verifies what authenticators sign; and it raises the exceptions that are documented. It is *our*
//! model: what runs against it proves that our steps fit together, and nothing of how Cognito behaves. The recorded
//! replies of each route's tests are for that.
//!
//! ```
//! use scripted_cognito::{Person, ScriptedCognito, Settings};
//!
//! let cognito = ScriptedCognito::start(Settings::default()).unwrap();
//! cognito.pool().people.push(Person::new("user@igad.int", "SecureP@ssw0rd1"));
//! // What a function must be told to ask this Cognito.
//! assert!(cognito.environment().iter().any(|(name, _)| name == "AWS_ENDPOINT_URL"));
//! ```

mod accounts;
mod exception;
mod passkeys;
mod pool;
mod server;
mod sessions;
mod sign_in;
mod tokens;
mod totp;

use std::time::Duration;

use serde_json::Value;

pub use exception::{Exception, Reply};
pub use passkeys::Passkey;
pub use pool::{Mfa, Person, Pool, Sent, Settings, Status};
pub use server::{Fault, ScriptedCognito};
pub use totp::{App, code};

impl Pool {
    /// Does what `operation` asks for.
    ///
    /// # Errors
    ///
    /// The exception that Cognito documents for it, or `UnknownOperationException`.
    pub fn call(&mut self, operation: &str, input: &Value) -> Reply {
        match operation {
            "AdminInitiateAuth" => self.admin_initiate_auth(input),
            "AdminRespondToAuthChallenge" => self.admin_respond_to_auth_challenge(input),
            "AssociateSoftwareToken" => self.associate_software_token(input),
            "ChangePassword" => self.change_password(input),
            "CompleteWebAuthnRegistration" => self.complete_web_authn_registration(input),
            "ConfirmForgotPassword" => self.confirm_forgot_password(input),
            "ConfirmSignUp" => self.confirm_sign_up(input),
            "DeleteWebAuthnCredential" => self.delete_web_authn_credential(input),
            "ForgotPassword" => self.forgot_password(input),
            "GetTokensFromRefreshToken" => self.get_tokens_from_refresh_token(input),
            "GetUser" => self.get_user(input),
            "GetUserAuthFactors" => self.get_user_auth_factors(input),
            "GlobalSignOut" => self.global_sign_out(input),
            "ListWebAuthnCredentials" => self.list_web_authn_credentials(input),
            "ResendConfirmationCode" => self.resend_confirmation_code(input),
            "RevokeToken" => self.revoke_token(input),
            "SetUserMFAPreference" => self.set_user_mfa_preference(input),
            "SignUp" => self.sign_up(input),
            "StartWebAuthnRegistration" => self.start_web_authn_registration(input),
            "VerifySoftwareToken" => self.verify_software_token(input),
            _ => Err(Exception::new("UnknownOperationException", operation)),
        }
    }

    /// True for the operations that AWS wants signed with credentials.
    pub fn must_be_signed(operation: &str) -> bool {
        operation.starts_with("Admin")
    }

    /// Stops the clock, so that time passes by [`Pool::pass`] alone: a code stays good however long a test takes.
    pub fn stop_the_clock(&mut self) {
        self.stopped_at = Some(self.now());
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Duration) {
        self.ahead += time;
    }
}
