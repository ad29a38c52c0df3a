//! Authenticator apps: real codes of RFC 6238, each of which is good once.

use totp_rs::{Builder, Secret, Totp};

use crate::{exception::Exception, random::random};

/// Seconds in which a code stays the same.
const STEP: u64 = 30;

/// Somebody's authenticator app.
#[derive(Debug, Clone)]
pub struct App {
    /// What its codes are computed from, in base32.
    pub secret: String,
    /// Whether it is asked for.
    pub is_enabled: bool,
    /// The last step whose code was used.
    pub(crate) last_used: Option<u64>,
}

impl App {
    /// An app that has proved itself and is asked for.
    pub fn enabled(secret: &str) -> Self {
        Self { secret: secret.to_owned(), is_enabled: true, last_used: None }
    }

    /// Takes a code of this or a neighbouring step, once.
    ///
    /// # Errors
    ///
    /// `CodeMismatchException`, or `ExpiredCodeException` for one that was used.
    pub(crate) fn take(&mut self, code: &str, now: u64) -> Result<(), Exception> {
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

/// A secret that no app has yet: 52 characters of base32, as Cognito's are.
pub(crate) fn new_secret() -> String {
    Secret::from(random(32)).to_base32()
}

/// The code that an app with `secret` shows at `time`, in seconds since 1970.
///
/// # Panics
///
/// Where the secret is no base32.
pub fn code(secret: &str, time: u64) -> String {
    let totp = totp(secret);
    assert!(totp.is_some(), "a secret in base32");
    totp.map(|totp| totp.generate(time).to_string()).unwrap_or_default()
}

fn totp(secret: &str) -> Option<Totp> {
    Some(Builder::new().with_secret(Secret::try_from_base32(secret).ok()?).build_noncompliant())
}

/// The step that `code` belongs to; Cognito takes one either side of now.
fn step_of(secret: &str, code: &str, now: u64) -> Option<u64> {
    let totp = totp(secret)?;
    let steps = [now.saturating_sub(STEP), now, now + STEP];
    steps.into_iter().find(|time| totp.generate(*time).to_string() == code).map(|time| time / STEP)
}
