//! Passkeys of a signed-in user.

use aws_sdk_cognitoidentityprovider::types::WebAuthnCredentialDescription;
use aws_smithy_types::date_time::Format;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    client::{Cognito, retry_idempotent},
    errors::as_token_error,
    parse::incomplete,
    smithy_document,
};
use crate::model::{caller::Caller, error::Error, responses::Passkey};

/// Maximum page size of `ListWebAuthnCredentials`, and maximum number of passkeys of a user:
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListWebAuthnCredentials.html>.
const PAGE_SIZE: i32 = 20;

/// Maximum number of pages: one for each passkey.
const MAX_PAGES: usize = 20;

impl Cognito {
    /// `PublicKeyCredentialCreationOptionsJSON` for a new passkey of the caller: one `StartWebAuthnRegistration`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] if Cognito rejects the token, [`Error::Cognito`] or [`Error::Unavailable`].
    pub async fn start_passkey(&self, caller: &Caller) -> Result<Box<RawValue>, Error> {
        let response = self
            .client
            .start_web_authn_registration()
            .access_token(caller.access_token.expose_secret())
            .send()
            .await
            .map_err(|error| as_token_error(error.into()))?;
        let options = smithy_document::to_json(response.credential_creation_options());
        if !options.is_object() {
            return Err(incomplete("StartWebAuthnRegistration", "CredentialCreationOptions"));
        }
        to_raw_value(&options).map_err(Error::internal)
    }

    /// Adds a passkey of the caller from a browser's `RegistrationResponseJSON`: one `CompleteWebAuthnRegistration`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::start_passkey`], and [`Error::Internal`] if the credential is not a JSON object.
    pub async fn complete_passkey(&self, caller: &Caller, credential: &SecretString) -> Result<(), Error> {
        let credential = serde_json::from_str(credential.expose_secret()).map_err(Error::internal)?;
        let response = self
            .client
            .complete_web_authn_registration()
            .access_token(caller.access_token.expose_secret())
            .credential(smithy_document::from_json(credential))
            .send()
            .await;
        response.map(drop).map_err(|error| as_token_error(error.into()))
    }

    /// All passkeys of the caller: one `ListWebAuthnCredentials` for each page.
    ///
    /// # Errors
    ///
    /// As [`Cognito::start_passkey`], and [`Error::Internal`] if the list has too many pages.
    pub async fn passkeys(&self, caller: &Caller) -> Result<Vec<Passkey>, Error> {
        let mut passkeys = Vec::new();
        let mut next_token = None;
        for _ in 0..MAX_PAGES {
            let page = self
                .client
                .list_web_authn_credentials()
                .access_token(caller.access_token.expose_secret())
                .max_results(PAGE_SIZE)
                .set_next_token(next_token)
                .customize()
                .config_override(retry_idempotent())
                .send()
                .await
                .map_err(|error| as_token_error(error.into()))?;
            for credential in page.credentials {
                passkeys.push(passkey(credential)?);
            }
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(passkeys);
            }
        }
        Err(incomplete("ListWebAuthnCredentials", "end"))
    }

    /// Removes a passkey of the caller: one `DeleteWebAuthnCredential`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::start_passkey`].
    pub async fn delete_passkey(&self, caller: &Caller, credential_id: &str) -> Result<(), Error> {
        let response = self
            .client
            .delete_web_authn_credential()
            .access_token(caller.access_token.expose_secret())
            .credential_id(credential_id)
            .send()
            .await;
        response.map(drop).map_err(|error| as_token_error(error.into()))
    }
}

fn passkey(credential: WebAuthnCredentialDescription) -> Result<Passkey, Error> {
    Ok(Passkey {
        created_at: credential.created_at.fmt(Format::DateTime).map_err(Error::internal)?,
        credential_id: credential.credential_id,
        name: credential.friendly_credential_name,
        relying_party: credential.relying_party_id,
        transports: credential.authenticator_transports,
    })
}
