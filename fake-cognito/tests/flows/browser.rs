//! Browser with an authenticator that has one passkey, as far as WebAuthn goes: <https://www.w3.org/TR/webauthn-3/>.
//!
//! The browser tests of `local/browser` use the authenticator of Chromium instead.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

/// Flags of authenticator data: user present, user verified, credential included.
const PRESENT_AND_VERIFIED: u8 = 0x05;
const CREDENTIAL_INCLUDED: u8 = 0x40;

/// Page in a browser.
pub struct Browser {
    origin: String,
    key: EcdsaKeyPair,
    id: Vec<u8>,
    uses: u32,
}

impl Browser {
    /// Browser with a page of this origin.
    pub fn at(origin: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        Self { origin: origin.to_owned(), key, id, uses: 0 }
    }

    /// `navigator.credentials.create`: a RegistrationResponseJSON.
    pub fn make(&mut self, options: &Value) -> Value {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        // COSE_Key of ES256: RFC 9053, section 7.1.1.
        let key = [
            (1, Cbor::from(2)),
            (3, Cbor::from(-7)),
            (-1, Cbor::from(1)),
            (-2, Cbor::Bytes(x.to_vec())),
            (-3, Cbor::Bytes(y.to_vec())),
        ];
        let key = Cbor::Map(key.into_iter().map(|(label, value)| (Cbor::from(label), value)).collect());
        let domain = options["rp"]["id"].as_str().unwrap();
        let mut data = self.authenticator_data(domain, PRESENT_AND_VERIFIED | CREDENTIAL_INCLUDED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(cbor(&key));
        let attestation = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from("none")),
            (Cbor::from("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::from("authData"), Cbor::Bytes(data)),
        ]);
        self.credential(json!({
            "clientDataJSON": self.client_data("webauthn.create", options),
            "attestationObject": BASE64_URL_SAFE_NO_PAD.encode(cbor(&attestation)),
            "transports": ["internal"]
        }))
    }

    /// `navigator.credentials.get`: an AuthenticationResponseJSON.
    pub fn sign(&mut self, options: &Value) -> Value {
        self.uses += 1;
        let data = self.authenticator_data(options["rpId"].as_str().unwrap(), PRESENT_AND_VERIFIED);
        let client_data = self.client_data("webauthn.get", options);
        let hash = digest(&SHA256, &BASE64_URL_SAFE_NO_PAD.decode(&client_data).unwrap());
        let signed = [data.as_slice(), hash.as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(json!({
            "clientDataJSON": client_data,
            "authenticatorData": BASE64_URL_SAFE_NO_PAD.encode(data),
            "signature": BASE64_URL_SAFE_NO_PAD.encode(signature)
        }))
    }

    fn credential(&self, response: Value) -> Value {
        let id = BASE64_URL_SAFE_NO_PAD.encode(&self.id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response
        })
    }

    fn authenticator_data(&self, domain: &str, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, domain.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.uses.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let data = json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin });
        BASE64_URL_SAFE_NO_PAD.encode(data.to_string())
    }
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
