//! The steps of a sign-in.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    exception::{Exception, OperationResult, text},
    passkey,
    pool::{INVENTED_EMAIL, Mfa, Pool, Status, User},
    sessions::{Awaits, MfaSetup, Session},
};

/// Message for an unknown username or a wrong password.
const INCORRECT: &str = "Incorrect username or password.";

impl Pool {
    /// `AdminInitiateAuth` with `ADMIN_USER_PASSWORD_AUTH` or `USER_AUTH`.
    pub(crate) fn admin_initiate_auth(&mut self, input: &Value) -> OperationResult {
        self.check_client(input)?;
        let parameters = &input["AuthParameters"];
        let username = text(parameters, "USERNAME")?;
        self.check_secret_hash(username, &parameters["SECRET_HASH"])?;
        match text(input, "AuthFlow")? {
            "ADMIN_USER_PASSWORD_AUTH" => {
                // USER_AUTH runs no user-migration trigger.
                self.check_migration(username)?;
                let sub = self.check_password(username, text(parameters, "PASSWORD")?)?;
                self.after_password(&sub)
            }
            "USER_AUTH" => self.start(username, parameters["PREFERRED_CHALLENGE"].as_str()),
            flow => Err(Exception::invalid_parameter(format!("{flow} flow not enabled for this client"))),
        }
    }

    /// `AdminRespondToAuthChallenge`. A wrong code or an invalid password keeps the session, every other result ends it.
    pub(crate) fn admin_respond_to_auth_challenge(&mut self, input: &Value) -> OperationResult {
        self.check_client(input)?;
        let name = text(input, "Session")?;
        let responses = &input["ChallengeResponses"];
        let username = text(responses, "USERNAME")?;
        self.check_secret_hash(username, &responses["SECRET_HASH"])?;
        let session = self.sessions.get(name, self.now())?;
        if !self.is_owner(&session, username) {
            // The hash is over the username of the session.
            return Err(match &self.settings.client_secret {
                Some(_) => {
                    let client = &self.settings.client_id;
                    Exception::not_authorized(&format!("SecretHash does not match for the client: {client}"))
                }
                None => Exception::not_authorized("Invalid session for the user."),
            });
        }
        let status = self.user(&session.username).map_or(Ok(()), User::check_enabled);
        let challenge_name = text(input, "ChallengeName")?;
        let result = status.and_then(|()| self.respond(challenge_name, &session, responses));
        let is_retryable = |error: &Exception| {
            matches!(
                error.name,
                "CodeMismatchException" | "ExpiredCodeException" | "InvalidPasswordException"
            )
        };
        if result.as_ref().err().is_none_or(|error| !is_retryable(error)) {
            self.sessions.end(name);
        }
        result
    }

    fn respond(&mut self, challenge: &str, session: &Session, responses: &Value) -> OperationResult {
        let sub = session.username.as_str();
        match (challenge, session.awaits.clone()) {
            ("NEW_PASSWORD_REQUIRED", Awaits::NewPassword) => {
                let password = text(responses, "NEW_PASSWORD")?;
                Self::check_policy(password)?;
                let user = self.owner(sub)?;
                let given = |name: &str| responses[format!("userAttributes.{name}")].as_str();
                if given("email").is_some() {
                    return Err(Exception::not_authorized("Cannot modify an already provided email"));
                }
                for name in user.required_attributes.clone() {
                    let missing = || {
                        Exception::invalid_parameter(format!("Invalid attributes given, {name} is missing"))
                    };
                    let value = given(&name).filter(|value| !value.is_empty()).ok_or_else(missing)?;
                    user.attributes.insert(name.clone(), value.to_owned());
                }
                user.required_attributes.clear();
                user.password = password.to_owned();
                user.status = Status::Confirmed;
                self.second_factor(sub)
            }
            ("SOFTWARE_TOKEN_MFA", Awaits::AppCode) => {
                let code = digits(responses, "SOFTWARE_TOKEN_MFA_CODE", 6)?;
                let now = self.now();
                let app = self.owner(sub)?.app.as_mut().ok_or_else(Exception::code_mismatch)?;
                app.verify(code, now)?;
                self.tokens(sub)
            }
            ("EMAIL_OTP", Awaits::EmailCode { code, is_first_factor }) => {
                let length = if is_first_factor { 8 } else { 6 };
                if session.is_simulated || digits(responses, "EMAIL_OTP_CODE", length)? != code {
                    let message = "Invalid code or auth state for the user.";
                    return Err(Exception::new("CodeMismatchException", message));
                }
                self.tokens(sub)
            }
            ("SELECT_MFA_TYPE", Awaits::SecondFactor) => {
                let choice = text(responses, "ANSWER")?;
                let factors = self.owner(sub)?.second_factors();
                match factors.into_iter().find(|factor| *factor == choice) {
                    // The challenge after a choice does not return the user's id.
                    Some(factor) => self.mfa_challenge(factor, sub, false),
                    None => Err(Exception::invalid_parameter("Invalid MFA type")),
                }
            }
            ("MFA_SETUP", Awaits::MfaSetup(MfaSetup::Verified)) => {
                if self.settings.requires_code_after_setup {
                    self.mfa_challenge("SOFTWARE_TOKEN_MFA", sub, true)
                } else {
                    self.tokens(sub)
                }
            }
            ("MFA_SETUP", Awaits::MfaSetup(MfaSetup::Offered)) if self.settings.email_as_second_factor => {
                let email = text(responses, "EMAIL")?.to_owned();
                let user = self.owner(sub)?;
                user.email = email;
                user.email_is_second_factor = true;
                self.mfa_challenge("EMAIL_OTP", sub, true)
            }
            ("SELECT_CHALLENGE", Awaits::FirstFactor) => match text(responses, "ANSWER")? {
                "PASSWORD" => self.respond_with_password(session, text(responses, "PASSWORD")?),
                factor => self.first_factor_challenge(factor, session),
            },
            ("PASSWORD", Awaits::Password) => {
                self.respond_with_password(session, text(responses, "PASSWORD")?)
            }
            ("WEB_AUTHN", Awaits::Passkey { challenge }) => {
                let credential = text(responses, "CREDENTIAL")?;
                let domain = self.settings.passkey_domain.clone().unwrap_or_default();
                let user = self.owner(sub)?;
                passkey::check_assertion(&mut user.passkeys, credential, &challenge, &domain)?;
                self.tokens(sub)
            }
            _ => Err(Exception::invalid_parameter("Challenge name does not match the session")),
        }
    }

    fn is_owner(&self, session: &Session, username: &str) -> bool {
        username == session.username
            || (!session.requires_user_id
                && self.user(&session.username).is_some_and(|user| user.email.eq_ignore_ascii_case(username)))
    }

    fn check_client(&self, input: &Value) -> Result<(), Exception> {
        let is_known = input["UserPoolId"] == self.settings.user_pool_id.as_str()
            && input["ClientId"] == self.settings.client_id.as_str();
        let message = "User pool client does not exist.";
        is_known.then_some(()).ok_or_else(|| Exception::new("ResourceNotFoundException", message))
    }

    /// Id of the user with this name and password. The account's status comes first, as in Cognito: amplify-js#11209.
    fn check_password(&self, username: &str, password: &str) -> Result<String, Exception> {
        let user = match self.user(username) {
            Some(user) => user,
            None if self.settings.prevent_user_existence_errors => {
                return Err(Exception::not_authorized(INCORRECT));
            }
            None => return Err(Exception::user_not_found()),
        };
        user.check_status()?;
        if user.password != password {
            return Err(Exception::not_authorized(INCORRECT));
        }
        let has_expired = user.temporary_password_expires_at.is_some_and(|end| end <= self.now());
        if user.status == Status::ForceChangePassword && has_expired {
            let message = "Temporary password has expired and must be reset by an administrator.";
            return Err(Exception::not_authorized(message));
        }
        Ok(user.sub.clone())
    }

    fn respond_with_password(&mut self, session: &Session, password: &str) -> OperationResult {
        let sub = self.check_password(&session.username, password)?;
        self.after_password(&sub)
    }

    fn after_password(&mut self, sub: &str) -> OperationResult {
        let user = self.owner(sub)?.clone();
        if user.status != Status::ForceChangePassword {
            return self.second_factor(sub);
        }
        let names = |name: &String| format!("userAttributes.{name}");
        let required: Vec<_> = user.required_attributes.iter().map(names).collect();
        let mut attributes = user.attributes;
        attributes.insert("email".to_owned(), user.email);
        let parameters = json!({
            "USER_ID_FOR_SRP": sub,
            "requiredAttributes": json!(required).to_string(),
            "userAttributes": json!(attributes).to_string()
        });
        let session = self.sessions.open(sub, Awaits::NewPassword, self.session_end());
        Ok(challenge("NEW_PASSWORD_REQUIRED", &session, &parameters))
    }

    /// Next step after a password: a second factor, its set-up, or tokens.
    fn second_factor(&mut self, sub: &str) -> OperationResult {
        let User { preferred, never_signed_in, .. } = *self.owner(sub)?;
        let factors = self.owner(sub)?.second_factors();
        match (self.settings.mfa, factors.as_slice()) {
            (Mfa::Off, _) | (Mfa::Optional, []) => self.tokens(sub),
            // The first sign-in after a sign-up needs no second factor, even if MFA is ON.
            (Mfa::On, []) if never_signed_in => self.tokens(sub),
            (Mfa::On, []) => {
                let mut offered = vec!["SMS_MFA", "SOFTWARE_TOKEN_MFA"];
                offered.extend(self.settings.email_as_second_factor.then_some("EMAIL_OTP"));
                let parameters =
                    json!({ "MFAS_CAN_SETUP": json!(offered).to_string(), "USER_ID_FOR_SRP": sub });
                let session =
                    self.sessions.open(sub, Awaits::MfaSetup(MfaSetup::Offered), self.session_end());
                Ok(challenge("MFA_SETUP", &session, &parameters))
            }
            (_, [factor]) => self.mfa_challenge(factor, sub, true),
            (_, several) => match several.iter().copied().find(|factor| preferred == Some(*factor)) {
                Some(factor) => self.mfa_challenge(factor, sub, true),
                None => {
                    let parameters =
                        json!({ "MFAS_CAN_CHOOSE": json!(several).to_string(), "USER_ID_FOR_SRP": sub });
                    let session = self.sessions.open(sub, Awaits::SecondFactor, self.session_end());
                    Ok(challenge("SELECT_MFA_TYPE", &session, &parameters))
                }
            },
        }
    }

    /// Challenge for a second factor.
    fn mfa_challenge(&mut self, factor: &str, sub: &str, returns_user_id: bool) -> OperationResult {
        let (email, masked) = {
            let user = self.owner(sub)?;
            (user.email.clone(), user.masked_email())
        };
        let mut parameters = HashMap::new();
        let awaits = if factor == "EMAIL_OTP" {
            parameters.insert("CODE_DELIVERY_DELIVERY_MEDIUM", "EMAIL".to_owned());
            parameters.insert("CODE_DELIVERY_DESTINATION", masked);
            Awaits::EmailCode { code: self.send_code(&email, 6), is_first_factor: false }
        } else {
            Awaits::AppCode
        };
        let end = self.session_end();
        let session = if returns_user_id {
            parameters.insert("USER_ID_FOR_SRP", sub.to_owned());
            self.sessions.open(sub, awaits, end)
        } else {
            self.sessions.open_with_username(sub, false, awaits, end)
        };
        Ok(challenge(factor, &session, &json!(parameters)))
    }

    /// `USER_AUTH`. Unknown usernames get the same challenges as users with a password alone.
    fn start(&mut self, username: &str, preferred: Option<&str>) -> OperationResult {
        // A user of an identity provider has no factor here.
        let user = self.user(username).filter(|user| user.identity.is_none()).cloned();
        if user.is_none() && !self.settings.prevent_user_existence_errors {
            return Err(Exception::user_not_found());
        }
        user.as_ref().map_or(Ok(()), User::check_status)?;
        let available = self.first_factors(user.as_ref());
        let is_simulated = user.is_none();
        let name = user.map_or_else(|| username.to_owned(), |user| user.sub);
        let end = self.session_end();
        let session =
            |pool: &mut Self, awaits| pool.sessions.open_with_username(&name, is_simulated, awaits, end);
        if let Some(preferred) = preferred.filter(|preferred| available.contains(preferred)) {
            // The choice is known, so this session is not returned.
            let opened = session(self, Awaits::FirstFactor);
            let chosen = self.sessions.get(&opened, self.now())?;
            self.sessions.end(&opened);
            if preferred == "PASSWORD" {
                let session = session(self, Awaits::Password);
                return Ok(challenge("PASSWORD", &session, &json!({})));
            }
            return self.first_factor_challenge(preferred, &chosen);
        }
        let session = session(self, Awaits::FirstFactor);
        let mut output = challenge("SELECT_CHALLENGE", &session, &json!({}));
        output["AvailableChallenges"] = json!(available);
        Ok(output)
    }

    /// Available first factors. Users with a second factor can only start with the password.
    fn first_factors(&self, user: Option<&User>) -> Vec<&'static str> {
        let has_second = user.is_some_and(|user| !user.second_factors().is_empty());
        let has_passkey = user.is_some_and(|user| !user.passkeys.is_empty());
        self.settings
            .first_factors
            .iter()
            .copied()
            .filter(|factor| match *factor {
                "PASSWORD" => true,
                "WEB_AUTHN" => has_passkey && !has_second && self.settings.passkey_domain.is_some(),
                _ => !has_second,
            })
            .collect()
    }

    fn first_factor_challenge(&mut self, factor: &str, session: &Session) -> OperationResult {
        let Session { username, is_simulated, .. } = session.clone();
        let user = self.user(&username).cloned();
        let is_available = self.first_factors(user.as_ref()).contains(&factor);
        let end = self.session_end();
        match factor {
            "EMAIL_OTP" if is_available => {
                let (destination, code) = match user {
                    Some(user) => (user.masked_email(), self.send_code(&user.email, 8)),
                    None => (INVENTED_EMAIL.to_owned(), String::new()),
                };
                let awaits = Awaits::EmailCode { code, is_first_factor: true };
                let session = self.sessions.open_with_username(&username, is_simulated, awaits, end);
                let parameters = json!({
                    "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
                    "CODE_DELIVERY_DESTINATION": destination
                });
                Ok(challenge("EMAIL_OTP", &session, &parameters))
            }
            "WEB_AUTHN" if is_available => {
                let domain = self.settings.passkey_domain.clone().unwrap_or_default();
                let passkeys = user.map(|user| user.passkeys).unwrap_or_default();
                let (challenge_of_passkey, options) = passkey::request_options(&passkeys, &domain);
                let awaits = Awaits::Passkey { challenge: challenge_of_passkey };
                let session = self.sessions.open_with_username(&username, false, awaits, end);
                let parameters = json!({ "CREDENTIAL_REQUEST_OPTIONS": options.to_string() });
                Ok(challenge("WEB_AUTHN", &session, &parameters))
            }
            _ => Err(Exception::invalid_parameter("Selected challenge is not available")),
        }
    }

    /// Expiry of a session that is opened now.
    pub(crate) fn session_end(&self) -> u64 {
        self.now() + self.settings.session_minutes * 60
    }
}

fn challenge(name: &str, session: &str, parameters: &Value) -> Value {
    json!({ "ChallengeName": name, "Session": session, "ChallengeParameters": parameters })
}

/// Checks the format of a code.
///
/// # Errors
///
/// `InvalidParameterException` for a malformed code, which ends the session.
fn digits<'a>(responses: &'a Value, member: &str, length: usize) -> Result<&'a str, Exception> {
    let code = text(responses, member)?;
    let is_code = code.len() == length && code.bytes().all(|byte| byte.is_ascii_digit());
    // A code of another length is a wrong code, not a malformed one.
    let is_other_kind = (6..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_code || is_other_kind { Ok(code) } else { Err(Exception::invalid_parameter("Code must be digits")) }
}
