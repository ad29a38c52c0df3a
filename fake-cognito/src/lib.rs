//! A model of Amazon Cognito: the steps of a sign-in that no emulator knows.
//!
//! Its sessions rotate, expire and are good for one use; its codes are real codes of RFC 6238, and none is taken twice;
//! it checks `SECRET_HASH`; it verifies what authenticators sign; and it raises the exceptions that are documented. It
//! is *our* model: what runs against it proves that our steps fit together, and nothing of how Cognito behaves. The
//! replies of each route's tests are for that, as they are documented or were seen.
//!
//! ```
//! use fake_cognito::{User, FakeCognito, Settings};
//!
//! let cognito = FakeCognito::start(Settings::default()).unwrap();
//! cognito.pool().users.push(User::new("user@igad.int", "SecureP@ssw0rd1"));
//! // What a function must be told to ask this Cognito.
//! assert!(cognito.environment().iter().any(|(name, _)| name == "AWS_ENDPOINT_URL"));
//! ```

mod exception;
mod operations;
mod passkey;
mod pool;
mod random;
mod server;
mod sessions;
mod totp;

pub use exception::{Exception, Reply};
pub use passkey::Passkey;
pub use pool::{Mfa, Pool, Sent, Settings, Status, User};
pub use server::{FakeCognito, Fault};
pub use totp::{App, code};
