//! What Cognito may ask of a person who signs in, and what a person may answer.
//!
//! See <https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html>.

use std::fmt;

use secrecy::SecretString;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::delivery::Delivery;

/// A step that Cognito wants before it issues tokens.
#[derive(Debug)]
pub struct Challenge {
    /// What it asks for.
    pub step: Step,
    /// Goes back to Cognito with the answer.
    pub session: SecretString,
    /// The name to answer with, where Cognito said so: a person who signs in by an alias, such as
    /// an e-mail address, must answer by their real name.
    pub username: Option<String>,
}

/// What Cognito asks for.
#[derive(Debug)]
pub enum Step {
    /// `NEW_PASSWORD_REQUIRED`: a first sign-in, or an administrator's reset.
    NewPassword {
        /// The attributes that the person must fill in, such as `name`.
        required_attributes: Vec<String>,
    },
    /// A one-time code.
    Code {
        /// Where it comes from.
        source: CodeSource,
        /// Where it went, where it was sent.
        delivery: Option<Delivery>,
    },
    /// `SELECT_MFA_TYPE`: which second factor it shall be.
    ChooseSecondFactor(Vec<Factor>),
    /// `MFA_SETUP`: the person has no second factor yet. These can be set up.
    SetUp(Vec<Factor>),
    /// `MFA_SETUP`, after an authenticator app was chosen: the app must be given the secret.
    SetUpTotp(TotpSecret),
    /// `SELECT_CHALLENGE`: which first factor it shall be.
    ChooseFirstFactor(Vec<Factor>),
    /// `PASSWORD`.
    Password,
    /// `WEB_AUTHN`: a passkey's signature under these PublicKeyCredentialRequestOptionsJSON.
    Passkey(Box<RawValue>),
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

/// The challenges that can be answered here.
///
/// Left out are those for which a client must compute (`PASSWORD_VERIFIER`, `PASSWORD_SRP`, `DEVICE_*`) or an
/// application must have been written (`CUSTOM_CHALLENGE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeName {
    /// A new password must be chosen.
    NewPasswordRequired,
    /// An authenticator app's code is wanted.
    SoftwareTokenMfa,
    /// A code was sent to a phone, as a second factor.
    SmsMfa,
    /// A code was sent by e-mail.
    EmailOtp,
    /// A code was sent to a phone, as a first factor.
    SmsOtp,
    /// One of several second factors must be chosen.
    SelectMfaType,
    /// A second factor must be set up.
    MfaSetup,
    /// One of several first factors must be chosen.
    SelectChallenge,
    /// A password is wanted.
    Password,
    /// A passkey's signature is wanted.
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

    /// The challenge of this name, where it can be answered here.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|challenge| challenge.as_str() == name)
    }

    /// Cognito's name for it.
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
    /// First factors of this service: all of Cognito's without `PASSWORD_SRP`, which requires computation by the client.
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

impl Step {
    /// The challenge's name.
    pub fn challenge(&self) -> ChallengeName {
        match self {
            Self::NewPassword { .. } => ChallengeName::NewPasswordRequired,
            Self::Code { source, .. } => source.challenge(),
            Self::ChooseSecondFactor(_) => ChallengeName::SelectMfaType,
            Self::SetUp(_) | Self::SetUpTotp(_) => ChallengeName::MfaSetup,
            Self::ChooseFirstFactor(_) => ChallengeName::SelectChallenge,
            Self::Password => ChallengeName::Password,
            Self::Passkey(_) => ChallengeName::WebAuthn,
        }
    }

    /// What a person is told to do.
    pub fn message(&self) -> &'static str {
        match self {
            Self::NewPassword { .. } => "Password change required",
            Self::Code { source: CodeSource::SoftwareToken, .. } => {
                "Enter the code from your authenticator app"
            }
            Self::Code { source: CodeSource::EmailOtp, .. } => {
                "Enter the code that was sent to you by e-mail"
            }
            Self::Code { source: CodeSource::SmsMfa | CodeSource::SmsOtp, .. } => {
                "Enter the code that was sent to your phone"
            }
            Self::ChooseSecondFactor(_) => "Choose how to confirm that it is you",
            Self::SetUp(_) => "Set up a second factor",
            Self::SetUpTotp(_) => "Add the account to your authenticator app and enter its code",
            Self::ChooseFirstFactor(_) => "Choose how to sign in",
            Self::Password => "Enter your password",
            Self::Passkey(_) => "Use your passkey",
        }
    }
}

/// What an authenticator app computes codes from, and what it is to call the account.
pub struct TotpSecret {
    /// In base32.
    pub secret: SecretString,
    /// What the person wants the account to be called, such as their e-mail address.
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
    /// To `NEW_PASSWORD_REQUIRED`.
    NewPassword {
        /// The password that the person wants from now on.
        new_password: SecretString,
        /// What the challenge asked to be filled in.
        attributes: Vec<(&'static str, SecretString)>,
    },
    /// To the challenges that ask for a code.
    Code {
        /// Which of them.
        source: CodeSource,
        /// 6 to 8 digits.
        code: SecretString,
    },
    /// To `SELECT_MFA_TYPE`.
    SecondFactor(Factor),
    /// To `MFA_SETUP`: an authenticator app, please.
    SetUpTotp {
        /// What the app is to call the account.
        account: Option<String>,
    },
    /// To `MFA_SETUP`: the app has the secret, and this is its first code.
    FirstTotpCode {
        /// 6 to 8 digits.
        code: SecretString,
        /// What the person calls the device.
        device_name: Option<String>,
    },
    /// To `MFA_SETUP`: codes shall go to this address.
    SetUpEmail(SecretString),
    /// To `SELECT_CHALLENGE`.
    FirstFactor(Factor),
    /// To `SELECT_CHALLENGE`: a password, and this is it.
    FirstFactorPassword(SecretString),
    /// To `PASSWORD`.
    Password(SecretString),
    /// To `WEB_AUTHN`: an AuthenticationResponseJSON.
    Passkey(SecretString),
}

impl ChallengeAnswer {
    /// Whether Cognito has checked a factor once it accepts this answer. The choice of a first factor proves nothing.
    pub fn proves_a_factor(&self) -> bool {
        !matches!(self, Self::FirstFactor(_))
    }

    /// The challenge that it answers.
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
            Self::Passkey(_) => ChallengeName::WebAuthn,
        }
    }
}
