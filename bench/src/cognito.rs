//! The Cognito double of the tests, with tokens as long as real ones.

use std::{fs, io, path::Path};

use serde_json::json;
use test_support::{
    SigningKey, access_token_claims,
    endpoint::{Certificate, Endpoint, respond},
};

use crate::programs::Roots;

/// Files in which Linux systems keep the certificate authorities that they trust.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Certificate authorities built into the functions.
const AMAZON_ROOTS: &str = include_str!("../../shared/src/cognito/amazon-roots.pem");

/// Starts the endpoint, which signs every user in.
pub fn start() -> Endpoint {
    let key = SigningKey::of_the_pool();
    let mut id_token = access_token_claims();
    id_token["token_use"] = "id".into();
    id_token["email"] = "user@igad.int".into();
    id_token["name"] = "John Doe".into();
    let tokens = json!({
        "AuthenticationResult": {
            "AccessToken": key.sign(&access_token_claims()),
            "ExpiresIn": 3600,
            "IdToken": key.sign(&id_token),
            // A refresh token of Cognito is encrypted and about this long.
            "RefreshToken": "r".repeat(1_780),
            "TokenType": "Bearer"
        },
        "ChallengeParameters": {}
    })
    .to_string();
    let key_set = key.key_set().to_string();
    Endpoint::tls(Certificate::Valid, move |request, connection| {
        respond(connection, 200, if request.operation.is_some() { &tokens } else { &key_set })
    })
}

/// Writes the files that programs read their certificate authorities from: as many as in Lambda, and `certificate`.
///
/// # Errors
///
/// A file cannot be written.
pub fn write_roots(certificate: &str, folder: &Path) -> io::Result<()> {
    let system = SYSTEM_ROOTS.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    fs::write(Roots::Amazon.file(folder), format!("{certificate}\n{AMAZON_ROOTS}"))?;
    fs::write(Roots::System.file(folder), format!("{certificate}\n{system}"))
}
