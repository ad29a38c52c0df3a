//! Passkeys: verification of registrations and assertions by the relying party.
//!
//! The steps are those of <https://www.w3.org/TR/webauthn-3/#sctn-rp-operations>, without attestation.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use ring::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey},
};
use serde_json::{Value, json};

use crate::{exception::Exception, random::random};

/// COSE algorithm ES256 (RFC 9053, section 2.1), the only one that this model verifies.
const ES256: i64 = -7;

/// COSE algorithm RS256 (RFC 8812, section 2), which Cognito also offers.
const RS256: i64 = -257;

/// Flags of authenticator data: user present, credential included.
const USER_PRESENT: u8 = 0x01;
const CREDENTIAL_INCLUDED: u8 = 0x40;

/// Registered passkey of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Credential id in base64url.
    pub id: String,
    /// Public key: an uncompressed point on P-256.
    public_key: Vec<u8>,
    /// Signature counter. 0 if the authenticator has none.
    count: u32,
    pub(crate) created_at: u64,
    pub(crate) transports: Vec<String>,
    pub(crate) domain: String,
}

/// Authenticator data.
struct AuthenticatorData {
    domain_hash: Vec<u8>,
    flags: u8,
    count: u32,
    /// Id and public key of a new credential.
    credential: Option<(Vec<u8>, Cbor)>,
}

impl Passkey {
    /// Registers a RegistrationResponseJSON for `challenge` and `domain`.
    ///
    /// # Errors
    ///
    /// The exception that Cognito documents for the failed check.
    pub(crate) fn register(
        credential: &Value,
        challenge: &str,
        domain: &str,
        now: u64,
    ) -> Result<Self, Exception> {
        let response = &credential["response"];
        let client_data = client_data(response)?;
        if client_data["type"] != "webauthn.create" || client_data["challenge"] != challenge {
            return Err(challenge_not_found());
        }
        check_origin(&client_data, domain)?;
        let not_supported =
            || Exception::new("WebAuthnCredentialNotSupportedException", "Credential not supported");
        let attestation: Cbor = ciborium::from_reader(bytes(response, "attestationObject")?.as_slice())
            .map_err(|_| not_supported())?;
        let data = member(&attestation, &Cbor::from("authData")).and_then(Cbor::as_bytes);
        let data = data.and_then(|data| AuthenticatorData::parse(data)).ok_or_else(not_supported)?;
        check_domain(&data, domain)?;
        let (id, key) = data.credential.ok_or_else(not_supported)?;
        let public_key = es256_key(&key).ok_or_else(not_supported)?;
        if bytes(credential, "rawId")? != id {
            return Err(not_supported());
        }
        let transports = response["transports"].as_array().into_iter().flatten();
        Ok(Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(id),
            public_key,
            count: data.count,
            created_at: now,
            transports: transports.filter_map(Value::as_str).map(str::to_owned).collect(),
            domain: domain.to_owned(),
        })
    }
}

/// Exception for a registration without a challenge, or for another challenge.
pub(crate) fn challenge_not_found() -> Exception {
    Exception::new("WebAuthnChallengeNotFoundException", "Challenge not found")
}

/// Challenge and PublicKeyCredentialCreationOptionsJSON for the user with the id `sub`.
pub(crate) fn creation_options(
    sub: &str,
    email: &str,
    passkeys: &[Passkey],
    domain: &str,
) -> (String, Value) {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(random(32));
    let options = json!({
        "rp": { "id": domain, "name": domain },
        "user": { "id": BASE64_URL_SAFE_NO_PAD.encode(sub), "name": email, "displayName": email },
        "challenge": challenge,
        "pubKeyCredParams": [{ "type": "public-key", "alg": ES256 }, { "type": "public-key", "alg": RS256 }],
        "timeout": 60_000,
        "excludeCredentials": descriptors(passkeys),
        "authenticatorSelection": {
            "requireResidentKey": true, "residentKey": "required", "userVerification": "preferred"
        }
    });
    (challenge, options)
}

/// Challenge and PublicKeyCredentialRequestOptionsJSON.
pub(crate) fn request_options(passkeys: &[Passkey], domain: &str) -> (String, Value) {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(random(32));
    let options = json!({
        "challenge": challenge,
        "timeout": 180_000,
        "rpId": domain,
        "allowCredentials": descriptors(passkeys),
        "userVerification": "preferred"
    });
    (challenge, options)
}

/// Verifies an AuthenticationResponseJSON for [`request_options`].
///
/// # Errors
///
/// `NotAuthorizedException` unless one of `passkeys` signed `challenge` for `domain`.
pub(crate) fn check_assertion(
    passkeys: &mut [Passkey],
    credential: &str,
    challenge: &str,
    domain: &str,
) -> Result<(), Exception> {
    let rejected = || Exception::not_authorized("Invalid credentials");
    let credential: Value = serde_json::from_str(credential).map_err(|_| rejected())?;
    let passkey = passkeys.iter_mut().find(|passkey| credential["id"] == passkey.id.as_str());
    let passkey = passkey.ok_or_else(rejected)?;
    let response = &credential["response"];
    let client_data = client_data(response).map_err(|_| rejected())?;
    if client_data["type"] != "webauthn.get" || client_data["challenge"] != challenge {
        return Err(rejected());
    }
    check_origin(&client_data, domain).map_err(|_| rejected())?;
    let authenticator_data = bytes(response, "authenticatorData").map_err(|_| rejected())?;
    let data = AuthenticatorData::parse(&authenticator_data).ok_or_else(rejected)?;
    check_domain(&data, domain).map_err(|_| rejected())?;
    let client_data = bytes(response, "clientDataJSON").map_err(|_| rejected())?;
    let signed = [authenticator_data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
    let signature = bytes(response, "signature").map_err(|_| rejected())?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &passkey.public_key)
        .verify(&signed, &signature)
        .map_err(|_| rejected())?;
    // A counter that does not increase indicates a cloned authenticator.
    if data.count != 0 && data.count <= passkey.count {
        return Err(rejected());
    }
    passkey.count = data.count;
    Ok(())
}

impl AuthenticatorData {
    /// Parses authenticator data: <https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data>.
    fn parse(data: &[u8]) -> Option<Self> {
        let (domain_hash, rest) = data.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let credential = if flags & CREDENTIAL_INCLUDED == 0 {
            None
        } else {
            let (_aaguid, rest) = rest.split_at_checked(16)?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (id, key) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            Some((id.to_vec(), ciborium::from_reader(key).ok()?))
        };
        Some(Self {
            domain_hash: domain_hash.to_vec(),
            flags: *flags,
            count: u32::from_be_bytes(*count),
            credential,
        })
    }
}

/// Uncompressed point of an ES256 key in COSE (RFC 9052, section 7).
fn es256_key(key: &Cbor) -> Option<Vec<u8>> {
    let label = |label: i64| member(key, &Cbor::from(label));
    let is_es256 =
        label(1)? == &Cbor::from(2) && label(3)? == &Cbor::from(ES256) && label(-1)? == &Cbor::from(1);
    let (x, y) = (label(-2)?.as_bytes()?, label(-3)?.as_bytes()?);
    is_es256.then(|| [&[0x04], x.as_slice(), y.as_slice()].concat())
}

fn member<'a>(map: &'a Cbor, name: &Cbor) -> Option<&'a Cbor> {
    map.as_map()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn descriptors(passkeys: &[Passkey]) -> Value {
    let descriptor = |passkey: &Passkey| json!({ "type": "public-key", "id": passkey.id, "transports": passkey.transports });
    passkeys.iter().map(descriptor).collect()
}

/// Bytes of a member in base64url.
fn bytes(object: &Value, name: &str) -> Result<Vec<u8>, Exception> {
    let invalid = || Exception::invalid_parameter(format!("{name} is not in base64url"));
    object[name].as_str().and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok()).ok_or_else(invalid)
}

fn client_data(response: &Value) -> Result<Value, Exception> {
    let invalid = || Exception::invalid_parameter("clientDataJSON is not JSON");
    serde_json::from_slice(&bytes(response, "clientDataJSON")?).map_err(|_| invalid())
}

/// Checks that the page has HTTPS and a host within the domain of the passkey. HTTP is allowed for `localhost`.
fn check_origin(client_data: &Value, domain: &str) -> Result<(), Exception> {
    let origin = client_data["origin"].as_str().unwrap_or_default();
    let host = |rest: &str| rest.split(':').next().unwrap_or_default().to_owned();
    let is_allowed = match origin.split_once("://") {
        Some(("https", rest)) => {
            let host = host(rest);
            host == domain || host.ends_with(&format!(".{domain}"))
        }
        Some(("http", rest)) => domain == "localhost" && host(rest) == domain,
        _ => false,
    };
    let not_allowed = || Exception::new("WebAuthnOriginNotAllowedException", "Origin not allowed");
    is_allowed.then_some(()).ok_or_else(not_allowed)
}

fn check_domain(data: &AuthenticatorData, domain: &str) -> Result<(), Exception> {
    let is_right =
        data.domain_hash == digest(&SHA256, domain.as_bytes()).as_ref() && data.flags & USER_PRESENT != 0;
    let mismatch = || Exception::new("WebAuthnRelyingPartyMismatchException", "Relying party mismatch");
    is_right.then_some(()).ok_or_else(mismatch)
}
