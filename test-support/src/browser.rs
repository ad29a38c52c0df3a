//! Browser whose user has an authenticator for passkeys, as far as WebAuthn goes.

use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::rust_crypto::RustCryptoBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
        webauthn::{CredentialCreationOptions, CredentialRequestOptions},
    },
};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use url::Url;

/// User who confirms every request of the authenticator.
struct Finger;

#[async_trait::async_trait]
impl UserValidationMethod for Finger {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        _: bool,
        _: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// Page in a browser, on a device that holds one passkey.
pub struct Browser {
    page: Url,
    passkey: Option<Passkey>,
}

impl Browser {
    /// Browser that shows the page with this URL.
    pub fn at(page: &str) -> Self {
        Self { page: page.parse().expect("a valid ceremony"), passkey: None }
    }

    fn device(&self) -> Authenticator<Option<Passkey>, Finger, RustCryptoBackend> {
        Authenticator::new(Aaguid::new_empty(), self.passkey.clone(), Finger, RustCryptoBackend)
    }

    /// `navigator.credentials.create`, to JSON and back.
    pub fn make(&mut self, options: &Value) -> Value {
        let options: CredentialCreationOptions =
            serde_json::from_value(json!({ "publicKey": options })).expect("a valid ceremony");
        let mut client = Client::new(self.device()).allows_insecure_localhost(true);
        let made = wait(client.register(&self.page, options, DefaultClientData)).expect("a valid ceremony");
        self.passkey.clone_from(client.authenticator().store());
        serde_json::to_value(made).expect("a valid ceremony")
    }

    /// `navigator.credentials.get`, to JSON and back.
    pub fn sign(&mut self, options: &Value) -> Value {
        let options: CredentialRequestOptions =
            serde_json::from_value(json!({ "publicKey": options })).expect("a valid ceremony");
        let mut client = Client::new(self.device()).allows_insecure_localhost(true);
        let signed =
            wait(client.authenticate(&self.page, options, DefaultClientData)).expect("a valid ceremony");
        self.passkey.clone_from(client.authenticator().store());
        serde_json::to_value(signed).expect("a valid ceremony")
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    Builder::new_current_thread().build().expect("a runtime").block_on(future)
}
