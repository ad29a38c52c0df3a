//! A user pool with one app client, and the users in it.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;
use serde_json::Value;

use crate::{
    exception::Exception,
    passkey::Passkey,
    random::{random, uuid},
    sessions::Sessions,
    totp::App,
};

/// Whether users have a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mfa {
    /// Nobody has.
    Off,
    /// Whoever wants to.
    Optional,
    /// Everybody must.
    On,
}

/// How the pool and its app client are configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The pool's id.
    pub user_pool_id: String,
    /// The app client's id.
    pub client_id: String,
    /// The app client's secret, where it has one.
    pub client_secret: Option<String>,
    /// `MfaConfiguration`.
    pub mfa: Mfa,
    /// `AllowedFirstAuthFactors`, in the order in which they are offered.
    pub first_factors: Vec<&'static str>,
    /// The relying party's id of passkeys; `None` switches them off.
    pub passkey_domain: Option<String>,
    /// Whether a code by e-mail can be a second factor.
    pub email_as_second_factor: bool,
    /// `PreventUserExistenceErrors`.
    pub hides_who_exists: bool,
    /// Whether users may make themselves an account.
    pub self_sign_up: bool,
    /// Whether the pool has a user-migration trigger that rejects every user it is asked for.
    pub migration_trigger_rejects: bool,
    /// Error of a pre-sign-up trigger that rejects every sign-up.
    pub pre_sign_up_error: Option<String>,
    /// `AuthSessionValidity`.
    pub session_minutes: u64,
    /// Whether a refresh token is good for one use.
    pub rotates_refresh_tokens: bool,
    /// Whether somebody who has set up an app within a sign-in is asked for a code at once, as the developer guide
    /// says, or gets tokens, as its examples show.
    pub asks_for_a_code_after_set_up: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_pool_id: "eu-west-1_AbCdEfGhI".to_owned(),
            client_id: "1example23456789".to_owned(),
            client_secret: None,
            mfa: Mfa::Optional,
            first_factors: vec!["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"],
            passkey_domain: Some("localhost".to_owned()),
            email_as_second_factor: true,
            hides_who_exists: true,
            self_sign_up: true,
            migration_trigger_rejects: false,
            pre_sign_up_error: None,
            session_minutes: 15,
            rotates_refresh_tokens: false,
            asks_for_a_code_after_set_up: false,
        }
    }
}

/// What has become of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It can be used.
    Confirmed,
    /// Whoever made it has not entered the code that they were sent.
    Unconfirmed,
    /// An administrator chose its password, and its owner must choose another.
    ForceChangePassword,
    /// An administrator reset its password.
    ResetRequired,
}

impl Status {
    /// `UserStatus`, as Cognito spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Unconfirmed => "UNCONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ResetRequired => "RESET_REQUIRED",
        }
    }
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct User {
    /// Their id, and their user name: users sign in by their e-mail address.
    pub sub: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether the user proved that the address is theirs, or an administrator vouched for it.
    pub email_verified: bool,
    /// Their attributes but for those.
    pub attributes: HashMap<String, String>,
    /// What is filled in at a first sign-in.
    pub required_attributes: Vec<String>,
    /// Their password.
    pub password: String,
    /// What has become of the account.
    pub status: Status,
    /// Whether an administrator disabled the account.
    pub is_disabled: bool,
    /// Expiry of a temporary password by the pool's clock, in seconds since 1970; `None` for one that does not expire.
    pub temporary_password_expires_at: Option<u64>,
    /// The groups that they are in.
    pub groups: Vec<String>,
    /// Their authenticator app, where there is one.
    pub app: Option<App>,
    /// What the codes of an app are computed from that has not proved itself.
    pub(crate) secret_to_be_verified: Option<String>,
    /// Whether a code by e-mail is a second factor of theirs.
    pub email_is_second_factor: bool,
    /// Which second factor goes first.
    pub preferred: Option<&'static str>,
    /// Their passkeys.
    pub passkeys: Vec<Passkey>,
    /// The challenge of a passkey that is being made.
    pub(crate) passkey_challenge: Option<String>,
    /// The code that confirms their account, or resets their password.
    pub(crate) code: Option<String>,
    /// True for somebody who made their account and has not signed in yet.
    pub(crate) never_signed_in: bool,
}

impl User {
    /// Somebody whom an administrator made, and who has a password of their own.
    pub fn new(email: &str, password: &str) -> Self {
        Self {
            sub: uuid(),
            email: email.to_owned(),
            email_verified: true,
            attributes: HashMap::from([("name".to_owned(), "John Doe".to_owned())]),
            required_attributes: Vec::new(),
            password: password.to_owned(),
            status: Status::Confirmed,
            is_disabled: false,
            temporary_password_expires_at: None,
            groups: Vec::new(),
            app: None,
            secret_to_be_verified: None,
            email_is_second_factor: false,
            preferred: None,
            passkeys: Vec::new(),
            passkey_challenge: None,
            code: None,
            never_signed_in: false,
        }
    }

    /// Checks that no administrator disabled the account.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException`.
    pub(crate) fn check_enabled(&self) -> Result<(), Exception> {
        if self.is_disabled { Err(Exception::not_authorized("User is disabled.")) } else { Ok(()) }
    }

    /// Checks that the account can be signed in to, whatever the password.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException`, `UserNotConfirmedException` or `PasswordResetRequiredException`.
    pub(crate) fn check_status(&self) -> Result<(), Exception> {
        self.check_enabled()?;
        if self.status == Status::Unconfirmed {
            return Err(Exception::new("UserNotConfirmedException", "User is not confirmed."));
        }
        if self.status == Status::ResetRequired {
            let message = "Password reset required for the user";
            return Err(Exception::new("PasswordResetRequiredException", message));
        }
        Ok(())
    }

    /// Their second factors that are switched on.
    pub(crate) fn second_factors(&self) -> Vec<&'static str> {
        let app = self.app.as_ref().is_some_and(|app| app.is_enabled).then_some("SOFTWARE_TOKEN_MFA");
        app.into_iter().chain(self.email_is_second_factor.then_some("EMAIL_OTP")).collect()
    }

    /// Their address, as Cognito tells it to whoever asks.
    pub(crate) fn masked_email(&self) -> String {
        masked(&self.email)
    }
}

/// Email destination that Cognito invents for users who do not exist, whatever their name: aws-sdk-ios#4837.
pub(crate) const INVENTED_EMAIL: &str = "u***@y***";

/// Phone destination that Cognito invents for users who do not exist: amplify-js#5783.
pub(crate) const INVENTED_PHONE_NUMBER: &str = "+*******8187";

/// An address with all but the first letters of its two parts hidden.
pub(crate) fn masked(email: &str) -> String {
    let first = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    format!("{}***@{}***", first(name), first(domain))
}

/// A code that was sent to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Where to.
    pub to: String,
    /// The code.
    pub code: String,
}

/// A user pool.
#[derive(Debug)]
pub struct Pool {
    /// How it is configured.
    pub settings: Settings,
    /// Who has an account.
    pub users: Vec<User>,
    /// What was sent, the latest last.
    pub sent: Vec<Sent>,
    /// When its clock was stopped, in seconds since 1970.
    pub(crate) stopped_at: Option<u64>,
    /// How far its clock is ahead of that, or of this machine's.
    pub(crate) ahead: Duration,
    pub(crate) sessions: Sessions,
    /// Refresh tokens that were issued and not rotated, and the sign-ins that they belong to.
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    /// The sign-ins whose tokens are not accepted any more.
    pub(crate) revoked: BTreeSet<String>,
    /// Number of `ForgotPassword` calls for users who do not exist.
    pub(crate) unknown_user_resets: usize,
    /// Number of deliveries that were invented for users who do not exist.
    pub(crate) invented_deliveries: usize,
}

/// What a refresh token stands for.
#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) sub: String,
    pub(crate) sign_in: String,
    pub(crate) auth_time: u64,
}

impl Pool {
    /// A pool without users.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            users: Vec::new(),
            sent: Vec::new(),
            stopped_at: None,
            ahead: Duration::ZERO,
            sessions: Sessions::default(),
            refresh_tokens: HashMap::new(),
            revoked: BTreeSet::new(),
            unknown_user_resets: 0,
            invented_deliveries: 0,
        }
    }

    /// The time by the pool's clock, in seconds since 1970.
    pub fn now(&self) -> u64 {
        let machine = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.stopped_at.unwrap_or_else(machine) + self.ahead.as_secs()
    }

    /// Stops the clock, so that time passes by [`Pool::pass`] alone: a code stays good however long a test takes.
    pub fn stop_the_clock(&mut self) {
        self.stopped_at = Some(self.now());
    }

    /// Stops the clock at `time`, in seconds since 1970: tokens of a past sign-in have expired for the functions too,
    /// whose clock is the machine's.
    pub fn set_clock(&mut self, time: u64) {
        self.stopped_at = Some(time);
        self.ahead = Duration::ZERO;
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Duration) {
        self.ahead += time;
    }

    /// Whoever has this name: an id, or an e-mail address in any case.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.sub == name || user.email.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.sub == name || user.email.eq_ignore_ascii_case(name))
    }

    /// Whoever has the id `sub`, which the pool itself has handed out.
    ///
    /// # Errors
    ///
    /// `UserNotFoundException` where they are gone since.
    pub(crate) fn owner(&mut self, sub: &str) -> Result<&mut User, Exception> {
        self.user_mut(sub).ok_or_else(Exception::user_not_found)
    }

    /// Sends `to` a code of as many digits, and gives it.
    pub(crate) fn send_code(&mut self, to: &str, digits: usize) -> String {
        let code: String = random(digits).iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        self.sent.push(Sent { to: to.to_owned(), code: code.clone() });
        code
    }

    /// Checks that whoever asks knows the app client's secret, by a hash over the name that they ask for.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException`, as Cognito words it.
    pub(crate) fn check_secret_hash(&self, username: &str, hash: &Value) -> Result<(), Exception> {
        let Settings { client_id, client_secret, .. } = &self.settings;
        let Some(secret) = client_secret else { return Ok(()) };
        let Some(hash) = hash.as_str() else {
            let message =
                format!("Client {client_id} is configured with secret but SECRET_HASH was not received");
            return Err(Exception::not_authorized(&message));
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let expected = hmac::sign(&key, format!("{username}{client_id}").as_bytes());
        if BASE64_STANDARD.encode(expected) == hash {
            Ok(())
        } else {
            let message = format!("Unable to verify secret hash for client {client_id}");
            Err(Exception::not_authorized(&message))
        }
    }

    /// Checks the app client's secret itself.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException`.
    pub(crate) fn check_client_secret(&self, secret: &Value) -> Result<(), Exception> {
        match &self.settings.client_secret {
            Some(expected) if secret.as_str() != Some(expected) => {
                Err(Exception::not_authorized("Invalid client secret"))
            }
            _ => Ok(()),
        }
    }

    /// Checks a password against the pool's policy.
    ///
    /// # Errors
    ///
    /// `InvalidPasswordException`.
    pub(crate) fn check_policy(password: &str) -> Result<(), Exception> {
        let has = |is: fn(&char) -> bool| password.chars().any(|character| is(&character));
        let conforms = password.chars().count() >= 8
            && has(char::is_ascii_lowercase)
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_digit)
            && has(|character| !character.is_alphanumeric());
        let message = "Password did not conform with policy";
        conforms.then_some(()).ok_or_else(|| Exception::new("InvalidPasswordException", message))
    }
}
