//! User pool with one app client, and its users.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;
use serde_json::Value;

use crate::{
    exception::Exception,
    federation::{Federation, Identity, SignIns},
    passkey::Passkey,
    random::{random, uuid},
    sessions::Sessions,
    totp::App,
};

/// `MfaConfiguration` of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mfa {
    /// No user has a second factor.
    Off,
    /// Users may have a second factor.
    Optional,
    /// Every user must have a second factor.
    On,
}

/// Configuration of the pool and its app client.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Id of the pool.
    pub user_pool_id: String,
    /// Id of the app client.
    pub client_id: String,
    /// Secret of the app client.
    pub client_secret: Option<String>,
    /// `MfaConfiguration`.
    pub mfa: Mfa,
    /// `AllowedFirstAuthFactors`, in the order of `AvailableChallenges`.
    pub first_factors: Vec<&'static str>,
    /// Relying party id of passkeys. `None` disables passkeys.
    pub passkey_domain: Option<String>,
    /// Whether a code by email can be a second factor.
    pub email_as_second_factor: bool,
    /// `PreventUserExistenceErrors`.
    pub prevent_user_existence_errors: bool,
    /// Whether users may sign up.
    pub self_sign_up: bool,
    /// Whether the pool has a user-migration trigger that rejects every user.
    pub migration_trigger_rejects: bool,
    /// Error of a pre-sign-up trigger that rejects every sign-up.
    pub pre_sign_up_error: Option<String>,
    /// Whether `AttributesRequireVerificationBeforeUpdate` has `email`: an address stays in force until the new one is
    /// verified.
    pub verifies_before_update: bool,
    /// Whether `UpdateUserAttributes` rejects an address that another user has (aws-sdk-net#4387). Otherwise only
    /// `VerifyUserAttribute` does, and the code goes to the other user (awslabs/aws-sdk-ios-samples#104).
    pub reports_taken_address_at_update: bool,
    /// `AuthSessionValidity`.
    pub session_minutes: u64,
    /// Whether refresh tokens are rotated: each is valid for one use.
    pub rotates_refresh_tokens: bool,
    /// Whether a code is required after an authenticator app is set up during sign-in, as the developer guide says.
    /// Otherwise the user gets tokens, as its examples show.
    pub requires_code_after_setup: bool,
    /// Sign-in through identity providers. `None` for a pool without a domain.
    pub federation: Option<Federation>,
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
            prevent_user_existence_errors: true,
            self_sign_up: true,
            migration_trigger_rejects: false,
            pre_sign_up_error: None,
            verifies_before_update: true,
            reports_taken_address_at_update: true,
            session_minutes: 15,
            rotates_refresh_tokens: false,
            requires_code_after_setup: false,
            federation: None,
        }
    }
}

/// `UserStatus` of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The user can sign in.
    Confirmed,
    /// The user signed up and has not entered the confirmation code.
    Unconfirmed,
    /// An administrator set a temporary password, which the user must change.
    ForceChangePassword,
    /// An administrator reset the password.
    ResetRequired,
    /// The user signs in through an identity provider and has no password.
    ExternalProvider,
}

impl Status {
    /// Name in the API reference.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Unconfirmed => "UNCONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ResetRequired => "RESET_REQUIRED",
            Self::ExternalProvider => "EXTERNAL_PROVIDER",
        }
    }
}

/// User of the pool.
#[derive(Debug, Clone)]
pub struct User {
    /// Id, and user name unless the user signs in through an identity provider. Others sign in with their email address.
    pub sub: String,
    /// Identity at a provider, of a user who signs in there.
    pub identity: Option<Identity>,
    /// Email address.
    pub email: String,
    /// `email_verified`.
    pub email_verified: bool,
    /// New email address that is not verified yet.
    pub(crate) pending_email: Option<String>,
    /// Code that verifies the new address, or else the current one.
    pub(crate) email_code: Option<String>,
    /// Other attributes.
    pub attributes: HashMap<String, String>,
    /// Attributes that the first sign-in requires.
    pub required_attributes: Vec<String>,
    /// Password.
    pub password: String,
    /// Status of the account.
    pub status: Status,
    /// Whether an administrator disabled the account.
    pub is_disabled: bool,
    /// Expiry of a temporary password by the pool's clock, in seconds since 1970; `None` for one that does not expire.
    pub temporary_password_expires_at: Option<u64>,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Authenticator app.
    pub app: Option<App>,
    /// Secret of an authenticator app that is not verified yet.
    pub(crate) unverified_secret: Option<String>,
    /// Whether codes by email are a second factor of the user.
    pub email_is_second_factor: bool,
    /// Preferred second factor.
    pub preferred: Option<&'static str>,
    /// Passkeys.
    pub passkeys: Vec<Passkey>,
    /// Challenge of a pending passkey registration.
    pub(crate) passkey_challenge: Option<String>,
    /// Code that confirms the account or resets the password.
    pub(crate) code: Option<String>,
    /// Whether the user signed up and has not signed in yet.
    pub(crate) never_signed_in: bool,
}

impl User {
    /// Confirmed user with a verified email address and a permanent password.
    pub fn new(email: &str, password: &str) -> Self {
        Self {
            sub: uuid(),
            identity: None,
            email: email.to_owned(),
            email_verified: true,
            pending_email: None,
            email_code: None,
            attributes: HashMap::from([("name".to_owned(), "John Doe".to_owned())]),
            required_attributes: Vec::new(),
            password: password.to_owned(),
            status: Status::Confirmed,
            is_disabled: false,
            temporary_password_expires_at: None,
            groups: Vec::new(),
            app: None,
            unverified_secret: None,
            email_is_second_factor: false,
            preferred: None,
            passkeys: Vec::new(),
            passkey_challenge: None,
            code: None,
            never_signed_in: false,
        }
    }

    /// User name: the id, or provider and subject of a federated user.
    pub(crate) fn username(&self) -> String {
        self.identity.as_ref().map_or_else(|| self.sub.clone(), Identity::username)
    }

    /// Whether `name` is the id, the user name or the email address of the user. The address of a federated user is not
    /// verified, so it is no name.
    fn is_named(&self, name: &str) -> bool {
        self.sub == name
            || match &self.identity {
                Some(identity) => identity.username().eq_ignore_ascii_case(name),
                None => self.email.eq_ignore_ascii_case(name),
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

    /// Checks that the status of the account allows a sign-in.
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

    /// Enabled second factors.
    pub(crate) fn second_factors(&self) -> Vec<&'static str> {
        let app = self.app.as_ref().is_some_and(|app| app.is_enabled).then_some("SOFTWARE_TOKEN_MFA");
        app.into_iter().chain(self.email_is_second_factor.then_some("EMAIL_OTP")).collect()
    }

    /// Masked email address of the user.
    pub(crate) fn masked_email(&self) -> String {
        masked(&self.email)
    }
}

/// Email destination that Cognito invents for users who do not exist, whatever their name: aws-sdk-ios#4837.
pub(crate) const INVENTED_EMAIL: &str = "u***@y***";

/// Phone destination that Cognito invents for users who do not exist: amplify-js#5783.
pub(crate) const INVENTED_PHONE_NUMBER: &str = "+*******8187";

/// Masked email address: the first letters of the mailbox and the domain.
pub(crate) fn masked(email: &str) -> String {
    let first = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    format!("{}***@{}***", first(name), first(domain))
}

/// Code that was sent to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCode {
    /// Email address.
    pub to: String,
    /// Code.
    pub code: String,
}

/// User pool.
#[derive(Debug)]
pub struct Pool {
    /// Configuration.
    pub settings: Settings,
    /// Users.
    pub users: Vec<User>,
    /// Codes that were sent, the latest last.
    pub sent: Vec<SentCode>,
    /// Time at which the clock was stopped, in seconds since 1970. `None` for the clock of the system.
    pub(crate) stopped_at: Option<u64>,
    /// Offset of the clock from that time.
    pub(crate) clock_offset: Duration,
    pub(crate) sessions: Sessions,
    /// Valid refresh tokens with their sign-ins.
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    /// Ids of sign-ins whose tokens are revoked.
    pub(crate) revoked: BTreeSet<String>,
    /// Number of `ForgotPassword` calls for users who do not exist.
    pub(crate) unknown_user_resets: usize,
    /// Number of deliveries that were invented for users who do not exist.
    pub(crate) invented_deliveries: usize,
    /// Sign-ins through identity providers.
    pub(crate) sign_ins: SignIns,
}

/// Sign-in of a refresh token.
#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) sub: String,
    pub(crate) sign_in: String,
    pub(crate) auth_time: u64,
    /// Scopes, separated by spaces.
    pub(crate) scope: String,
}

impl Pool {
    /// Pool without users.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            users: Vec::new(),
            sent: Vec::new(),
            stopped_at: None,
            clock_offset: Duration::ZERO,
            sessions: Sessions::default(),
            refresh_tokens: HashMap::new(),
            revoked: BTreeSet::new(),
            unknown_user_resets: 0,
            invented_deliveries: 0,
            sign_ins: SignIns::default(),
        }
    }

    /// Time of the pool's clock, in seconds since 1970.
    pub fn now(&self) -> u64 {
        let system = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.stopped_at.unwrap_or_else(system) + self.clock_offset.as_secs()
    }

    /// Stops the clock, so that only [`Pool::advance_clock`] changes the time and codes stay valid during a test.
    pub fn stop_clock(&mut self) {
        self.stopped_at = Some(self.now());
    }

    /// Stops the clock at `time`, in seconds since 1970. Tokens of a past sign-in have expired for the functions too, which
    /// use the clock of the system.
    pub fn set_clock(&mut self, time: u64) {
        self.stopped_at = Some(time);
        self.clock_offset = Duration::ZERO;
    }

    /// Advances the clock.
    pub fn advance_clock(&mut self, time: Duration) {
        self.clock_offset += time;
    }

    /// User with this id, user name or email address. Email addresses are compared without case.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_named(name))
    }

    /// Mutable reference to the user with this id, user name or email address.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.is_named(name))
    }

    /// User with the id `sub` of a session or token.
    ///
    /// # Errors
    ///
    /// `UserNotFoundException` if the user was deleted.
    pub(crate) fn owner(&mut self, sub: &str) -> Result<&mut User, Exception> {
        self.user_mut(sub).ok_or_else(Exception::user_not_found)
    }

    /// Sends a code with this number of digits, and returns it.
    pub(crate) fn send_code(&mut self, to: &str, digits: usize) -> String {
        let code: String = random(digits).iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        self.sent.push(SentCode { to: to.to_owned(), code: code.clone() });
        code
    }

    /// Checks `SECRET_HASH`, which is computed over the username.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException` with Cognito's messages.
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

    /// Checks `ClientSecret`.
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
