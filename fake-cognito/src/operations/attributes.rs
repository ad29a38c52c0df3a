//! Attributes of a signed-in user, verification of the email address, and deletion of the account.

use serde_json::{Value, json};

use super::accounts::email_delivery;
use crate::{
    exception::{Exception, OperationResult, text},
    pool::{Pool, masked},
};

/// Attributes that no app client may write.
const UNWRITABLE: [&str; 3] = ["email_verified", "phone_number_verified", "sub"];

/// Longest value of an attribute, in characters.
const VALUE_LENGTH: usize = 2048;

impl Pool {
    /// `UpdateUserAttributes`. A blank value deletes an attribute.
    pub(crate) fn update_user_attributes(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        self.owner(&sub)?;
        let mut attributes = Vec::new();
        for attribute in input["UserAttributes"].as_array().into_iter().flatten() {
            let value = attribute["Value"].as_str().unwrap_or_default();
            attributes.push((text(attribute, "Name")?, value));
        }
        for (number, (name, value)) in (1..).zip(&attributes) {
            if value.chars().count() > VALUE_LENGTH {
                return Err(Exception::invalid_parameter(format!(
                    "1 validation error detected: Value at 'userAttributes.{number}.member.value' failed to satisfy \
                     constraint: Member must have length less than or equal to {VALUE_LENGTH}"
                )));
            }
            if UNWRITABLE.contains(name) {
                let message = "A client attempted to write unauthorized attribute";
                return Err(Exception::not_authorized(message));
            }
        }
        let mut deliveries = Vec::new();
        if let Some((_, email)) = attributes.iter().find(|(name, _)| *name == "email") {
            deliveries.extend(self.update_email(&sub, email)?);
        }
        let user = self.owner(&sub)?;
        for (name, value) in attributes.into_iter().filter(|(name, _)| *name != "email") {
            match value {
                "" => drop(user.attributes.remove(name)),
                value => drop(user.attributes.insert(name.to_owned(), value.to_owned())),
            }
        }
        Ok(json!({ "CodeDeliveryDetailsList": deliveries }))
    }

    /// `GetUserAttributeVerificationCode`. Whether the code goes to the pending or to the old address is undocumented;
    /// the pending one is the one to verify.
    pub(crate) fn get_user_attribute_verification_code(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        check_verifiable(input)?;
        let user = self.owner(&sub)?;
        let address = user.pending_email.clone().unwrap_or_else(|| user.email.clone());
        Ok(json!({ "CodeDeliveryDetails": self.send_email_code(&sub, &address)? }))
    }

    /// `VerifyUserAttribute`. A pending address becomes the user's.
    pub(crate) fn verify_user_attribute(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        check_verifiable(input)?;
        let code = text(input, "Code")?;
        let user = self.owner(&sub)?;
        if user.email_code.as_deref().ok_or_else(Exception::expired_code)? != code {
            return Err(Exception::code_mismatch());
        }
        let pending = user.pending_email.clone();
        if pending.as_ref().is_some_and(|email| self.is_taken(&sub, email)) {
            return Err(alias_exists());
        }
        let user = self.owner(&sub)?;
        user.email_code = None;
        user.email_verified = true;
        if let Some(email) = user.pending_email.take() {
            user.email = email;
        }
        Ok(json!({}))
    }

    /// `DeleteUser`. Tokens of the user stay well-formed, but name no user.
    pub(crate) fn delete_user(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        self.owner(&sub)?;
        self.users.retain(|user| user.sub != sub);
        Ok(json!({}))
    }

    /// Changes an address, at once or when the user verifies it. Returns the delivery of the code. An address that is the
    /// user's or pending already sends no code: amplify-cli#13833, amplify-js#4908.
    fn update_email(&mut self, sub: &str, email: &str) -> Result<Option<Value>, Exception> {
        if !email.split_once('@').is_some_and(|(mailbox, domain)| !mailbox.is_empty() && !domain.is_empty()) {
            return Err(Exception::invalid_parameter("Invalid email address format."));
        }
        if self.settings.reports_taken_address_at_update && self.is_taken(sub, email) {
            return Err(alias_exists());
        }
        let verifies_before_update = self.settings.verifies_before_update;
        let user = self.owner(sub)?;
        let current = user.pending_email.as_ref().unwrap_or(&user.email);
        if current.eq_ignore_ascii_case(email) {
            return Ok(None);
        }
        if verifies_before_update {
            user.pending_email = Some(email.to_owned());
        } else {
            user.email = email.to_owned();
            user.email_verified = false;
        }
        self.send_email_code(sub, email).map(Some)
    }

    /// Sends a user a code that verifies an address, and returns its delivery.
    fn send_email_code(&mut self, sub: &str, address: &str) -> Result<Value, Exception> {
        let code = self.send_code(address, 6);
        self.owner(sub)?.email_code = Some(code);
        Ok(email_delivery(&masked(address)))
    }

    /// Whether another user has the address.
    fn is_taken(&self, sub: &str, email: &str) -> bool {
        self.user(email).is_some_and(|user| user.sub != sub)
    }
}

fn alias_exists() -> Exception {
    Exception::new("AliasExistsException", "An account with the given email already exists.")
}

/// Checks that the attribute is the email address, the only one of the pool that can be verified.
///
/// # Errors
///
/// `InvalidParameterException` with Cognito's message: floci#1898.
fn check_verifiable(input: &Value) -> Result<(), Exception> {
    if text(input, "AttributeName")? == "email" {
        return Ok(());
    }
    let message = "Invalid attribute name. Only phone_number and email can be verified.";
    Err(Exception::invalid_parameter(message))
}
