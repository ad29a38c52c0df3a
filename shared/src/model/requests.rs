//! Request bodies.

use secrecy::SecretString;

use super::{
    challenge::{ChallengeAnswer, ChallengeName, CodeSource, Factor},
    error::{Error, Problem},
    fields::Fields,
    user::ServiceSettings,
    username::Username,
};

/// Request body of a route.
pub trait RequestBody: Sized {
    /// Whether the whole body may be absent, because all fields are optional in a deployment with these settings.
    fn is_body_optional(_: &ServiceSettings) -> bool {
        false
    }

    /// Parses the fields of the body. Unknown fields are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] for the first invalid field.
    fn from_fields(fields: &Fields) -> Result<Self, Error>;

    /// Username in the body, for the audit line.
    fn username(&self) -> Option<&Username> {
        None
    }

    /// Name of the challenge that the body answers, for the audit line.
    fn challenge_name(&self) -> Option<&'static str> {
        None
    }

    /// Whether the client asks for the refresh token in a cookie.
    fn wants_cookie(&self) -> bool {
        false
    }
}

/// `POST /api/auth/login`.
#[derive(Debug)]
pub struct LoginRequest {
    /// User who signs in.
    pub username: Username,
    /// Password, neither trimmed nor decoded.
    pub password: SecretString,
    /// Whether the refresh token goes into a cookie.
    pub cookie: bool,
}

impl RequestBody for LoginRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.username("username")?,
            password: fields.secret("password")?,
            cookie: fields.flag("cookie")?,
        })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }

    fn wants_cookie(&self) -> bool {
        self.cookie
    }
}

/// `POST /api/auth/complete-password-change`.
#[derive(Debug)]
pub struct CompletePasswordChangeRequest {
    /// `username` of the challenge.
    pub username: Username,
    /// `session` of the challenge.
    pub session: SecretString,
    /// New password.
    pub new_password: SecretString,
    /// Attributes that the challenge requires.
    pub attributes: Vec<(&'static str, SecretString)>,
    /// Whether the refresh token goes into a cookie.
    pub cookie: bool,
}

impl RequestBody for CompletePasswordChangeRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.returned_username("username")?,
            session: fields.secret("session")?,
            new_password: fields.secret("new_password")?,
            attributes: fields.attributes("attributes")?,
            cookie: fields.flag("cookie")?,
        })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }

    fn wants_cookie(&self) -> bool {
        self.cookie
    }
}

/// `POST /api/auth/refresh-token`.
#[derive(Debug)]
pub struct RefreshTokenRequest {
    /// Refresh token of an earlier sign-in. Without it, the cookie has the token.
    pub refresh_token: Option<SecretString>,
    /// Whether a refresh token goes into a cookie.
    pub cookie: bool,
}

impl RequestBody for RefreshTokenRequest {
    fn is_body_optional(settings: &ServiceSettings) -> bool {
        settings.refresh_cookie.is_some()
    }

    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { refresh_token: fields.optional_secret("refresh_token")?, cookie: fields.flag("cookie")? })
    }

    fn wants_cookie(&self) -> bool {
        self.cookie
    }
}

/// `POST /api/auth/logout`.
#[derive(Debug)]
pub struct LogoutRequest {
    /// Refresh token to revoke, with all access tokens that were issued for it.
    pub refresh_token: Option<SecretString>,
    /// Whether to end the user's sessions on all devices.
    pub everywhere: bool,
    /// Address to which the browser returns after its session in the user pool's domain has ended.
    pub redirect_uri: Option<String>,
}

impl RequestBody for LogoutRequest {
    fn is_body_optional(_: &ServiceSettings) -> bool {
        true
    }

    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            refresh_token: fields.optional_secret("refresh_token")?,
            everywhere: fields.flag("everywhere")?,
            redirect_uri: fields.optional("redirect_uri")?.map(str::to_owned),
        })
    }
}

/// `POST /api/auth/forgot-password`.
#[derive(Debug)]
pub struct ForgotPasswordRequest {
    /// User who forgot the password.
    pub username: Username,
}

impl RequestBody for ForgotPasswordRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { username: fields.username("username")? })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/reset-password`.
#[derive(Debug)]
pub struct ResetPasswordRequest {
    /// User who forgot the password.
    pub username: Username,
    /// Code that Cognito sent.
    pub code: SecretString,
    /// New password.
    pub new_password: SecretString,
}

impl RequestBody for ResetPasswordRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.username("username")?,
            code: fields.code("code")?,
            new_password: fields.secret("new_password")?,
        })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/change-password`.
#[derive(Debug)]
pub struct ChangePasswordRequest {
    /// Current password.
    pub current_password: SecretString,
    /// New password.
    pub new_password: SecretString,
}

impl RequestBody for ChangePasswordRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            current_password: fields.secret("current_password")?,
            new_password: fields.secret("new_password")?,
        })
    }
}

/// `POST /api/auth/answer-challenge`.
#[derive(Debug)]
pub struct AnswerChallengeRequest {
    /// `username` of the challenge.
    pub username: Username,
    /// `session` of the challenge.
    pub session: SecretString,
    /// Answer to the challenge.
    pub answer: ChallengeAnswer,
    /// Whether the refresh token goes into a cookie.
    pub cookie: bool,
}

impl RequestBody for AnswerChallengeRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let challenge = ChallengeName::parse(fields.text("challenge")?)
            .ok_or(Error::InvalidField { field: "challenge", problem: Problem::NotAChallenge })?;
        let allowed = allowed_fields(challenge);
        let session = fields.secret("session")?;
        let username = fields.returned_username("username")?;
        let unexpected =
            ANSWER_FIELDS.into_iter().find(|field| fields.contains(field) && !allowed.contains(field));
        if let Some(field) = unexpected {
            return Err(Error::InvalidField { field, problem: Problem::UnexpectedField });
        }
        let answer = parse_answer(challenge, fields)?;
        Ok(Self { username, session, answer, cookie: fields.flag("cookie")? })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }

    fn challenge_name(&self) -> Option<&'static str> {
        Some(self.answer.challenge().as_str())
    }

    fn wants_cookie(&self) -> bool {
        self.cookie
    }
}

/// Fields for answers to all challenges.
const ANSWER_FIELDS: [&str; 6] = ["new_password", "code", "choice", "password", "credential", "email"];

/// Fields for an answer to `challenge`.
fn allowed_fields(challenge: ChallengeName) -> &'static [&'static str] {
    match challenge {
        ChallengeName::NewPasswordRequired => &["new_password"],
        ChallengeName::SoftwareTokenMfa
        | ChallengeName::SmsMfa
        | ChallengeName::EmailOtp
        | ChallengeName::SmsOtp => &["code"],
        ChallengeName::SelectMfaType => &["choice"],
        ChallengeName::SelectChallenge => &["choice", "password"],
        ChallengeName::Password => &["password"],
        ChallengeName::WebAuthn => &["credential"],
        ChallengeName::MfaSetup => &["choice", "code", "email"],
    }
}

fn parse_answer(challenge: ChallengeName, fields: &Fields) -> Result<ChallengeAnswer, Error> {
    let code = |source| Ok(ChallengeAnswer::Code { source, code: fields.one_time_code("code")? });
    match challenge {
        ChallengeName::NewPasswordRequired => Ok(ChallengeAnswer::NewPassword {
            new_password: fields.secret("new_password")?,
            attributes: fields.attributes("attributes")?,
        }),
        ChallengeName::SoftwareTokenMfa => code(CodeSource::SoftwareToken),
        ChallengeName::SmsMfa => code(CodeSource::SmsMfa),
        ChallengeName::EmailOtp => code(CodeSource::EmailOtp),
        ChallengeName::SmsOtp => code(CodeSource::SmsOtp),
        ChallengeName::SelectMfaType => {
            fields.one_of("choice", &Factor::SECOND).map(ChallengeAnswer::SecondFactor)
        }
        ChallengeName::SelectChallenge => parse_first_factor(fields),
        ChallengeName::Password => fields.secret("password").map(ChallengeAnswer::Password),
        ChallengeName::WebAuthn => fields.object("credential").map(ChallengeAnswer::WebAuthn),
        ChallengeName::MfaSetup => parse_mfa_setup(fields),
    }
}

fn parse_first_factor(fields: &Fields) -> Result<ChallengeAnswer, Error> {
    match fields.one_of("choice", &Factor::FIRST)? {
        Factor::Password => fields.secret("password").map(ChallengeAnswer::FirstFactorPassword),
        _ if fields.contains("password") => {
            Err(Error::InvalidField { field: "password", problem: Problem::UnexpectedField })
        }
        factor => Ok(ChallengeAnswer::FirstFactor(factor)),
    }
}

/// Parses one of three answers: the choice of an authenticator app, its first code, or an email address.
fn parse_mfa_setup(fields: &Fields) -> Result<ChallengeAnswer, Error> {
    let unexpected = |field| Err(Error::InvalidField { field, problem: Problem::UnexpectedField });
    match (fields.contains("choice"), fields.contains("code"), fields.contains("email")) {
        (true, true, _) | (_, true, true) => unexpected("code"),
        (true, _, true) => unexpected("email"),
        (false, true, false) => Ok(ChallengeAnswer::FirstTotpCode {
            code: fields.one_time_code("code")?,
            device_name: fields.optional_text("device_name")?,
        }),
        (false, false, true) => fields.email("email").map(ChallengeAnswer::SetUpEmail),
        (_, false, false) => {
            fields.one_of("choice", &[Factor::SoftwareToken])?;
            Ok(ChallengeAnswer::SetUpTotp { account: fields.optional_text("account")? })
        }
    }
}

/// `POST /api/auth/sign-up`.
#[derive(Debug)]
pub struct SignUpRequest {
    /// Username of the new account.
    pub username: Username,
    /// Password of the new account.
    pub password: SecretString,
    /// Full name.
    pub name: Option<String>,
}

impl RequestBody for SignUpRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            username: fields.username("username")?,
            password: fields.secret("password")?,
            name: fields.optional_text("name")?,
        })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/confirm-sign-up`.
#[derive(Debug)]
pub struct ConfirmSignUpRequest {
    /// Username of the account.
    pub username: Username,
    /// Code that Cognito sent.
    pub code: SecretString,
}

impl RequestBody for ConfirmSignUpRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { username: fields.username("username")?, code: fields.code("code")? })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/resend-code`.
#[derive(Debug)]
pub struct ResendCodeRequest {
    /// Username of the account.
    pub username: Username,
}

impl RequestBody for ResendCodeRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { username: fields.username("username")? })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/set-up-totp`.
#[derive(Debug)]
pub struct SetUpTotpRequest {
    /// Name of the account in the authenticator app, such as the email address.
    pub account: Option<String>,
}

impl RequestBody for SetUpTotpRequest {
    fn is_body_optional(_: &ServiceSettings) -> bool {
        true
    }

    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { account: fields.optional_text("account")? })
    }
}

/// `POST /api/auth/verify-totp`.
#[derive(Debug)]
pub struct VerifyTotpRequest {
    /// First code of the authenticator app.
    pub code: SecretString,
    /// Name of the device.
    pub device_name: Option<String>,
}

impl RequestBody for VerifyTotpRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { code: fields.one_time_code("code")?, device_name: fields.optional_text("device_name")? })
    }
}

/// `POST /api/auth/prefer-factor`.
#[derive(Debug)]
pub enum PreferFactorRequest {
    /// Prefer this factor.
    Prefer(Factor),
    /// Disable this factor.
    Disable(Factor),
}

impl RequestBody for PreferFactorRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        match (fields.contains("preferred"), fields.contains("disable")) {
            (true, true) => Err(Error::InvalidField { field: "disable", problem: Problem::UnexpectedField }),
            (false, true) => fields.one_of("disable", &Factor::SECOND).map(Self::Disable),
            (_, false) => fields.one_of("preferred", &Factor::SECOND).map(Self::Prefer),
        }
    }
}

/// `POST /api/auth/start-login`.
#[derive(Debug)]
pub struct StartLoginRequest {
    /// User who signs in.
    pub username: Username,
    /// Preferred first factor.
    pub preferred: Option<Factor>,
}

impl RequestBody for StartLoginRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let username = fields.username("username")?;
        let preferred =
            fields.contains("preferred").then(|| fields.one_of("preferred", &Factor::FIRST)).transpose()?;
        Ok(Self { username, preferred })
    }

    fn username(&self) -> Option<&Username> {
        Some(&self.username)
    }
}

/// `POST /api/auth/start-federated-login`.
#[derive(Debug)]
pub struct StartFederatedLoginRequest {
    /// Name of the identity provider.
    pub provider: String,
    /// Address of the page that completes the sign-in.
    pub redirect_uri: String,
    /// Random value by which the page recognizes its own sign-in.
    pub state: String,
    /// Hash of the code verifier, which the page keeps.
    pub code_challenge: String,
    /// Email address or username for the provider's sign-in page.
    pub login_hint: Option<String>,
    /// Whether the provider authenticates the user again, even if the user has a session there.
    pub reauthenticate: bool,
}

impl RequestBody for StartFederatedLoginRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let (provider, redirect_uri) = (fields.text("provider")?, fields.text("redirect_uri")?);
        // Cognito returns `=` and `%` in `state` changed (amplify-js#5218).
        let state = fields.matching("state", "must be 8 to 512 base64url characters", |state| {
            (8..=512).contains(&state.len()) && state.bytes().all(is_base64url)
        })?;
        let code_challenge =
            fields.matching("code_challenge", "must be 43 base64url characters", |challenge| {
                challenge.len() == 43 && challenge.bytes().all(is_base64url)
            })?;
        let login_hint = fields.optional_text("login_hint")?;
        if login_hint.as_deref().is_some_and(|hint| !is_short(hint)) {
            return Err(Error::InvalidField { field: "login_hint", problem: TOO_LONG });
        }
        Ok(Self {
            provider: provider.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: state.to_owned(),
            code_challenge: code_challenge.to_owned(),
            login_hint,
            reauthenticate: fields.flag("reauthenticate")?,
        })
    }
}

/// `POST /api/auth/complete-federated-login`.
#[derive(Debug)]
pub struct CompleteFederatedLoginRequest {
    /// Authorization code of the redirect, unchanged.
    pub code: SecretString,
    /// Code verifier whose hash the sign-in started with.
    pub code_verifier: SecretString,
    /// Address of the page, as the sign-in started with.
    pub redirect_uri: String,
    /// Whether the refresh token goes into a cookie.
    pub cookie: bool,
}

impl RequestBody for CompleteFederatedLoginRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let code = fields.text("code")?;
        if !is_short(code) {
            return Err(Error::InvalidField { field: "code", problem: TOO_LONG });
        }
        // RFC 7636, section 4.1.
        let code_verifier =
            fields.matching("code_verifier", "must be 43 to 128 unreserved characters", |verifier| {
                let is_unreserved = |byte: u8| is_base64url(byte) || byte == b'.' || byte == b'~';
                (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved)
            })?;
        Ok(Self {
            code: SecretString::from(code),
            code_verifier: SecretString::from(code_verifier),
            redirect_uri: fields.text("redirect_uri")?.to_owned(),
            cookie: fields.flag("cookie")?,
        })
    }

    fn wants_cookie(&self) -> bool {
        self.cookie
    }
}

/// Maximum length of an authorization code, which is a UUID today, and of an email address as a hint.
const MAX_LENGTH: usize = 2048;

const TOO_LONG: Problem = Problem::Malformed("must have at most 2048 characters");

fn is_short(text: &str) -> bool {
    text.chars().count() <= MAX_LENGTH
}

/// Whether `byte` is in the alphabet of base64url (RFC 4648, section 5).
fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// `POST /api/auth/start-passkey`, without fields.
#[derive(Debug)]
pub struct StartPasskeyRequest;

impl RequestBody for StartPasskeyRequest {
    fn is_body_optional(_: &ServiceSettings) -> bool {
        true
    }

    fn from_fields(_: &Fields) -> Result<Self, Error> {
        Ok(Self)
    }
}

/// `POST /api/auth/complete-passkey`.
#[derive(Debug)]
pub struct CompletePasskeyRequest {
    /// `RegistrationResponseJSON` of the browser, as JSON text.
    pub credential: SecretString,
}

impl RequestBody for CompletePasskeyRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { credential: fields.object("credential")? })
    }
}

/// `POST /api/auth/delete-passkey`.
#[derive(Debug)]
pub struct DeletePasskeyRequest {
    /// `credential_id` of the passkey.
    pub credential_id: String,
}

impl RequestBody for DeletePasskeyRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { credential_id: fields.text("credential_id")?.to_owned() })
    }
}

#[cfg(test)]
mod tests;

/// `POST /api/auth/update-profile`.
#[derive(Debug)]
pub struct UpdateProfileRequest {
    /// New values by name of the attribute. An empty value deletes the attribute.
    pub attributes: Vec<(String, SecretString)>,
}

impl RequestBody for UpdateProfileRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { attributes: fields.attribute_texts("attributes")? })
    }
}

/// `POST /api/auth/change-email`.
#[derive(Debug)]
pub struct ChangeEmailRequest {
    /// New address, trimmed.
    pub email: SecretString,
}

impl RequestBody for ChangeEmailRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { email: fields.email("email")? })
    }
}

/// `POST /api/auth/send-email-code`.
#[derive(Debug)]
pub struct SendEmailCodeRequest;

impl RequestBody for SendEmailCodeRequest {
    fn is_body_optional(_: &ServiceSettings) -> bool {
        true
    }

    fn from_fields(_: &Fields) -> Result<Self, Error> {
        Ok(Self)
    }
}

/// `POST /api/auth/verify-email`.
#[derive(Debug)]
pub struct VerifyEmailRequest {
    /// Code that Cognito sent.
    pub code: SecretString,
}

impl RequestBody for VerifyEmailRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { code: fields.code("code")? })
    }
}

/// `POST /api/auth/delete-account`.
#[derive(Debug)]
pub struct DeleteAccountRequest {
    /// Email address or username of the account, trimmed.
    pub confirm: SecretString,
}

impl RequestBody for DeleteAccountRequest {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self { confirm: fields.email("confirm")? })
    }
}
