//! Challenges of Cognito during a sign-in, and answers to them.
//!
//! See <https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html>.

use std::fmt;

use secrecy::SecretString;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::delivery::Delivery;

/// Challenge that Cognito requires before it issues tokens.
#[derive(Debug)]
pub struct Challenge {
    /// Kind of the challenge, and what it requires.
    pub kind: ChallengeKind,
    /// Session for the answer.
    pub session: SecretString,
    /// Username for the answer, if Cognito returned one. A user who signs in with an alias, such as an email address,
    /// must answer with the username.
    pub username: Option<String>,
}

/// Kind of a challenge.
#[derive(Debug)]
pub enum ChallengeKind {
    /// `NEW_PASSWORD_REQUIRED`: first sign-in, or an administrator set a temporary password.
    NewPasswordRequired {
        /// Attributes that the user must enter, such as `name`.
        required_attributes: Vec<String>,
    },
    /// One-time code.
    Code {
        /// Source of the code.
        source: CodeSource,
        /// Delivery of the code, if it was sent.
        delivery: Option<Delivery>,
    },
    /// `SELECT_MFA_TYPE`: choice of a second factor.
    SelectMfaType(Vec<Factor>),
    /// `MFA_SETUP`: choice of a second factor to set up.
    MfaSetup(Vec<Factor>),
    /// `MFA_SETUP`, after the choice of an authenticator app: secret for the app.
    SoftwareTokenSetup(TotpSecret),
    /// `SELECT_CHALLENGE`: choice of a first factor.
    SelectChallenge(Vec<Factor>),
    /// `PASSWORD`.
    Password,
    /// `WEB_AUTHN`: assertion of a passkey for these `PublicKeyCredentialRequestOptionsJSON`.
    WebAuthn(Box<RawValue>),
}

/// Source of a one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSource {
    /// `SOFTWARE_TOKEN_MFA`: authenticator app.
    SoftwareToken,
    /// `SMS_MFA`: SMS, as a second factor.
    SmsMfa,
    /// `EMAIL_OTP`: email, as a first or a second factor.
    EmailOtp,
    /// `SMS_OTP`: SMS, as a first factor.
    SmsOtp,
}

/// Supported challenges.
///
/// Not supported are challenges that require computation by the client (`PASSWORD_VERIFIER`, `PASSWORD_SRP`,
/// `DEVICE_*`) or triggers of an application (`CUSTOM_CHALLENGE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeName {
    /// New password.
    NewPasswordRequired,
    /// Code of an authenticator app.
    SoftwareTokenMfa,
    /// Code by SMS, as a second factor.
    SmsMfa,
    /// Code by email.
    EmailOtp,
    /// Code by SMS, as a first factor.
    SmsOtp,
    /// Choice of a second factor.
    SelectMfaType,
    /// Setup of a second factor.
    MfaSetup,
    /// Choice of a first factor.
    SelectChallenge,
    /// Password.
    Password,
    /// Assertion of a passkey.
    WebAuthn,
}

impl ChallengeName {
    const ALL: [Self; 10] = [
        Self::NewPasswordRequired,
        Self::SoftwareTokenMfa,
        Self::SmsMfa,
        Self::EmailOtp,
        Self::SmsOtp,
        Self::SelectMfaType,
        Self::MfaSetup,
        Self::SelectChallenge,
        Self::Password,
        Self::WebAuthn,
    ];

    /// Challenge with this name, if it is supported.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|challenge| challenge.as_str() == name)
    }

    /// Cognito's name of the challenge.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewPasswordRequired => "NEW_PASSWORD_REQUIRED",
            Self::SoftwareTokenMfa => "SOFTWARE_TOKEN_MFA",
            Self::SmsMfa => "SMS_MFA",
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::SelectMfaType => "SELECT_MFA_TYPE",
            Self::MfaSetup => "MFA_SETUP",
            Self::SelectChallenge => "SELECT_CHALLENGE",
            Self::Password => "PASSWORD",
            Self::WebAuthn => "WEB_AUTHN",
        }
    }
}

/// Authentication factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// Password.
    Password,
    /// Code of an authenticator app.
    SoftwareToken,
    /// Code by SMS, as a second factor.
    SmsMfa,
    /// Code by email.
    EmailOtp,
    /// Code by SMS, as a first factor.
    SmsOtp,
    /// Passkey.
    WebAuthn,
}

/// Use of a second factor at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MfaPreference {
    /// Disabled.
    Off,
    /// Enabled.
    On,
    /// Enabled, and requested before the user's other factors.
    Preferred,
}

impl Factor {
    /// First factors of this service: all of Cognito's without `PASSWORD_SRP`, which requires computation by the
    /// client.
    pub const FIRST: [Self; 4] = [Self::Password, Self::EmailOtp, Self::SmsOtp, Self::WebAuthn];
    /// Second factors.
    pub const SECOND: [Self; 3] = [Self::SoftwareToken, Self::SmsMfa, Self::EmailOtp];
    /// Second factors that can be set up during a sign-in. SMS is not one: the phone number must be known before.
    pub const SET_UP: [Self; 2] = [Self::SoftwareToken, Self::EmailOtp];

    /// Cognito's name of the factor, which is the name of its challenge.
    pub fn as_str(self) -> &'static str {
        let challenge = match self {
            Self::Password => ChallengeName::Password,
            Self::SoftwareToken => ChallengeName::SoftwareTokenMfa,
            Self::SmsMfa => ChallengeName::SmsMfa,
            Self::EmailOtp => ChallengeName::EmailOtp,
            Self::SmsOtp => ChallengeName::SmsOtp,
            Self::WebAuthn => ChallengeName::WebAuthn,
        };
        challenge.as_str()
    }

    /// Elements of `factors` with these names, in the order of `names`. Other names are ignored.
    pub fn among(factors: &[Self], names: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Self> {
        names.into_iter().filter_map(|name| Self::named(factors, name.as_ref())).collect()
    }

    /// Element of `factors` with this name.
    pub fn named(factors: &[Self], name: &str) -> Option<Self> {
        factors.iter().copied().find(|factor| factor.as_str() == name)
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl CodeSource {
    /// Challenge that requests such a code.
    pub fn challenge(self) -> ChallengeName {
        match self {
            Self::SoftwareToken => ChallengeName::SoftwareTokenMfa,
            Self::SmsMfa => ChallengeName::SmsMfa,
            Self::EmailOtp => ChallengeName::EmailOtp,
            Self::SmsOtp => ChallengeName::SmsOtp,
        }
    }
}

impl ChallengeKind {
    /// Name of the challenge.
    pub fn challenge(&self) -> ChallengeName {
        match self {
            Self::NewPasswordRequired { .. } => ChallengeName::NewPasswordRequired,
            Self::Code { source, .. } => source.challenge(),
            Self::SelectMfaType(_) => ChallengeName::SelectMfaType,
            Self::MfaSetup(_) | Self::SoftwareTokenSetup(_) => ChallengeName::MfaSetup,
            Self::SelectChallenge(_) => ChallengeName::SelectChallenge,
            Self::Password => ChallengeName::Password,
            Self::WebAuthn(_) => ChallengeName::WebAuthn,
        }
    }

    /// Instruction for the user.
    pub fn message(&self) -> &'static str {
        match self {
            Self::NewPasswordRequired { .. } => "Password change required",
            Self::Code { source: CodeSource::SoftwareToken, .. } => {
                "Enter the code from your authenticator app"
            }
            Self::Code { source: CodeSource::EmailOtp, .. } => "Enter the code that was sent to you by email",
            Self::Code { source: CodeSource::SmsMfa | CodeSource::SmsOtp, .. } => {
                "Enter the code that was sent to your phone"
            }
            Self::SelectMfaType(_) => "Choose how to confirm that it is you",
            Self::MfaSetup(_) => "Set up a second factor",
            Self::SoftwareTokenSetup(_) => "Add the account to your authenticator app and enter its code",
            Self::SelectChallenge(_) => "Choose how to sign in",
            Self::Password => "Enter your password",
            Self::WebAuthn(_) => "Use your passkey",
        }
    }
}

/// Secret for an authenticator app, and the name of the account in the app.
pub struct TotpSecret {
    /// Secret in base32.
    pub secret: SecretString,
    /// Name of the account, if the user entered one.
    pub account: Option<String>,
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpSecret(..)")
    }
}

/// Answer of a client to a challenge.
#[derive(Debug)]
pub enum ChallengeAnswer {
    /// Answer to `NEW_PASSWORD_REQUIRED`.
    NewPassword {
        /// New password.
        new_password: SecretString,
        /// Attributes that the challenge requires.
        attributes: Vec<(&'static str, SecretString)>,
    },
    /// Answer to a challenge for a one-time code.
    Code {
        /// Source of the code.
        source: CodeSource,
        /// Code of 6 to 8 digits.
        code: SecretString,
    },
    /// Answer to `SELECT_MFA_TYPE`.
    SecondFactor(Factor),
    /// Answer to `MFA_SETUP`: choice of an authenticator app.
    SetUpTotp {
        /// Name of the account in the app.
        account: Option<String>,
    },
    /// Answer to `MFA_SETUP`: first code of the authenticator app.
    FirstTotpCode {
        /// Code of 6 to 8 digits.
        code: SecretString,
        /// Name of the device.
        device_name: Option<String>,
    },
    /// Answer to `MFA_SETUP`: email address for codes.
    SetUpEmail(SecretString),
    /// Answer to `SELECT_CHALLENGE`: another factor than a password.
    FirstFactor(Factor),
    /// Answer to `SELECT_CHALLENGE`: choice of the password, with its value.
    FirstFactorPassword(SecretString),
    /// Answer to `PASSWORD`.
    Password(SecretString),
    /// Answer to `WEB_AUTHN`: an `AuthenticationResponseJSON`.
    WebAuthn(SecretString),
}

impl ChallengeAnswer {
    /// Whether Cognito has verified a factor once it accepts this answer. The choice of a first factor proves none.
    pub fn proves_a_factor(&self) -> bool {
        !matches!(self, Self::FirstFactor(_))
    }

    /// Challenge that the answer belongs to.
    pub fn challenge(&self) -> ChallengeName {
        match self {
            Self::NewPassword { .. } => ChallengeName::NewPasswordRequired,
            Self::Code { source, .. } => source.challenge(),
            Self::SecondFactor(_) => ChallengeName::SelectMfaType,
            Self::SetUpTotp { .. } | Self::FirstTotpCode { .. } | Self::SetUpEmail(_) => {
                ChallengeName::MfaSetup
            }
            Self::FirstFactor(_) | Self::FirstFactorPassword(_) => ChallengeName::SelectChallenge,
            Self::Password(_) => ChallengeName::Password,
            Self::WebAuthn(_) => ChallengeName::WebAuthn,
        }
    }
}
