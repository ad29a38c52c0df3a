//! Passkeys of a signed-in user.

use serde_json::{Value, json};

use crate::{
    exception::{Exception, OperationResult, text},
    passkey::{Passkey, challenge_not_found, creation_options},
    pool::Pool,
};

/// Maximum number of passkeys of a user:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html>.
const MAX_PASSKEYS: usize = 20;

impl Pool {
    /// `StartWebAuthnRegistration`.
    pub(crate) fn start_web_authn_registration(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let domain = self.passkey_domain()?;
        let user = self.owner(&sub)?;
        if user.passkeys.len() >= MAX_PASSKEYS {
            return Err(Exception::new("LimitExceededException", "Limit of credentials reached"));
        }
        let (challenge, options) = creation_options(&user.sub, &user.email, &user.passkeys, &domain);
        user.passkey_challenge = Some(challenge);
        Ok(json!({ "CredentialCreationOptions": options }))
    }

    /// `CompleteWebAuthnRegistration`.
    pub(crate) fn complete_web_authn_registration(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let domain = self.passkey_domain()?;
        let now = self.now();
        let user = self.owner(&sub)?;
        let challenge = user.passkey_challenge.clone().ok_or_else(challenge_not_found)?;
        let passkey = Passkey::register(&input["Credential"], &challenge, &domain, now)?;
        user.passkeys.push(passkey);
        // A challenge is valid for one registration.
        user.passkey_challenge = None;
        Ok(json!({}))
    }

    /// `ListWebAuthnCredentials`.
    pub(crate) fn list_web_authn_credentials(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let size = input["MaxResults"].as_u64().unwrap_or(20).clamp(1, 20) as usize;
        let first: usize = input["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0);
        let passkeys = &self.owner(&sub)?.passkeys;
        let description = |passkey: &Passkey| {
            json!({
                "CredentialId": passkey.id,
                "FriendlyCredentialName": "Unknown authenticator",
                "RelyingPartyId": passkey.domain,
                "AuthenticatorTransports": passkey.transports,
                "CreatedAt": passkey.created_at
            })
        };
        let page: Vec<_> = passkeys.iter().skip(first).take(size).map(description).collect();
        let next = first + page.len();
        let is_last = next >= passkeys.len();
        let mut output = json!({ "Credentials": page });
        if !is_last {
            output["NextToken"] = next.to_string().into();
        }
        Ok(output)
    }

    /// `DeleteWebAuthnCredential`.
    pub(crate) fn delete_web_authn_credential(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        let id = text(input, "CredentialId")?;
        let passkeys = &mut self.owner(&sub)?.passkeys;
        let place = passkeys.iter().position(|passkey| passkey.id == id);
        let not_found = || Exception::new("ResourceNotFoundException", "Credential not found");
        passkeys.remove(place.ok_or_else(not_found)?);
        Ok(json!({}))
    }

    fn passkey_domain(&self) -> Result<String, Exception> {
        let not_enabled = || Exception::new("WebAuthnNotEnabledException", "WebAuthn is not enabled");
        self.settings.passkey_domain.clone().ok_or_else(not_enabled)
    }
}
