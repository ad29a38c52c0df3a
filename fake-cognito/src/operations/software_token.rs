//! Set-up of an authenticator app, by a signed-in user or during sign-in.

use serde_json::{Value, json};

use crate::{
    exception::{Exception, OperationResult, text},
    pool::{Mfa, Pool},
    sessions::{Awaits, MfaSetup},
    totp::{App, new_secret},
};

impl Pool {
    /// `AssociateSoftwareToken` with an access token or a session.
    pub(crate) fn associate_software_token(&mut self, input: &Value) -> OperationResult {
        let secret = new_secret();
        if self.settings.mfa == Mfa::Off {
            let message = "Software Token MFA is not enabled for the userPool";
            return Err(Exception::new("SoftwareTokenMFANotFoundException", message));
        }
        if input["AccessToken"].is_string() {
            let sub = self.bearer(input)?.sub;
            self.owner(&sub)?.unverified_secret = Some(secret.clone());
            return Ok(json!({ "SecretCode": secret }));
        }
        let name = text(input, "Session")?;
        let session = self.sessions.get(name, self.now())?;
        let Awaits::MfaSetup(_) = session.awaits else {
            return Err(Exception::not_authorized("Invalid session for the user."));
        };
        self.sessions.end(name);
        let associated = Awaits::MfaSetup(MfaSetup::Associated { secret: secret.clone() });
        let next = self.sessions.open(&session.username, associated, self.session_end());
        Ok(json!({ "SecretCode": secret, "Session": next }))
    }

    /// `VerifySoftwareToken` with an access token or a session. A wrong code keeps the session.
    pub(crate) fn verify_software_token(&mut self, input: &Value) -> OperationResult {
        let code = text(input, "UserCode")?;
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = "1 validation error detected: Value at 'userCode' failed to satisfy constraint: \
                           Member must satisfy regular expression pattern: [0-9]+";
            return Err(Exception::invalid_parameter(message));
        }
        let now = self.now();
        let mismatch = || Exception::new("EnableSoftwareTokenMFAException", "Code mismatch");
        if input["AccessToken"].is_string() {
            let sub = self.bearer(input)?.sub;
            let no_app = || {
                let message = "Software token has not been associated";
                Exception::new("SoftwareTokenMFANotFoundException", message)
            };
            let user = self.owner(&sub)?;
            let secret = user.unverified_secret.clone().ok_or_else(no_app)?;
            // Verification does not enable the app: SetUserMFAPreference does.
            let is_enabled = user.app.as_ref().is_some_and(|app| app.is_enabled);
            let mut app = App { secret, is_enabled, last_used: None };
            app.verify(code, now).map_err(|_| mismatch())?;
            user.app = Some(app);
            user.unverified_secret = None;
            return Ok(json!({ "Status": "SUCCESS" }));
        }
        let name = text(input, "Session")?;
        let session = self.sessions.get(name, now)?;
        let Awaits::MfaSetup(MfaSetup::Associated { secret }) = session.awaits else {
            return Err(Exception::not_authorized("Invalid session for the user."));
        };
        let mut app = App::enabled(&secret);
        app.verify(code, now).map_err(|_| mismatch())?;
        self.sessions.end(name);
        let user = self.owner(&session.username)?;
        user.app = Some(app);
        user.preferred = Some("SOFTWARE_TOKEN_MFA");
        let next =
            self.sessions.open(&session.username, Awaits::MfaSetup(MfaSetup::Verified), self.session_end());
        Ok(json!({ "Status": "SUCCESS", "Session": next }))
    }
}
