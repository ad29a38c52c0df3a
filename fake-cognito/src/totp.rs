//! Authenticator apps with codes of RFC 6238. Each code is valid once.

use totp_rs::{Builder, Secret, Totp};

use crate::{exception::Exception, random::random};

/// Time step of codes, in seconds.
const STEP: u64 = 30;

/// Authenticator app of a user.
#[derive(Debug, Clone)]
pub struct App {
    /// Secret in base32.
    pub secret: String,
    /// Whether the app is enabled as a second factor.
    pub is_enabled: bool,
    /// Time step of the last used code.
    pub(crate) last_used: Option<u64>,
}

impl App {
    /// Verified and enabled app.
    pub fn enabled(secret: &str) -> Self {
        Self { secret: secret.to_owned(), is_enabled: true, last_used: None }
    }

    /// Verifies a code of the current or an adjacent time step, and marks it as used.
    ///
    /// # Errors
    ///
    /// `CodeMismatchException`, or `ExpiredCodeException` for a used code.
    pub(crate) fn verify(&mut self, code: &str, now: u64) -> Result<(), Exception> {
        let mismatch = || Exception::new("CodeMismatchException", "Invalid code received for user");
        let step = step_of(&self.secret, code, now).ok_or_else(mismatch)?;
        if self.last_used.is_some_and(|last| step <= last) {
            let message = "Your software token has already been used once.";
            return Err(Exception::new("ExpiredCodeException", message));
        }
        self.last_used = Some(step);
        Ok(())
    }
}

/// New secret with 52 characters of base32, as long as Cognito's.
pub(crate) fn new_secret() -> String {
    Secret::from(random(32)).to_base32()
}

/// Code for `secret` at `time`, in seconds since 1970.
///
/// # Panics
///
/// The secret is not base32.
pub fn code(secret: &str, time: u64) -> String {
    let totp = totp(secret);
    assert!(totp.is_some(), "a secret in base32");
    totp.map(|totp| totp.generate(time).to_string()).unwrap_or_default()
}

fn totp(secret: &str) -> Option<Totp> {
    Some(Builder::new().with_secret(Secret::try_from_base32(secret).ok()?).build_noncompliant())
}

/// Time step of `code`. Cognito accepts the current step and one on either side.
fn step_of(secret: &str, code: &str, now: u64) -> Option<u64> {
    let totp = totp(secret)?;
    let steps = [now.saturating_sub(STEP), now, now + STEP];
    steps.into_iter().find(|time| totp.generate(*time).to_string() == code).map(|time| time / STEP)
}
