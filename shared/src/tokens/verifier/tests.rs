use std::sync::LazyLock;

use aws_sdk_cognitoidentityprovider::config::http::HttpRequest;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_types::body::SdkBody;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use test_support::{ReplayConnector, SigningKey, access_token_claims, content, now};

use super::{Caller, MAX_TOKEN_LENGTH, TokenError, Verifier};
use crate::{Error, model::user_pool::UserPool, tokens::key_set::KeySet};

static KEY: LazyLock<SigningKey> = LazyLock::new(SigningKey::of_the_pool);

/// Endpoint that responds after all other tasks have made progress, as a remote endpoint does.
#[derive(Debug)]
struct Delayed(ReplayConnector);

impl HttpConnector for Delayed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let response = self.0.call(request);
        HttpConnectorFuture::new(async move {
            tokio::task::yield_now().await;
            response.await
        })
    }
}

/// Verifier, and the endpoint of its key set, which returns these responses in turn.
fn verifier(responses: Vec<(u16, String)>) -> (Verifier, ReplayConnector) {
    let responses = responses
        .into_iter()
        .map(|(status, body)| http::Response::builder().status(status).body(SdkBody::from(body)).unwrap());
    let endpoint = ReplayConnector::new(responses);
    let user_pool = UserPool {
        region: "eu-west-1".to_owned(),
        endpoint_url: None,
        id: "eu-west-1_AbCdEfGhI".to_owned(),
        client_id: "1example23456789".to_owned(),
        client_secret: None,
    };
    let connector = SharedHttpConnector::new(Delayed(endpoint.clone()));
    let keys = KeySet::new(connector, user_pool.key_set_url());
    (Verifier::new(&user_pool, keys), endpoint)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn verify(token: &str) -> Result<Caller, Error> {
    let (verifier, _) = verifier(vec![(200, KEY.key_set().to_string())]);
    block_on(verifier.verify(SecretString::from(token)))
}

fn changed(claim: &str, value: impl Into<Value>) -> Value {
    let mut claims = access_token_claims();
    claims[claim] = value.into();
    claims
}

fn without(claim: &str) -> Value {
    let mut claims = access_token_claims();
    claims.as_object_mut().unwrap().remove(claim);
    claims
}

fn with_header(member: &str, value: impl Into<Value>) -> String {
    let mut header = json!({ "alg": "RS256", "kid": SigningKey::ID });
    header[member] = value.into();
    KEY.sign_with(&header, &access_token_claims())
}

#[test]
fn valid_token_identifies_the_caller() {
    let token = KEY.sign(&access_token_claims());
    let caller = verify(&token).unwrap();
    assert_eq!(caller.access_token.expose_secret(), token);
    assert_eq!(caller.sub, "b7d8f6e4-0001");
    assert_eq!(caller.groups, ["admin"]);
    assert_eq!(verify(&KEY.sign(&without("cognito:groups"))).unwrap().groups, [""; 0]);
    assert!(verify(&KEY.sign(&changed("nbf", now()))).is_ok());
}

#[test]
fn expired_token_is_rejected() {
    for expiry in [1, now() - 3600, now() - 1, now()] {
        let result = verify(&KEY.sign(&changed("exp", expiry)));
        assert!(matches!(result, Err(Error::Unauthenticated(Some(TokenError::Expired)))), "{result:?}");
    }
}

#[test]
fn forged_or_damaged_token_is_rejected() {
    let claims = access_token_claims();
    let valid = KEY.sign(&claims);
    let (signed, signature) = valid.rsplit_once('.').unwrap();

    let none = |alg: &str| format!("{}.", content(&json!({ "alg": alg, "kid": SigningKey::ID }), &claims));
    let (modulus, _) = KEY.public_components();
    let hs256 = {
        let content = content(&json!({ "alg": "HS256", "kid": SigningKey::ID }), &claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, modulus.as_bytes());
        let tag = hmac::sign(&key, content.as_bytes());
        format!("{content}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    };
    let other = SigningKey::of_another_pool();
    let (other_modulus, exponent) = other.public_components();
    let own_key = json!({ "kty": "RSA", "n": other_modulus, "e": exponent });

    let rows = [
        ("alg none", none("none")),
        ("alg None", none("None")),
        ("no alg", format!("{}.{signature}", content(&json!({ "kid": SigningKey::ID }), &claims))),
        ("HS256 with the public key as secret", hs256),
        ("RS512", with_header("alg", "RS512")),
        ("ES256", with_header("alg", "ES256")),
        ("another pool's key", other.sign(&claims)),
        (
            "a key of its own in jwk",
            other.sign_with(&json!({ "alg": "RS256", "kid": SigningKey::ID, "jwk": own_key }), &claims),
        ),
        (
            "a key of its own at jku",
            other.sign_with(
                &json!({ "alg": "RS256", "kid": SigningKey::ID, "jku": "https://evil.example/keys" }),
                &claims,
            ),
        ),
        (
            "a certificate of its own at x5u",
            other.sign_with(
                &json!({ "alg": "RS256", "kid": SigningKey::ID, "x5u": "https://evil.example/keys" }),
                &claims,
            ),
        ),
        ("an extension that must be understood", with_header("crit", json!(["exp"]))),
        ("an unknown key id", with_header("kid", "another-key")),
        ("no key id", KEY.sign_with(&json!({ "alg": "RS256" }), &claims)),
        ("a key id that is no string", with_header("kid", 1)),
        ("another client", KEY.sign(&changed("client_id", "another"))),
        ("no client", KEY.sign(&without("client_id"))),
        ("an ID token", KEY.sign(&changed("token_use", "id"))),
        ("no use", KEY.sign(&without("token_use"))),
        ("no subject", KEY.sign(&without("sub"))),
        ("no expiry", KEY.sign(&without("exp"))),
        ("an expiry that is no number", KEY.sign(&changed("exp", "tomorrow"))),
        ("not yet valid", KEY.sign(&changed("nbf", now() + 600))),
        ("another issuer", KEY.sign(&changed("iss", "https://evil.example/eu-west-1_AbCdEfGhI"))),
        (
            "another pool",
            KEY.sign(&changed("iss", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another00")),
        ),
        (
            "a list of issuers",
            KEY.sign(&changed("iss", json!([access_token_claims()["iss"], "https://evil.example"]))),
        ),
        ("no issuer", KEY.sign(&without("iss"))),
        ("groups that are no list", KEY.sign(&changed("cognito:groups", "admin"))),
        ("claims that are no object", KEY.sign(&json!([]))),
        ("a stripped signature", format!("{signed}.")),
        ("no signature", signed.to_owned()),
        ("a signature cut short", valid[..valid.len() - 8].to_owned()),
        ("a fourth part", format!("{valid}.{signature}")),
        ("white space within", valid.replacen('.', " .", 1)),
        ("100 kB", "a".repeat(100_000)),
        ("100 kB with dots", format!("{}.{}.{}", "a".repeat(40_000), "a".repeat(40_000), "a".repeat(20_000))),
        ("just below the longest", "a.".repeat(MAX_TOKEN_LENGTH / 2)),
        ("not ASCII", "\u{e9}\u{e9}.\u{4e2d}.\u{1f600}".to_owned()),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
    ];
    for (what, token) in rows {
        match verify(&token) {
            Err(Error::Unauthenticated(Some(error))) if !matches!(error, TokenError::Expired) => {}
            result => panic!("{what}: {result:?}"),
        }
    }
}

#[test]
fn reason_distinguishes_rejected_tokens() {
    let rows = [
        (KEY.sign(&changed("exp", 1)), "ExpiredToken"),
        (SigningKey::of_another_pool().sign(&access_token_claims()), "ForgedToken"),
        (with_header("kid", "another-key"), "ForgedToken"),
        (KEY.sign(&changed("client_id", "another")), "TokenOfAnotherClient"),
        (KEY.sign(&changed("token_use", "id")), "NotAnAccessToken"),
    ];
    for (token, reason) in rows {
        assert_eq!(verify(&token).unwrap_err().reason(), reason);
    }
}

#[test]
fn unknown_key_ids_do_not_cause_more_fetches() {
    let (verifier, endpoint) =
        verifier(vec![(200, KEY.key_set().to_string()), (200, KEY.key_set().to_string())]);
    block_on(async {
        for _ in 0..3 {
            assert!(verifier.verify(KEY.sign(&access_token_claims()).into()).await.is_ok());
            assert!(verifier.verify(with_header("kid", "unknown").into()).await.is_err());
        }
    });
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn concurrent_requests_share_one_fetch() {
    let (verifier, endpoint) =
        verifier(vec![(200, KEY.key_set().to_string()), (200, KEY.key_set().to_string())]);
    let token = || SecretString::from(KEY.sign(&access_token_claims()));
    let results = block_on(futures_util::future::join_all((0..20).map(|_| verifier.verify(token()))));
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(endpoint.requests().len(), 1);
}

#[test]
fn concurrent_requests_share_a_failed_fetch() {
    let no_keys = json!({ "keys": [] }).to_string();
    for response in [(503, String::new()), (200, "<html>".to_owned()), (200, "{}".to_owned()), (200, no_keys)]
    {
        let (verifier, endpoint) = verifier(vec![response, (200, KEY.key_set().to_string())]);
        let token = || SecretString::from(KEY.sign(&access_token_claims()));
        let results = block_on(futures_util::future::join_all((0..20).map(|_| verifier.verify(token()))));
        assert!(results.iter().all(|result| matches!(result, Err(Error::Unavailable(_)))));
        assert_eq!(endpoint.requests().len(), 1);
        assert!(block_on(verifier.verify(token())).is_ok(), "a later request causes a fetch");
    }
}

#[test]
fn first_token_fetches_keys_after_a_failed_start() {
    let (verifier, endpoint) = verifier(vec![(503, String::new()), (200, KEY.key_set().to_string())]);
    block_on(async {
        verifier.prepare().await;
        assert!(verifier.verify(KEY.sign(&access_token_claims()).into()).await.is_ok());
    });
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn token_does_not_share_the_failed_fetch_at_startup() {
    let (verifier, endpoint) = verifier(vec![(503, String::new()), (200, KEY.key_set().to_string())]);
    let token = KEY.sign(&access_token_claims());
    let ((), result) =
        block_on(futures_util::future::join(verifier.prepare(), verifier.verify(token.into())));
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn unreadable_key_is_skipped() {
    let mut key_set = KEY.key_set();
    let keys = key_set["keys"].as_array_mut().unwrap();
    keys.insert(0, json!({ "kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB", "alg": "RS256" }));
    keys.insert(0, json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256" }));
    let (verifier, _) = verifier(vec![(200, key_set.to_string())]);
    assert!(block_on(verifier.verify(KEY.sign(&access_token_claims()).into())).is_ok());
}

#[test]
fn token_with_a_flipped_bit_is_rejected() {
    let (verifier, _) = verifier(vec![(200, KEY.key_set().to_string())]);
    let valid = KEY.sign(&access_token_claims());
    block_on(async {
        assert!(verifier.verify(valid.clone().into()).await.is_ok());
        for position in 0..valid.len() {
            for bit in 0..7 {
                let mut token = valid.clone().into_bytes();
                token[position] ^= 1 << bit;
                let token = String::from_utf8(token).unwrap();
                assert!(verifier.verify(token.into()).await.is_err(), "bit {bit} of byte {position}");
            }
        }
    });
}

proptest! {
    #[test]
    fn arbitrary_text_is_rejected(text in r"\PC{0,200}") {
        prop_assert!(verify(&text).is_err());
    }
}
