//! Authenticator apps: real codes of RFC 6238, each of which is good once.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::{
    exception::{Exception, Reply, text},
    pool::{Pool, random},
    sessions::{Awaits, SetUp},
};

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
        let step = step_of(&self.secret, code, now).ok_or_else(Exception::code_mismatch)?;
        if self.last_used.is_some_and(|last| step <= last) {
            let message = "Your software token has already been used once.";
            return Err(Exception::new("ExpiredCodeException", message));
        }
        self.last_used = Some(step);
        Ok(())
    }
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

impl Pool {
    /// `AssociateSoftwareToken`: by an access token, or within a sign-in.
    pub(crate) fn associate_software_token(&mut self, input: &Value) -> Reply {
        // 52 characters of base32, as Cognito's are.
        let secret = Secret::from(random(32)).to_base32();
        if self.settings.mfa == crate::Mfa::Off {
            let message = "Software Token MFA is not enabled for the userPool";
            return Err(Exception::new("SoftwareTokenMFANotFoundException", message));
        }
        if input["AccessToken"].is_string() {
            let sub = self.bearer(input)?.sub;
            self.owner(&sub)?.secret_to_be_verified = Some(secret.clone());
            return Ok(json!({ "SecretCode": secret }));
        }
        let name = text(input, "Session")?;
        let session = self.sessions.get(name, self.now())?;
        let Awaits::SetUp(_) = session.awaits else {
            return Err(Exception::not_authorized("Invalid session for the user."));
        };
        self.sessions.spend(name);
        let associated = Awaits::SetUp(SetUp::Associated { secret: secret.clone() });
        let next = self.sessions.open(&session.username, associated, self.session_end());
        Ok(json!({ "SecretCode": secret, "Session": next }))
    }

    /// `VerifySoftwareToken`: by an access token, or within a sign-in. A wrong code leaves the session as it is.
    pub(crate) fn verify_software_token(&mut self, input: &Value) -> Reply {
        let code = text(input, "UserCode")?;
        if code.len() != 6 {
            return Err(Exception::invalid_parameter("1 validation error detected: Value at 'userCode'"));
        }
        let now = self.now();
        let mismatch = || Exception::new("EnableSoftwareTokenMFAException", "Code mismatch");
        if input["AccessToken"].is_string() {
            let sub = self.bearer(input)?.sub;
            let no_app = || {
                let message = "Software token has not been associated";
                Exception::new("SoftwareTokenMFANotFoundException", message)
            };
            let person = self.owner(&sub)?;
            let secret = person.secret_to_be_verified.clone().ok_or_else(no_app)?;
            // It proves the app, and does not switch it on: SetUserMFAPreference does.
            let is_enabled = person.app.as_ref().is_some_and(|app| app.is_enabled);
            let mut app = App { secret, is_enabled, last_used: None };
            app.take(code, now).map_err(|_| mismatch())?;
            person.app = Some(app);
            person.secret_to_be_verified = None;
            return Ok(json!({ "Status": "SUCCESS" }));
        }
        let name = text(input, "Session")?;
        let session = self.sessions.get(name, now)?;
        let Awaits::SetUp(SetUp::Associated { secret }) = session.awaits else {
            return Err(Exception::not_authorized("Invalid session for the user."));
        };
        let mut app = App::enabled(&secret);
        app.take(code, now).map_err(|_| mismatch())?;
        self.sessions.spend(name);
        let person = self.owner(&session.username)?;
        person.app = Some(app);
        person.preferred = Some("SOFTWARE_TOKEN_MFA");
        let next = self.sessions.open(&session.username, Awaits::SetUp(SetUp::Verified), self.session_end());
        Ok(json!({ "Status": "SUCCESS", "Session": next }))
    }
}
