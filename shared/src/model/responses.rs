//! What clients are given.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{
    authentication::{Authentication, IssuedTokens},
    challenge::{Challenge, ChallengeKind, Factor, TotpSecret},
    delivery::Delivery,
    error::{Cause, Error},
    user::{Profile, ServiceSettings, User},
    username::Username,
};

const TOKEN_TYPE: &str = "bearer";

/// All but what RFC 3986, section 2.3, leaves as it is in any part of a URI.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Room for three tokens: an answer that begins small is copied each time that it outgrows its room.
const USUAL_ANSWER: usize = 4 * 1024;

/// What can be written as JSON, by whoever does not know what it is.
pub trait ToJson {
    /// Its JSON.
    ///
    /// # Errors
    ///
    /// Where it has no JSON.
    fn to_json(&self) -> Result<String, Cause>;
}

impl<T: Serialize> ToJson for T {
    fn to_json(&self) -> Result<String, Cause> {
        let mut json = Vec::with_capacity(USUAL_ANSWER);
        serde_json::to_writer(&mut json, self)?;
        Ok(String::from_utf8(json)?)
    }
}

/// A body that a client is given.
pub trait ResponseBody: ToJson + Send {
    /// The challenge, where it asks for another step instead of giving what was asked for: for the audit line.
    fn challenge(&self) -> Option<&'static str> {
        None
    }

    /// The id of the person who has signed in by it, or who was signed out: for the audit line.
    fn subject(&self) -> Option<&str> {
        None
    }

    /// Errors that the client does not learn of: for the log and the audit line.
    fn suppressed_errors(&self) -> &[Error] {
        &[]
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
}

impl ResponseBody for Tokens {
    fn subject(&self) -> Option<&str> {
        Some(&self.user.user_id)
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
}

impl ResponseBody for Done {
    fn suppressed_errors(&self) -> &[Error] {
        &self.suppressed_errors
    }
}

impl ResponseBody for Totp {}
impl ResponseBody for Factors {}
impl ResponseBody for PasskeyOptions {}
impl ResponseBody for Passkeys {}
impl ResponseBody for Profile {}

/// What an attempt to sign in leads to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum SignIn {
    /// The person is signed in.
    Tokens(Box<Tokens>),
    /// The person must take another step first.
    NextStep(Box<NextStep>),
}

/// The tokens of a person who is signed in.
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
}

/// What a person is asked for next, and what must go back with the answer.
#[derive(Debug, Serialize)]
pub struct NextStep {
    access_token: &'static str,
    token_type: &'static str,
    user: User,
    expires_in: i32,
    /// On which the old client relies, and which no other challenge has.
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
    /// The answer to `username`, for whom Cognito gave `authentication`.
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

    /// The response to `username`, who has not proven a factor yet: where a code was sent is computed from the username,
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

    /// Adds a sentence for the person, where they are signed in. A challenge has its own.
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

/// What an authenticator app is given: to type, or as a link or a QR code.
#[derive(Debug, Serialize)]
pub struct Totp {
    #[serde(serialize_with = "serialize_secret")]
    secret: SecretString,
    #[serde(serialize_with = "serialize_secret")]
    uri: SecretString,
}

impl Totp {
    /// For the account of `username` with `issuer`, unless the person wants it to be called otherwise.
    ///
    /// The link's form is the apps' common one, <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>.
    /// Cognito's codes are the default of every app: SHA-1, six digits, 30 seconds.
    pub fn new(totp: TotpSecret, username: &Username, issuer: &str) -> Self {
        let TotpSecret { secret, account } = totp;
        let account = account.as_deref().unwrap_or(username.as_str());
        let encoded = |text| utf8_percent_encode(text, UNRESERVED);
        let (issuer, account) = (encoded(issuer), encoded(account));
        let uri = format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            secret.expose_secret()
        );
        Self { secret, uri: SecretString::from(uri) }
    }
}

impl Tokens {
    /// The answer to a person for whom Cognito issued `tokens`. `username` is what they signed in
    /// with, where that is known.
    pub fn new(tokens: IssuedTokens, username: Option<&Username>, settings: &ServiceSettings) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: TOKEN_TYPE,
            user: settings.user(tokens.claims, username),
            expires_in: tokens.expires_in,
            message: None,
        }
    }
}

/// What was done, where there is nothing else to say.
#[derive(Debug, Serialize)]
pub struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    message: &'static str,
    #[serde(skip)]
    suppressed_errors: Vec<Error>,
}

impl Done {
    /// Says `message`.
    pub fn new(message: &'static str) -> Self {
        Self { success: None, message, suppressed_errors: Vec::new() }
    }

    /// Says `message`, and `success: true`, on which clients of this route rely.
    pub fn with_success(message: &'static str) -> Self {
        Self { success: Some(true), ..Self::new(message) }
    }

    /// Adds an error that the client does not learn of.
    #[must_use]
    pub fn with_suppressed(mut self, error: Option<Error>) -> Self {
        self.suppressed_errors.extend(error);
        self
    }
}

/// That a person is signed out here, whatever became of their tokens.
#[derive(Debug, Serialize)]
pub struct LoggedOut {
    message: &'static str,
    #[serde(skip)]
    subject: Option<String>,
    #[serde(skip)]
    suppressed_errors: Vec<Error>,
}

impl LoggedOut {
    /// Sign-out of `subject`, if that is known. The client does not learn of `suppressed_errors`.
    pub fn new(subject: Option<String>, suppressed_errors: Vec<Error>) -> Self {
        Self { message: "Logged out successfully", subject, suppressed_errors }
    }
}

/// How a person can prove who they are.
#[derive(Debug, Serialize)]
pub struct Factors {
    /// What they can begin a sign-in with.
    pub factors: Vec<Factor>,
    /// What they are asked for after a password.
    pub mfa: Vec<Factor>,
    /// Which of those comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred: Option<Factor>,
}

/// What a browser makes a passkey from.
#[derive(Debug, Serialize)]
pub struct PasskeyOptions {
    /// PublicKeyCredentialCreationOptionsJSON, as Cognito gave them:
    /// <https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson>.
    pub passkey: Box<RawValue>,
}

/// All passkeys of a person.
#[derive(Debug, Serialize)]
pub struct Passkeys {
    /// As Cognito lists them.
    pub passkeys: Vec<Passkey>,
}

/// A passkey, as far as its owner may want to know it.
#[derive(Debug, Serialize)]
pub struct Passkey {
    /// What it is removed by.
    pub credential_id: String,
    /// What Cognito calls it.
    pub name: String,
    /// When it was registered, as in RFC 3339.
    pub created_at: String,
    /// The domain that it is for.
    pub relying_party: String,
    /// How its device can be reached, such as `internal` or `usb`.
    pub transports: Vec<String>,
}

/// Where a code went.
#[derive(Debug, Serialize)]
pub struct CodeSent {
    #[serde(flatten)]
    done: Done,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
}

impl CodeSent {
    /// Says `message`, and where Cognito sent the code.
    pub fn new(message: &'static str, delivery: Option<Delivery>) -> Self {
        Self { done: Done::with_success(message), delivery }
    }

    /// The response that hides whether a code was sent to `username`, and why it was not.
    pub fn hiding(error: Error, message: &'static str, username: &Username) -> Self {
        let Self { done, delivery } = Self::new(message, Some(Delivery::masked_email(username)));
        Self { done: done.with_suppressed(Some(error)), delivery }
    }
}

/// Writes a secret into an answer: the one place where a client is handed one.
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
