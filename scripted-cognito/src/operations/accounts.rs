//! Accounts and passwords, and what their owners see and prefer.

use serde_json::{Value, json};

use crate::{
    exception::{Exception, Reply, text},
    pool::{Mfa, Person, Pool, Status, masked},
};

impl Pool {
    /// `SignUp`.
    pub(crate) fn sign_up(&mut self, input: &Value) -> Reply {
        let email = text(input, "Username")?;
        self.check_secret_hash(email, &input["SecretHash"])?;
        if !self.settings.self_sign_up {
            return Err(Exception::not_authorized("SignUp is not permitted for this user pool"));
        }
        let password = text(input, "Password")?;
        Self::check_policy(password)?;
        if !email.contains('@') {
            return Err(Exception::invalid_parameter("Username should be an email."));
        }
        if email.starts_with('@') || email.ends_with('@') {
            return Err(Exception::invalid_parameter("Invalid email address format."));
        }
        if self.person(email).is_some() {
            // PreventUserExistenceErrors does not cover it.
            let message = "An account with the given email already exists.";
            return Err(Exception::new("UsernameExistsException", message));
        }
        let mut person = Person::new(email, password);
        person.status = Status::Unconfirmed;
        person.never_signed_in = true;
        person.attributes.clear();
        for attribute in input["UserAttributes"].as_array().into_iter().flatten() {
            let name = text(attribute, "Name")?;
            if name != "email" {
                person.attributes.insert(name.to_owned(), text(attribute, "Value")?.to_owned());
            }
        }
        person.code = Some(self.send_code(email, 6));
        let reply = json!({
            "UserConfirmed": false,
            "UserSub": person.sub,
            "CodeDeliveryDetails": delivery(email)
        });
        self.people.push(person);
        Ok(reply)
    }

    /// `ConfirmSignUp`.
    pub(crate) fn confirm_sign_up(&mut self, input: &Value) -> Reply {
        let code = text(input, "ConfirmationCode")?.to_owned();
        let person = self.somebody(input, Exception::expired_code)?;
        if person.status != Status::Unconfirmed {
            let message = format!("User cannot be confirmed. Current status is {}", person.status.name());
            return Err(Exception::not_authorized(&message));
        }
        person.take_code(&code)?;
        person.status = Status::Confirmed;
        Ok(json!({}))
    }

    /// `ResendConfirmationCode`.
    pub(crate) fn resend_confirmation_code(&mut self, input: &Value) -> Reply {
        self.send_unless(input, |person| {
            (person.status != Status::Unconfirmed)
                .then(|| Exception::invalid_parameter("User is already confirmed."))
        })
    }

    /// `ForgotPassword`.
    pub(crate) fn forgot_password(&mut self, input: &Value) -> Reply {
        self.send_unless(input, |person| {
            // PreventUserExistenceErrors does not cover it.
            (person.status == Status::ForceChangePassword)
                .then(|| Exception::not_authorized("User password cannot be reset in the current state."))
        })
    }

    /// `ConfirmForgotPassword`.
    pub(crate) fn confirm_forgot_password(&mut self, input: &Value) -> Reply {
        let code = text(input, "ConfirmationCode")?.to_owned();
        let password = text(input, "Password")?;
        Self::check_policy(password)?;
        // "Managing user existence error responses" in the developer guide.
        let person = self.somebody(input, Exception::code_mismatch)?;
        person.take_code(&code)?;
        person.password = password.to_owned();
        person.status = Status::Confirmed;
        Ok(json!({}))
    }

    /// `ChangePassword`.
    pub(crate) fn change_password(&mut self, input: &Value) -> Reply {
        let sub = self.bearer(input)?.sub;
        let proposed = text(input, "ProposedPassword")?;
        let person = self.owner(&sub)?;
        if person.password != text(input, "PreviousPassword")? {
            return Err(Exception::not_authorized("Incorrect username or password."));
        }
        Self::check_policy(proposed)?;
        self.owner(&sub)?.password = proposed.to_owned();
        Ok(json!({}))
    }

    /// `GetUser`.
    pub(crate) fn get_user(&mut self, input: &Value) -> Reply {
        let sub = self.bearer(input)?.sub;
        let person = self.owner(&sub)?;
        let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
        let mut attributes = vec![
            attribute("sub", &sub),
            attribute("email", &person.email),
            attribute("email_verified", "true"),
        ];
        attributes.extend(person.attributes.iter().map(|(name, value)| attribute(name, value)));
        let mut user = person.factors();
        user["UserAttributes"] = json!(attributes);
        Ok(user)
    }

    /// `GetUserAuthFactors`.
    pub(crate) fn get_user_auth_factors(&mut self, input: &Value) -> Reply {
        let sub = self.bearer(input)?.sub;
        let first_factors = self.settings.first_factors.clone();
        let person = self.owner(&sub)?;
        let has = |factor: &&str| *factor != "WEB_AUTHN" || !person.passkeys.is_empty();
        let configured: Vec<_> = first_factors.into_iter().filter(has).collect();
        let mut user = person.factors();
        user["ConfiguredUserAuthFactors"] = json!(configured);
        Ok(user)
    }

    /// `SetUserMFAPreference`.
    pub(crate) fn set_user_mfa_preference(&mut self, input: &Value) -> Reply {
        let sub = self.bearer(input)?.sub;
        let must_have_one = self.settings.mfa == Mfa::On;
        let email_can_be_one = self.settings.email_as_second_factor;
        let person = self.owner(&sub)?;
        let settings =
            [("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"), ("EmailMfaSettings", "EMAIL_OTP")];
        for (member, factor) in settings {
            let Some(is_on) = input[member]["Enabled"].as_bool() else { continue };
            // AWS documents the exception's name, and not that it comes here.
            if !is_on && must_have_one {
                return Err(Exception::invalid_parameter("User pool has MFA set to ON"));
            }
            match (factor, &mut person.app) {
                ("SOFTWARE_TOKEN_MFA", Some(app)) => app.is_enabled = is_on,
                ("EMAIL_OTP", _) if email_can_be_one => person.email_is_second_factor = is_on,
                _ if !is_on => {}
                _ => return Err(Exception::invalid_parameter("User has not verified this method")),
            }
            if is_on && input[member]["PreferredMfa"] == true {
                person.preferred = Some(factor);
            } else if person.preferred == Some(factor) {
                person.preferred = None;
            }
        }
        Ok(json!({}))
    }

    /// Whoever is named; `unknown` is what is said of a name that nobody has, where nobody is to learn that.
    fn somebody(&mut self, input: &Value, unknown: fn() -> Exception) -> Result<&mut Person, Exception> {
        let username = text(input, "Username")?;
        self.check_secret_hash(username, &input["SecretHash"])?;
        let hides = self.settings.hides_who_exists;
        self.person_mut(username).ok_or_else(|| if hides { unknown() } else { not_found() })
    }

    /// Sends whoever is named a code, unless there is a reason to refuse it. Where nobody is to learn who exists, it is
    /// said to be sent to a name that nobody has, too.
    fn send_unless(&mut self, input: &Value, refusal: fn(&Person) -> Option<Exception>) -> Reply {
        let username = text(input, "Username")?;
        self.check_secret_hash(username, &input["SecretHash"])?;
        match self.person(username).map(refusal) {
            Some(Some(refused)) => return Err(refused),
            Some(None) => {
                let code = self.send_code(username, 6);
                if let Some(person) = self.person_mut(username) {
                    person.code = Some(code);
                }
            }
            None if self.settings.hides_who_exists => {}
            None => return Err(not_found()),
        }
        Ok(json!({ "CodeDeliveryDetails": delivery(username) }))
    }
}

fn not_found() -> Exception {
    Exception::new("UserNotFoundException", "Username/client id combination not found.")
}

impl Person {
    fn take_code(&mut self, code: &str) -> Result<(), Exception> {
        if self.code.as_deref().ok_or_else(Exception::expired_code)? != code {
            return Err(Exception::code_mismatch());
        }
        self.code = None;
        Ok(())
    }

    fn factors(&self) -> Value {
        let mut user = json!({ "Username": self.sub });
        let factors = self.second_factors();
        if !factors.is_empty() {
            user["UserMFASettingList"] = json!(factors);
        }
        if let Some(preferred) = self.preferred.filter(|preferred| factors.contains(preferred)) {
            user["PreferredMfaSetting"] = preferred.into();
        }
        user
    }
}

fn delivery(email: &str) -> Value {
    json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": masked(email) })
}
