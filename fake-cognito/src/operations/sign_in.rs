//! The steps of a sign-in.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    exception::{Exception, Reply, text},
    passkey,
    pool::{INVENTED_EMAIL, Mfa, Pool, Status, User},
    sessions::{Awaits, Session, SetUp},
};

/// What a name or a password that is wrong is told.
const INCORRECT: &str = "Incorrect username or password.";

impl Pool {
    /// `AdminInitiateAuth`, with a password or without.
    pub(crate) fn admin_initiate_auth(&mut self, input: &Value) -> Reply {
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

    /// `AdminRespondToAuthChallenge`. A code that is wrong leaves the session as it is, all else ends it.
    pub(crate) fn admin_respond_to_auth_challenge(&mut self, input: &Value) -> Reply {
        self.check_client(input)?;
        let name = text(input, "Session")?;
        let answers = &input["ChallengeResponses"];
        let username = text(answers, "USERNAME")?;
        self.check_secret_hash(username, &answers["SECRET_HASH"])?;
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
        let result = status.and_then(|()| self.respond(challenge_name, &session, answers));
        let may_be_tried_again = |error: &Exception| {
            matches!(
                error.name,
                "CodeMismatchException" | "ExpiredCodeException" | "InvalidPasswordException"
            )
        };
        if result.as_ref().err().is_none_or(|error| !may_be_tried_again(error)) {
            self.sessions.spend(name);
        }
        result
    }

    fn respond(&mut self, challenge: &str, session: &Session, answers: &Value) -> Reply {
        let sub = session.username.as_str();
        match (challenge, session.awaits.clone()) {
            ("NEW_PASSWORD_REQUIRED", Awaits::NewPassword) => {
                let password = text(answers, "NEW_PASSWORD")?;
                Self::check_policy(password)?;
                let user = self.owner(sub)?;
                let given = |name: &str| answers[format!("userAttributes.{name}")].as_str();
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
                let code = digits(answers, "SOFTWARE_TOKEN_MFA_CODE", 6)?;
                let now = self.now();
                let app = self.owner(sub)?.app.as_mut().ok_or_else(Exception::code_mismatch)?;
                app.take(code, now)?;
                self.tokens(sub)
            }
            ("EMAIL_OTP", Awaits::EmailCode { code, is_first_factor }) => {
                let length = if is_first_factor { 8 } else { 6 };
                if session.is_pretended || digits(answers, "EMAIL_OTP_CODE", length)? != code {
                    let message = "Invalid code or auth state for the user.";
                    return Err(Exception::new("CodeMismatchException", message));
                }
                self.tokens(sub)
            }
            ("SELECT_MFA_TYPE", Awaits::SecondFactor) => {
                let choice = text(answers, "ANSWER")?;
                let factors = self.owner(sub)?.second_factors();
                match factors.into_iter().find(|factor| *factor == choice) {
                    // What follows a choice does not say the user's id.
                    Some(factor) => self.ask_for(factor, sub, false),
                    None => Err(Exception::invalid_parameter("Invalid MFA type")),
                }
            }
            ("MFA_SETUP", Awaits::SetUp(SetUp::Verified)) => {
                if self.settings.asks_for_a_code_after_set_up {
                    self.ask_for("SOFTWARE_TOKEN_MFA", sub, true)
                } else {
                    self.tokens(sub)
                }
            }
            ("MFA_SETUP", Awaits::SetUp(SetUp::Offered)) if self.settings.email_as_second_factor => {
                let email = text(answers, "EMAIL")?.to_owned();
                let user = self.owner(sub)?;
                user.email = email;
                user.email_is_second_factor = true;
                self.ask_for("EMAIL_OTP", sub, true)
            }
            ("SELECT_CHALLENGE", Awaits::FirstFactor) => match text(answers, "ANSWER")? {
                "PASSWORD" => self.answer_password(session, text(answers, "PASSWORD")?),
                factor => self.ask_for_first(factor, session),
            },
            ("PASSWORD", Awaits::Password) => self.answer_password(session, text(answers, "PASSWORD")?),
            ("WEB_AUTHN", Awaits::Passkey { challenge }) => {
                let credential = text(answers, "CREDENTIAL")?;
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
            || (!session.wants_the_id
                && self.user(&session.username).is_some_and(|user| user.email.eq_ignore_ascii_case(username)))
    }

    fn check_client(&self, input: &Value) -> Result<(), Exception> {
        let is_ours = input["UserPoolId"] == self.settings.user_pool_id.as_str()
            && input["ClientId"] == self.settings.client_id.as_str();
        let message = "User pool client does not exist.";
        is_ours.then_some(()).ok_or_else(|| Exception::new("ResourceNotFoundException", message))
    }

    /// Id of the user with this name and password. The account's status comes first, as in Cognito: amplify-js#11209.
    fn check_password(&self, username: &str, password: &str) -> Result<String, Exception> {
        let user = match self.user(username) {
            Some(user) => user,
            None if self.settings.hides_who_exists => return Err(Exception::not_authorized(INCORRECT)),
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

    fn answer_password(&mut self, session: &Session, password: &str) -> Reply {
        let sub = self.check_password(&session.username, password)?;
        self.after_password(&sub)
    }

    fn after_password(&mut self, sub: &str) -> Reply {
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

    /// What comes after the first factor, where that was a password.
    fn second_factor(&mut self, sub: &str) -> Reply {
        let User { preferred, never_signed_in, .. } = *self.owner(sub)?;
        let factors = self.owner(sub)?.second_factors();
        match (self.settings.mfa, factors.as_slice()) {
            (Mfa::Off, _) | (Mfa::Optional, []) => self.tokens(sub),
            // Whoever made their own account gets tokens the first time even where everybody must have a factor.
            (Mfa::On, []) if never_signed_in => self.tokens(sub),
            (Mfa::On, []) => {
                let mut offered = vec!["SMS_MFA", "SOFTWARE_TOKEN_MFA"];
                offered.extend(self.settings.email_as_second_factor.then_some("EMAIL_OTP"));
                let parameters =
                    json!({ "MFAS_CAN_SETUP": json!(offered).to_string(), "USER_ID_FOR_SRP": sub });
                let session = self.sessions.open(sub, Awaits::SetUp(SetUp::Offered), self.session_end());
                Ok(challenge("MFA_SETUP", &session, &parameters))
            }
            (_, [factor]) => self.ask_for(factor, sub, true),
            (_, several) => match several.iter().copied().find(|factor| preferred == Some(*factor)) {
                Some(factor) => self.ask_for(factor, sub, true),
                None => {
                    let parameters =
                        json!({ "MFAS_CAN_CHOOSE": json!(several).to_string(), "USER_ID_FOR_SRP": sub });
                    let session = self.sessions.open(sub, Awaits::SecondFactor, self.session_end());
                    Ok(challenge("SELECT_MFA_TYPE", &session, &parameters))
                }
            },
        }
    }

    /// Asks for a second factor.
    fn ask_for(&mut self, factor: &str, sub: &str, says_the_id: bool) -> Reply {
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
        let session = if says_the_id {
            parameters.insert("USER_ID_FOR_SRP", sub.to_owned());
            self.sessions.open(sub, awaits, end)
        } else {
            self.sessions.open_unnamed(sub, false, awaits, end)
        };
        Ok(challenge(factor, &session, &json!(parameters)))
    }

    /// Begins without a password. Nobody learns whether there is a user of this name.
    fn start(&mut self, username: &str, preferred: Option<&str>) -> Reply {
        let user = self.user(username).cloned();
        if user.is_none() && !self.settings.hides_who_exists {
            return Err(Exception::user_not_found());
        }
        user.as_ref().map_or(Ok(()), User::check_status)?;
        let available = self.first_factors(user.as_ref());
        let is_pretended = user.is_none();
        let name = user.map_or_else(|| username.to_owned(), |user| user.sub);
        let end = self.session_end();
        let session = |pool: &mut Self, awaits| pool.sessions.open_unnamed(&name, is_pretended, awaits, end);
        if let Some(preferred) = preferred.filter(|preferred| available.contains(preferred)) {
            // Not handed out: the user's choice is known already.
            let opened = session(self, Awaits::FirstFactor);
            let chosen = self.sessions.get(&opened, self.now())?;
            self.sessions.spend(&opened);
            if preferred == "PASSWORD" {
                let session = session(self, Awaits::Password);
                return Ok(challenge("PASSWORD", &session, &json!({})));
            }
            return self.ask_for_first(preferred, &chosen);
        }
        let session = session(self, Awaits::FirstFactor);
        let mut reply = challenge("SELECT_CHALLENGE", &session, &json!({}));
        reply["AvailableChallenges"] = json!(available);
        Ok(reply)
    }

    /// What somebody can begin with. Whoever has a second factor can begin with the password alone.
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

    fn ask_for_first(&mut self, factor: &str, session: &Session) -> Reply {
        let Session { username, is_pretended, .. } = session.clone();
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
                let session = self.sessions.open_unnamed(&username, is_pretended, awaits, end);
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
                let session = self.sessions.open_unnamed(&username, false, awaits, end);
                let parameters = json!({ "CREDENTIAL_REQUEST_OPTIONS": options.to_string() });
                Ok(challenge("WEB_AUTHN", &session, &parameters))
            }
            _ => Err(Exception::invalid_parameter("Selected challenge is not available")),
        }
    }

    /// When a session that is opened now expires.
    pub(crate) fn session_end(&self) -> u64 {
        self.now() + self.settings.session_minutes * 60
    }
}

fn challenge(name: &str, session: &str, parameters: &Value) -> Value {
    json!({ "ChallengeName": name, "Session": session, "ChallengeParameters": parameters })
}

/// The digits of a code.
///
/// # Errors
///
/// `InvalidParameterException` for one that is malformed, and the session is burnt.
fn digits<'a>(answers: &'a Value, member: &str, length: usize) -> Result<&'a str, Exception> {
    let code = text(answers, member)?;
    let is_code = code.len() == length && code.bytes().all(|byte| byte.is_ascii_digit());
    // A user may have typed the other kind: Cognito tells them as it tells of any wrong code.
    let is_other_kind = (6..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_code || is_other_kind { Ok(code) } else { Err(Exception::invalid_parameter("Code must be digits")) }
}
