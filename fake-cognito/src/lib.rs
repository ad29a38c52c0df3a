//! Model of Amazon Cognito for tests and local development, with sign-in steps that emulators do not support.
//!
//! - Sessions rotate, expire and are valid for one use.
//! - Codes of authenticator apps follow RFC 6238. Each code is accepted once.
//! - `SECRET_HASH` and the signatures of passkeys are verified.
//! - Operations raise the documented exceptions.
//! - The domain of the pool has its OAuth endpoints, and a small identity provider to sign in at.
//!
//! A test against this model shows that the functions work together, not how Cognito behaves. The tests of each route
//! cover Cognito's documented and observed responses.
//!
//! ```
//! use fake_cognito::{User, FakeCognito, Settings};
//!
//! let cognito = FakeCognito::start(Settings::default()).unwrap();
//! cognito.pool().users.push(User::new("user@igad.int", "SecureP@ssw0rd1"));
//! // Environment variables of a function that calls this Cognito.
//! assert!(cognito.environment().iter().any(|(name, _)| name == "AWS_ENDPOINT_URL"));
//! ```

mod exception;
mod federation;
mod identity_provider;
mod operations;
mod page;
mod passkey;
mod pool;
mod random;
mod server;
mod sessions;
mod totp;

pub use exception::{Exception, OperationResult};
pub use federation::{Federation, Identity};
pub use identity_provider::Account;
pub use page::{Page, PageRequest};
pub use passkey::Passkey;
pub use pool::{Mfa, Pool, SentCode, Settings, Status, User};
pub use server::{FakeCognito, Fault};
pub use totp::{App, code};
