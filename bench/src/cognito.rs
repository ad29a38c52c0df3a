//! A Cognito over TLS 1.3, on loopback, whose answers are as large as the real one's.

use std::{
    fs,
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};

use crate::{http, program::Roots};

/// The pool that the functions are configured for.
pub const USER_POOL: &str = "eu-west-1_AbCdEfGhI";
/// Its app client.
pub const CLIENT_ID: &str = "1example23456789";

/// Whoever has an account already.
pub const TAKEN: &str = "user@igad.int";

const KEY_ID: &str = "the-pools-key";

/// As somebody saw it: <https://github.com/jonsaw/amazon-cognito-identity-dart/issues/73>.
const EXISTS: &str =
    r#"{"__type":"UsernameExistsException","message":"An account with the given email already exists."}"#;

/// Where Linux systems keep the roots that they trust. Lambda's own system has such a file too.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// What the functions have built in.
const AMAZON_ROOTS: &str = include_str!("../../shared/src/cognito/amazon-roots.pem");

/// The stub, which serves until the process ends.
#[derive(Debug)]
pub struct Cognito {
    /// Where it listens.
    pub port: u16,
    /// A token that it has signed, for the bearer routes.
    pub access_token: String,
    /// A refresh token of its.
    pub refresh_token: String,
    /// The folder of the files of [`Cognito::roots`].
    authorities: PathBuf,
    /// How long it has been at work, in nanoseconds.
    busy: Arc<AtomicU64>,
}

impl Cognito {
    /// How long it has been at work on answers, all together: time that no function can save.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::SeqCst))
    }

    /// A file with the certificate of the stub's authority, and those that a program reads in Lambda.
    pub fn roots(&self, roots: Roots) -> PathBuf {
        self.authorities.join(match roots {
            Roots::Amazon => "amazon.pem",
            Roots::System => "system.pem",
        })
    }

    /// A file with the certificate of the stub's authority alone.
    pub fn own_root(&self) -> PathBuf {
        self.authorities.join("own.pem")
    }
}

/// What it answers, made once so that an answer costs it nothing but the sending.
#[derive(Debug)]
struct Answers {
    key_set: String,
    tokens: String,
    challenge: String,
    user: String,
    delivery: String,
    totp_secret: String,
    passkey_options: String,
    passkeys: String,
}

/// Starts the stub, and writes the certificates of authorities into the folder `authorities`.
///
/// # Errors
///
/// Where there is no free port, or the certificates cannot be made or written.
pub fn start(authorities: PathBuf) -> io::Result<Cognito> {
    let tls = Arc::new(tls(&authorities)?);
    let key = RsaKeyPair::from_pkcs8(include_bytes!("../../test-support/src/pool-key.der"))
        .map_err(|error| io::Error::other(error.to_string()))?;
    let access_token = sign(&key, &claims("access"))?;
    // Cognito's are encrypted, and about this long.
    let refresh_token = "r".repeat(1_780);
    let answers = Arc::new(Answers {
        key_set: key_set(&key),
        tokens: tokens(&access_token, &sign(&key, &claims("id"))?, &refresh_token),
        challenge: challenge(),
        user: user(),
        delivery: delivery(),
        // 52 characters of base32.
        totp_secret: json!({ "SecretCode": "JBSWY3DPEHPK3PXP".repeat(4)[..52] }).to_string(),
        passkey_options: passkey_options(),
        passkeys: passkeys(),
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let busy = Arc::<AtomicU64>::default();
    let clock = Arc::clone(&busy);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (tls, answers, busy) = (Arc::clone(&tls), Arc::clone(&answers), Arc::clone(&clock));
            // A client that goes away ends its own connection, and nothing else.
            thread::spawn(move || serve(stream, tls, &answers, &busy));
        }
    });
    Ok(Cognito { port, access_token, refresh_token, authorities, busy })
}

fn serve(stream: TcpStream, tls: Arc<ServerConfig>, answers: &Answers, busy: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while let Some(request) = http::read(&mut stream)? {
        let begun = Instant::now();
        let mut status = "200 OK";
        let body = match request.target.rsplit('.').next() {
            // A sign-in without a password begins with a challenge.
            Some("AdminInitiateAuth") if contains(&request.body, b"USER_AUTH") => &answers.challenge,
            Some("AdminInitiateAuth" | "AdminRespondToAuthChallenge" | "GetTokensFromRefreshToken") => {
                &answers.tokens
            }
            Some("GetUser" | "GetUserAuthFactors") => &answers.user,
            Some("SignUp") if contains(&request.body, TAKEN.as_bytes()) => {
                status = "400 Bad Request";
                EXISTS
            }
            Some("ForgotPassword" | "SignUp" | "ResendConfirmationCode") => &answers.delivery,
            Some("AssociateSoftwareToken") => &answers.totp_secret,
            Some("VerifySoftwareToken") => r#"{"Status":"SUCCESS"}"#,
            Some("StartWebAuthnRegistration") => &answers.passkey_options,
            Some("ListWebAuthnCredentials") => &answers.passkeys,
            _ if request.line.contains("jwks.json") => &answers.key_set,
            _ => "{}",
        };
        let headers = "content-type: application/x-amz-json-1.1\r\n\
                       x-amzn-requestid: 5a6f5e5e-6b1a-4c8e-9f0e-2d3c4b5a6978\r\n\
                       date: Tue, 24 Nov 2026 10:00:00 GMT\r\n";
        http::write(stream.get_mut(), status, headers, body.as_bytes())?;
        busy.fetch_add(begun.elapsed().as_nanos() as u64, Ordering::SeqCst);
    }
    Ok(())
}

fn tls(authorities: &Path) -> io::Result<ServerConfig> {
    let mut of_authority = CertificateParams::new([]).map_err(io::Error::other)?;
    // OpenSSL takes a certificate whose issuer has its own name for self-signed.
    of_authority.distinguished_name.push(DnType::CommonName, "The stub's authority");
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(of_authority, KeyPair::generate().map_err(io::Error::other)?)
        .map_err(io::Error::other)?;
    let system = SYSTEM_ROOTS.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    fs::create_dir_all(authorities)?;
    fs::write(authorities.join("own.pem"), issuer.pem())?;
    fs::write(authorities.join("amazon.pem"), issuer.pem() + AMAZON_ROOTS)?;
    fs::write(authorities.join("system.pem"), issuer.pem() + &system)?;
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .and_then(|params| params.signed_by(&key, &issuer))
        .map_err(io::Error::other)?;
    let private_key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private_key)
        .map_err(io::Error::other)
}

fn claims(token_use: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    json!({
        "sub": "b7d8f6e4-5c1a-4a57-9b53-0d6d7a3c0001",
        "cognito:groups": ["admin"],
        "iss": format!("https://cognito-idp.eu-west-1.amazonaws.com/{USER_POOL}"),
        "client_id": CLIENT_ID,
        "aud": CLIENT_ID,
        "origin_jti": "c5d0c2f6-7a1e-4d0c-9b7f-2f6d0a1b0001",
        "event_id": "1f0f1c0e-3b7a-4f0a-8f59-9d8e7c6b0001",
        "token_use": token_use,
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": now,
        // Longer than any run takes.
        "exp": now + 24 * 3600,
        "iat": now,
        "jti": "0f6f6bd1-2e3d-4c5b-a697-8877665500aa",
        "username": "b7d8f6e4-5c1a-4a57-9b53-0d6d7a3c0001",
        "cognito:username": "b7d8f6e4-5c1a-4a57-9b53-0d6d7a3c0001",
        "email": "user@igad.int",
        "email_verified": true,
        "name": "A User"
    })
}

fn sign(key: &RsaKeyPair, claims: &Value) -> io::Result<String> {
    let header = json!({ "alg": "RS256", "kid": KEY_ID });
    let content = [&header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content.as_bytes(), &mut signature)
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("{content}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

/// Two keys, as Cognito publishes them.
fn key_set(key: &RsaKeyPair) -> String {
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(key.public());
    let (n, e) = (BASE64_URL_SAFE_NO_PAD.encode(n), BASE64_URL_SAFE_NO_PAD.encode(e));
    let jwk = |id| json!({ "alg": "RS256", "e": e, "kid": id, "kty": "RSA", "n": n, "use": "sig" });
    json!({ "keys": [jwk(KEY_ID), jwk("the-pools-other-key")] }).to_string()
}

fn tokens(access_token: &str, id_token: &str, refresh_token: &str) -> String {
    json!({
        "AuthenticationResult": {
            "AccessToken": access_token,
            "ExpiresIn": 3600,
            "IdToken": id_token,
            "RefreshToken": refresh_token,
            "TokenType": "Bearer"
        },
        "ChallengeParameters": {}
    })
    .to_string()
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

fn challenge() -> String {
    json!({
        "ChallengeName": "EMAIL_OTP",
        // Cognito's are about as long as a refresh token is.
        "Session": "s".repeat(1_400),
        "ChallengeParameters": {
            "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
            "CODE_DELIVERY_DESTINATION": "u***@i***"
        },
        "AvailableChallenges": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
    })
    .to_string()
}

fn passkey_options() -> String {
    json!({
        "CredentialCreationOptions": {
            "rp": { "id": "igad.int", "name": "igad.int" },
            "user": { "id": "YjdkOGY2ZTQtMDAwMQ", "name": "user@igad.int", "displayName": "user@igad.int" },
            "challenge": "c".repeat(43),
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }],
            "timeout": 60_000,
            "excludeCredentials": [],
            "authenticatorSelection": {
                "requireResidentKey": true, "residentKey": "required", "userVerification": "preferred"
            }
        }
    })
    .to_string()
}

fn passkeys() -> String {
    let passkey = |id: char| {
        json!({
            "CredentialId": id.to_string().repeat(43),
            "FriendlyCredentialName": "iCloud Keychain",
            "RelyingPartyId": "igad.int",
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal", "hybrid"],
            "CreatedAt": 1_795_514_400
        })
    };
    json!({ "Credentials": [passkey('a'), passkey('b'), passkey('c')] }).to_string()
}

fn user() -> String {
    json!({
        "Username": "b7d8f6e4-5c1a-4a57-9b53-0d6d7a3c0001",
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP"],
        "UserAttributes": [
            { "Name": "sub", "Value": "b7d8f6e4-5c1a-4a57-9b53-0d6d7a3c0001" },
            { "Name": "email_verified", "Value": "true" },
            { "Name": "name", "Value": "A User" },
            { "Name": "email", "Value": "user@igad.int" }
        ]
    })
    .to_string()
}

fn delivery() -> String {
    let to = json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@i***" });
    json!({ "CodeDeliveryDetails": to }).to_string()
}
