//! Response bodies.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{
    authentication::{Authentication, IssuedTokens},
    challenge::{Challenge, ChallengeKind, Factor, TotpSecret},
    delivery::Delivery,
    error::{Cause, Error},
    password_policy::PasswordPolicy,
    refresh_cookie::CookieChange,
    text::percent_encode,
    user::{PoolSettings, Profile, ServiceSettings, User},
    username::Username,
};

const TOKEN_TYPE: &str = "bearer";

/// Initial capacity of a response body: enough for three tokens, since a buffer is copied when it grows.
const INITIAL_CAPACITY: usize = 4 * 1024;

/// Object-safe serialization to JSON.
pub trait ToJson {
    /// Serializes `self`.
    ///
    /// # Errors
    ///
    /// If `self` cannot be represented in JSON.
    fn to_json(&self) -> Result<String, Cause>;
}

impl<T: Serialize> ToJson for T {
    fn to_json(&self) -> Result<String, Cause> {
        let mut json = Vec::with_capacity(INITIAL_CAPACITY);
        serde_json::to_writer(&mut json, self)?;
        Ok(String::from_utf8(json)?)
    }
}

/// Response body of a route.
pub trait ResponseBody: ToJson + Send {
    /// Challenge that the response contains, for the audit line.
    fn challenge(&self) -> Option<&'static str> {
        None
    }

    /// `sub` of the user who was signed in or out, for the audit line.
    fn subject(&self) -> Option<&str> {
        None
    }

    /// Errors that the response hides from the client, for the log and the audit line.
    fn suppressed_errors(&self) -> &[Error] {
        &[]
    }

    /// Change of the refresh token's cookie.
    fn cookie_change(&self) -> Option<&CookieChange> {
        None
    }

    /// Whether the response is the same for all users, so that browsers and proxies may cache it for minutes.
    fn is_public(&self) -> bool {
        false
    }

    /// Event for other services in the audit line.
    fn audit_event(&self) -> Option<&'static str> {
        None
    }
}

impl ResponseBody for Settings {
    fn is_public(&self) -> bool {
        true
    }
}

impl ResponseBody for AccountDeleted {
    fn subject(&self) -> Option<&str> {
        Some(&self.subject)
    }

    fn audit_event(&self) -> Option<&'static str> {
        Some("account-deleted")
    }
}

impl ResponseBody for SignIn {
    fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Tokens(_) => None,
            Self::NextStep(next) => Some(next.challenge),
        }
    }

    fn subject(&self) -> Option<&str> {
        match self {
            Self::Tokens(tokens) => tokens.subject(),
            Self::NextStep(_) => None,
        }
    }

    fn cookie_change(&self) -> Option<&CookieChange> {
        match self {
            Self::Tokens(tokens) => tokens.cookie_change(),
            Self::NextStep(_) => None,
        }
    }
}

impl ResponseBody for Tokens {
    fn subject(&self) -> Option<&str> {
        Some(&self.user.user_id)
    }

    fn cookie_change(&self) -> Option<&CookieChange> {
        self.cookie.as_ref()
    }
}

impl ResponseBody for CodeSent {
    fn suppressed_errors(&self) -> &[Error] {
        self.done.suppressed_errors()
    }
}

impl ResponseBody for LoggedOut {
    fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    fn suppressed_errors(&self) -> &[Error] {
        &self.suppressed_errors
    }

    fn cookie_change(&self) -> Option<&CookieChange> {
        self.cookie.as_ref()
    }
}

impl ResponseBody for Done {
    fn suppressed_errors(&self) -> &[Error] {
        &self.suppressed_errors
    }
}

impl ResponseBody for Totp {}
impl ResponseBody for FederatedLogin {}
impl ResponseBody for Factors {}
impl ResponseBody for PasskeyOptions {}
impl ResponseBody for Passkeys {}
impl ResponseBody for Profile {}

/// Result of a successful request to sign in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum SignIn {
    /// The user is signed in.
    Tokens(Box<Tokens>),
    /// Cognito requires a challenge.
    NextStep(Box<NextStep>),
}

/// Tokens of a signed-in user.
#[derive(Debug, Serialize)]
pub struct Tokens {
    #[serde(serialize_with = "serialize_secret")]
    access_token: SecretString,
    #[serde(serialize_with = "serialize_optional_secret", skip_serializing_if = "Option::is_none")]
    refresh_token: Option<SecretString>,
    token_type: &'static str,
    user: User,
    expires_in: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(skip)]
    cookie: Option<CookieChange>,
}

/// Challenge, with the session and the username for the answer.
#[derive(Debug, Serialize)]
pub struct NextStep {
    access_token: &'static str,
    token_type: &'static str,
    user: User,
    expires_in: i32,
    /// `true` for `NEW_PASSWORD_REQUIRED`, on which older clients rely. Other challenges omit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    requires_password_change: Option<bool>,
    challenge: &'static str,
    #[serde(serialize_with = "serialize_secret")]
    session: SecretString,
    username: String,
    message: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required_attributes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Factor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    totp: Option<Totp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passkey: Option<Box<RawValue>>,
}

impl SignIn {
    /// Response to `username`, for whom Cognito returned `authentication`.
    pub fn new(authentication: Authentication, username: &Username, settings: &ServiceSettings) -> Self {
        match authentication {
            Authentication::Tokens(tokens) => {
                Self::Tokens(Box::new(Tokens::new(tokens, Some(username), settings)))
            }
            Authentication::Challenge(challenge) => {
                Self::NextStep(Box::new(NextStep::new(challenge, username, settings)))
            }
        }
    }

    /// Response to `username`, who has not proven a factor yet. The delivery of a code is computed from the username,
    /// unless the deployment reveals which users exist.
    pub fn before_first_factor(
        authentication: Authentication,
        username: &Username,
        settings: &ServiceSettings,
    ) -> Self {
        let authentication = if settings.reveals_users {
            authentication
        } else {
            authentication.with_masked_delivery(username)
        };
        Self::new(authentication, username, settings)
    }

    /// Moves the refresh token from the body to a cookie, if the client asks for that.
    #[must_use]
    pub fn with_cookie(self, wants_cookie: bool) -> Self {
        match self {
            Self::Tokens(tokens) if wants_cookie => Self::Tokens(Box::new(tokens.in_cookie(None))),
            other => other,
        }
    }

    /// Adds a message for the user, if signed in. A challenge has its own message.
    #[must_use]
    pub fn with_message(mut self, message: &'static str) -> Self {
        if let Self::Tokens(tokens) = &mut self {
            tokens.message = Some(message);
        }
        self
    }
}

impl NextStep {
    fn new(challenge: Challenge, username: &Username, settings: &ServiceSettings) -> Self {
        let Challenge { kind, session, username: username_for_answer } = challenge;
        let mut next = Self {
            access_token: "",
            token_type: TOKEN_TYPE,
            user: settings.unknown_user(username),
            expires_in: 0,
            requires_password_change: None,
            challenge: kind.challenge().as_str(),
            session,
            username: username_for_answer.unwrap_or_else(|| username.as_str().to_owned()),
            message: kind.message(),
            required_attributes: Vec::new(),
            delivery: None,
            choices: Vec::new(),
            totp: None,
            passkey: None,
        };
        match kind {
            ChallengeKind::NewPasswordRequired { required_attributes } => {
                next.requires_password_change = Some(true);
                next.required_attributes = required_attributes;
            }
            ChallengeKind::Code { delivery, .. } => next.delivery = delivery,
            ChallengeKind::SelectMfaType(choices)
            | ChallengeKind::MfaSetup(choices)
            | ChallengeKind::SelectChallenge(choices) => {
                next.choices = choices;
            }
            ChallengeKind::SoftwareTokenSetup(totp) => {
                next.totp = Some(Totp::new(totp, username, &settings.totp_issuer))
            }
            ChallengeKind::Password => {}
            ChallengeKind::WebAuthn(options) => next.passkey = Some(options),
        }
        next
    }
}

/// Secret for an authenticator app, as text and as a URI for a link or a QR code.
#[derive(Debug, Serialize)]
pub struct Totp {
    #[serde(serialize_with = "serialize_secret")]
    secret: SecretString,
    #[serde(serialize_with = "serialize_secret")]
    uri: SecretString,
}

impl Totp {
    /// Secret for an account with `issuer`, named after the user's choice or else `username`.
    ///
    /// The URI has the form of <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>. Cognito's
    /// parameters are the defaults of all apps: SHA-1, six digits, 30 seconds.
    pub fn new(totp: TotpSecret, username: &Username, issuer: &str) -> Self {
        let TotpSecret { secret, account } = totp;
        let account = account.as_deref().unwrap_or(username.as_str());
        let (issuer, account) = (percent_encode(issuer), percent_encode(account));
        let uri = format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            secret.expose_secret()
        );
        Self { secret, uri: SecretString::from(uri) }
    }
}

impl Tokens {
    /// Response with `tokens`. `username` is the name used to sign in, if known.
    pub fn new(tokens: IssuedTokens, username: Option<&Username>, settings: &ServiceSettings) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: TOKEN_TYPE,
            user: settings.user(tokens.claims, username),
            expires_in: tokens.expires_in,
            message: None,
            cookie: None,
        }
    }

    /// Moves the refresh token from the body to a cookie. If Cognito issued none, stores `current`.
    #[must_use]
    pub fn in_cookie(mut self, current: Option<SecretString>) -> Self {
        self.cookie = self.refresh_token.take().or(current).map(CookieChange::Set);
        self
    }
}

/// Response with a message alone.
#[derive(Debug, Serialize)]
pub struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    message: &'static str,
    #[serde(skip)]
    suppressed_errors: Vec<Error>,
}

impl Done {
    /// Response with `message`.
    pub fn new(message: &'static str) -> Self {
        Self { success: None, message, suppressed_errors: Vec::new() }
    }

    /// Response with `message` and `success: true`, on which clients of some routes rely.
    pub fn with_success(message: &'static str) -> Self {
        Self { success: Some(true), ..Self::new(message) }
    }

    /// Adds an error that the response hides from the client.
    #[must_use]
    pub fn with_suppressed(mut self, error: Option<Error>) -> Self {
        self.suppressed_errors.extend(error);
        self
    }
}

/// Response to a sign-out, whether or not the tokens could be revoked.
#[derive(Debug, Serialize)]
pub struct LoggedOut {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    logout_url: Option<String>,
    #[serde(skip)]
    cookie: Option<CookieChange>,
    #[serde(skip)]
    subject: Option<String>,
    #[serde(skip)]
    suppressed_errors: Vec<Error>,
}

impl LoggedOut {
    /// Response to the sign-out of `subject`, if known. It hides `suppressed_errors` from the client.
    pub fn new(subject: Option<String>, suppressed_errors: Vec<Error>) -> Self {
        let message = "Logged out successfully";
        Self { message, logout_url: None, cookie: None, subject, suppressed_errors }
    }

    /// Deletes the refresh token's cookie.
    #[must_use]
    pub fn clearing_cookie(self) -> Self {
        Self { cookie: Some(CookieChange::Clear), ..self }
    }

    /// Adds the URL that ends the browser's session in the user pool's domain.
    #[must_use]
    pub fn with_logout_url(self, logout_url: Option<String>) -> Self {
        Self { logout_url, ..self }
    }
}

/// Response to the start of a federated sign-in.
#[derive(Debug, Serialize)]
pub struct FederatedLogin {
    /// URL of Cognito's authorization endpoint, to which the page redirects the browser.
    pub url: String,
}

/// Authentication factors of a user.
#[derive(Debug, Serialize)]
pub struct Factors {
    /// First factors.
    pub factors: Vec<Factor>,
    /// Second factors.
    pub mfa: Vec<Factor>,
    /// Preferred second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred: Option<Factor>,
}

/// Options for the creation of a passkey.
#[derive(Debug, Serialize)]
pub struct PasskeyOptions {
    /// `PublicKeyCredentialCreationOptionsJSON` from Cognito, unchanged:
    /// <https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson>.
    pub passkey: Box<RawValue>,
}

/// Passkeys of a user.
#[derive(Debug, Serialize)]
pub struct Passkeys {
    /// Passkeys in Cognito's order.
    pub passkeys: Vec<Passkey>,
}

/// Passkey in a list.
#[derive(Debug, Serialize)]
pub struct Passkey {
    /// ID, for `delete-passkey`.
    pub credential_id: String,
    /// Name.
    pub name: String,
    /// Time of registration, as in RFC 3339.
    pub created_at: String,
    /// Domain of the relying party.
    pub relying_party: String,
    /// Transports of the authenticator, such as `internal` or `usb`.
    pub transports: Vec<String>,
}

/// Settings of the deployment for front ends. What is unknown is absent.
#[derive(Debug, Serialize)]
pub struct Settings {
    sign_up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    passkeys: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_code: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_policy: Option<PasswordPolicy>,
    email_change: bool,
    providers: Vec<String>,
    reauthentication_minutes: u64,
}

impl Settings {
    /// Settings of a deployment.
    pub fn new(settings: &ServiceSettings) -> Self {
        let PoolSettings { mfa, passkeys, email_code } = settings.pool.clone();
        let policy = &settings.password_policy;
        Self {
            sign_up: settings.self_sign_up,
            passkeys,
            email_code,
            mfa,
            password_policy: (*policy != PasswordPolicy::default()).then(|| policy.clone()),
            email_change: settings.email_change,
            providers: settings.federation.providers.clone(),
            reauthentication_minutes: settings.reauthentication.as_secs() / 60,
        }
    }
}

/// Response to the deletion of an account.
#[derive(Debug, Serialize)]
pub struct AccountDeleted {
    message: &'static str,
    #[serde(skip)]
    subject: String,
}

impl AccountDeleted {
    /// Response to the deletion of the account with this `sub`.
    pub fn new(subject: String) -> Self {
        Self { message: "Account deleted", subject }
    }
}

/// Response to a request for a code.
#[derive(Debug, Serialize)]
pub struct CodeSent {
    #[serde(flatten)]
    done: Done,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
}

impl CodeSent {
    /// Response with `message` and the delivery of the code.
    pub fn new(message: &'static str, delivery: Option<Delivery>) -> Self {
        Self { done: Done::with_success(message), delivery }
    }

    /// Response with `message` and the delivery of the code, without `success`. It hides `error`.
    pub fn to_signed_in(message: &'static str, delivery: Option<Delivery>, error: Option<Error>) -> Self {
        Self { done: Done::new(message).with_suppressed(error), delivery }
    }

    /// Response that hides whether a code was sent to `username`, and `error`, the reason why not.
    pub fn hiding(error: Error, message: &'static str, username: &Username) -> Self {
        let Self { done, delivery } = Self::new(message, Some(Delivery::masked_email(username)));
        Self { done: done.with_suppressed(Some(error)), delivery }
    }
}

/// Serializes a secret. No other code writes secrets to a response.
fn serialize_secret<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn serialize_optional_secret<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serialize_secret(secret, serializer),
        None => serializer.serialize_none(),
    }
}
