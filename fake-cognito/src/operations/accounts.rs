//! Accounts: sign-up, passwords, attributes and MFA preferences.

use serde_json::{Value, json};

use crate::{
    exception::{Exception, OperationResult, text},
    pool::{INVENTED_EMAIL, INVENTED_PHONE_NUMBER, Mfa, Pool, Settings, Status, User, masked},
};

impl Pool {
    /// `SignUp`.
    pub(crate) fn sign_up(&mut self, input: &Value) -> OperationResult {
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
        if let Some(error) = &self.settings.pre_sign_up_error {
            let message = format!("PreSignUp failed with error {error}.");
            return Err(Exception::new("UserLambdaValidationException", message));
        }
        if self.user(email).is_some() {
            // PreventUserExistenceErrors does not cover this exception.
            let message = "An account with the given email already exists.";
            return Err(Exception::new("UsernameExistsException", message));
        }
        let mut user = User::new(email, password);
        user.status = Status::Unconfirmed;
        user.email_verified = false;
        user.never_signed_in = true;
        user.attributes.clear();
        for attribute in input["UserAttributes"].as_array().into_iter().flatten() {
            let name = text(attribute, "Name")?;
            if name != "email" {
                user.attributes.insert(name.to_owned(), text(attribute, "Value")?.to_owned());
            }
        }
        user.code = Some(self.send_code(email, 6));
        let output = json!({
            "UserConfirmed": false,
            "UserSub": user.sub,
            "CodeDeliveryDetails": email_delivery(&masked(email))
        });
        self.users.push(user);
        Ok(output)
    }

    /// `AdminCreateUser`, for a user with a temporary password; nothing is sent.
    pub(crate) fn admin_create_user(&mut self, input: &Value) -> OperationResult {
        let email = text(input, "Username")?;
        if self.user(email).is_some() {
            return Err(Exception::new("UsernameExistsException", "User account already exists"));
        }
        let mut user = User::new(email, text(input, "TemporaryPassword")?);
        user.status = Status::ForceChangePassword;
        user.email_verified = false;
        user.attributes.clear();
        for attribute in input["UserAttributes"].as_array().into_iter().flatten() {
            match (text(attribute, "Name")?, text(attribute, "Value")?) {
                ("email", _) => {}
                ("email_verified", value) => user.email_verified = value == "true",
                (name, value) => drop(user.attributes.insert(name.to_owned(), value.to_owned())),
            }
        }
        let output = json!({ "User": { "Username": user.sub, "UserStatus": user.status.name() } });
        self.users.push(user);
        Ok(output)
    }

    /// `AdminSetUserPassword`.
    pub(crate) fn admin_set_user_password(&mut self, input: &Value) -> OperationResult {
        let password = text(input, "Password")?;
        Self::check_policy(password)?;
        let is_permanent = input["Permanent"].as_bool().unwrap_or_default();
        let user = self.owner(text(input, "Username")?)?;
        user.password = password.to_owned();
        user.status = if is_permanent { Status::Confirmed } else { Status::ForceChangePassword };
        Ok(json!({}))
    }

    /// `ConfirmSignUp`. The code is bound neither to the password nor to the caller who signed up.
    pub(crate) fn confirm_sign_up(&mut self, input: &Value) -> OperationResult {
        let code = text(input, "ConfirmationCode")?;
        let username = self.username(input)?;
        let user = self.user_or(username, Exception::expired_code)?;
        user.check_enabled()?;
        if user.status != Status::Unconfirmed {
            let message = format!("User cannot be confirmed. Current status is {}", user.status.name());
            return Err(Exception::not_authorized(&message));
        }
        user.verify_code(code)?;
        user.status = Status::Confirmed;
        user.email_verified = true;
        Ok(json!({}))
    }

    /// `ResendConfirmationCode`.
    pub(crate) fn resend_confirmation_code(&mut self, input: &Value) -> OperationResult {
        let username = self.username(input)?;
        let Some(user) = self.user(username) else {
            return self.invent_delivery();
        };
        user.check_enabled()?;
        if user.status != Status::Unconfirmed {
            return Err(Exception::invalid_parameter("User is already confirmed."));
        }
        self.deliver_code(username)
    }

    /// `ForgotPassword`. `PreventUserExistenceErrors` covers users who do not exist, and no others.
    pub(crate) fn forgot_password(&mut self, input: &Value) -> OperationResult {
        let nowhere_to_send = || {
            let message =
                "Cannot reset password for the user as there is no registered/verified email or phone_number";
            Exception::invalid_parameter(message)
        };
        let username = self.username(input)?;
        self.check_migration(username)?;
        let Some(user) = self.user(username) else {
            // "Managing user existence error responses" in the developer guide: Cognito alternates.
            self.unknown_user_resets += 1;
            let hides_users = self.settings.prevent_user_existence_errors;
            return if hides_users && self.unknown_user_resets.is_multiple_of(2) {
                Err(nowhere_to_send())
            } else {
                self.invent_delivery()
            };
        };
        user.check_enabled()?;
        if matches!(user.status, Status::ForceChangePassword | Status::ExternalProvider) {
            let message = "User password cannot be reset in the current state.";
            return Err(Exception::not_authorized(message));
        }
        if !user.email_verified {
            return Err(nowhere_to_send());
        }
        self.deliver_code(username)
    }

    /// `ConfirmForgotPassword`. The user's sessions stay valid: amplify-js#6559.
    pub(crate) fn confirm_forgot_password(&mut self, input: &Value) -> OperationResult {
        let code = text(input, "ConfirmationCode")?;
        let password = text(input, "Password")?;
        let username = self.username(input)?;
        Self::check_policy(password)?;
        // "Managing user existence error responses" in the developer guide.
        let hides_users = self.settings.prevent_user_existence_errors;
        let user = self.user_or(username, Exception::code_mismatch)?;
        if hides_users && user.is_disabled {
            return Err(Exception::code_mismatch());
        }
        user.check_enabled()?;
        if !matches!(user.status, Status::Confirmed | Status::ResetRequired) {
            // The code of a sign-up resets no password.
            return Err(Exception::expired_code());
        }
        user.verify_code(code)?;
        user.password = password.to_owned();
        user.status = Status::Confirmed;
        Ok(json!({}))
    }

    /// `ChangePassword`.
    pub(crate) fn change_password(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let proposed = text(input, "ProposedPassword")?;
        let user = self.owner(&sub)?;
        if user.password != text(input, "PreviousPassword")? {
            return Err(Exception::not_authorized("Incorrect username or password."));
        }
        Self::check_policy(proposed)?;
        self.owner(&sub)?.password = proposed.to_owned();
        Ok(json!({}))
    }

    /// `GetUser`.
    pub(crate) fn get_user(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let user = self.owner(&sub)?;
        let attribute = |name: &str, value: &str| json!({ "Name": name, "Value": value });
        let mut attributes = vec![
            attribute("sub", &sub),
            attribute("email", &user.email),
            attribute("email_verified", if user.email_verified { "true" } else { "false" }),
        ];
        attributes.extend(user.attributes.iter().map(|(name, value)| attribute(name, value)));
        if let Some(identity) = &user.identity {
            attributes.push(attribute("identities", &json!([identity.claim()]).to_string()));
        }
        let mut user = user.factors();
        user["UserAttributes"] = json!(attributes);
        Ok(user)
    }

    /// `GetUserAuthFactors`.
    pub(crate) fn get_user_auth_factors(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let first_factors = self.settings.first_factors.clone();
        let user = self.owner(&sub)?;
        let has = |factor: &&str| *factor != "WEB_AUTHN" || !user.passkeys.is_empty();
        let configured: Vec<_> = first_factors.into_iter().filter(has).collect();
        let mut user = user.factors();
        user["ConfiguredUserAuthFactors"] = json!(configured);
        Ok(user)
    }

    /// `SetUserMFAPreference`.
    pub(crate) fn set_user_mfa_preference(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let must_have_one = self.settings.mfa == Mfa::On;
        let email_can_be_one = self.settings.email_as_second_factor;
        let user = self.owner(&sub)?;
        let settings =
            [("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"), ("EmailMfaSettings", "EMAIL_OTP")];
        for (member, factor) in settings {
            let Some(is_on) = input[member]["Enabled"].as_bool() else { continue };
            // AWS documents the exception, but not for this condition.
            if !is_on && must_have_one {
                return Err(Exception::invalid_parameter("User pool has MFA set to ON"));
            }
            match (factor, &mut user.app) {
                ("SOFTWARE_TOKEN_MFA", Some(app)) => app.is_enabled = is_on,
                ("EMAIL_OTP", _) if email_can_be_one => user.email_is_second_factor = is_on,
                _ if !is_on => {}
                _ => return Err(Exception::invalid_parameter("User has not verified this method")),
            }
            if is_on && input[member]["PreferredMfa"] == true {
                user.preferred = Some(factor);
            } else if user.preferred == Some(factor) {
                user.preferred = None;
            }
        }
        Ok(json!({}))
    }

    /// `Username` of a request with a valid `SecretHash`.
    fn username<'a>(&self, input: &'a Value) -> Result<&'a str, Exception> {
        let username = text(input, "Username")?;
        self.check_secret_hash(username, &input["SecretHash"])?;
        Ok(username)
    }

    /// User of this name; `hidden` is the exception for an unknown name if the pool hides which users exist.
    fn user_or(&mut self, username: &str, hidden: fn() -> Exception) -> Result<&mut User, Exception> {
        let hides_users = self.settings.prevent_user_existence_errors;
        self.user_mut(username).ok_or_else(|| if hides_users { hidden() } else { not_found() })
    }

    /// Runs the user-migration trigger for a name that no user has.
    ///
    /// # Errors
    ///
    /// `UserNotFoundException`, even where the pool hides which users exist.
    pub(crate) fn check_migration(&self, username: &str) -> Result<(), Exception> {
        let Settings { migration_trigger_rejects, client_id, .. } = &self.settings;
        if *migration_trigger_rejects && self.user(username).is_none() {
            let message = format!("Exception migrating user in app client {client_id}");
            return Err(Exception::new("UserNotFoundException", message));
        }
        Ok(())
    }

    /// Sends a user a code that replaces the previous one.
    fn deliver_code(&mut self, username: &str) -> OperationResult {
        let email = self.owner(username)?.email.clone();
        let code = self.send_code(&email, 6);
        self.owner(username)?.code = Some(code);
        Ok(json!({ "CodeDeliveryDetails": email_delivery(&masked(&email)) }))
    }

    /// Simulates a delivery to a user who does not exist. The destination does not depend on the name, and every
    /// second one is a phone number.
    ///
    /// # Errors
    ///
    /// `UserNotFoundException` where the pool does not hide which users exist.
    fn invent_delivery(&mut self) -> OperationResult {
        if !self.settings.prevent_user_existence_errors {
            return Err(not_found());
        }
        self.invented_deliveries += 1;
        let details = if self.invented_deliveries.is_multiple_of(2) {
            json!({
                "AttributeName": "phone_number",
                "DeliveryMedium": "SMS",
                "Destination": INVENTED_PHONE_NUMBER
            })
        } else {
            email_delivery(INVENTED_EMAIL)
        };
        Ok(json!({ "CodeDeliveryDetails": details }))
    }
}

fn not_found() -> Exception {
    Exception::new("UserNotFoundException", "Username/client id combination not found.")
}

impl User {
    fn verify_code(&mut self, code: &str) -> Result<(), Exception> {
        if self.code.as_deref().ok_or_else(Exception::expired_code)? != code {
            return Err(Exception::code_mismatch());
        }
        self.code = None;
        Ok(())
    }

    fn factors(&self) -> Value {
        let mut user = json!({ "Username": self.username() });
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

pub(super) fn email_delivery(destination: &str) -> Value {
    json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": destination })
}
