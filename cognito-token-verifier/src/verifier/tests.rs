use std::{
    sync::LazyLock,
    time::{Duration, UNIX_EPOCH},
};

use futures_util::future::{join, join_all};
use proptest::prelude::*;
use serde_json::{Value, json};
use test_support::{SigningKey, access_token_claims};

use super::{AccessToken, MAX_TOKEN_LENGTH, Verifier, VerifierBuilder, VerifyError};
use crate::test_endpoint::TestEndpoint;

static KEY: LazyLock<SigningKey> = LazyLock::new(SigningKey::of_the_pool);

/// Verifier, and the endpoint of its key set, which returns these responses in turn.
fn verifier<const N: usize>(responses: [Result<String, &'static str>; N]) -> (Verifier, TestEndpoint) {
    verifier_with(responses, |builder| builder)
}

fn verifier_with<const N: usize>(
    responses: [Result<String, &'static str>; N],
    configure: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
) -> (Verifier, TestEndpoint) {
    let endpoint = TestEndpoint::new(responses);
    let builder = Verifier::builder(&"eu-west-1_AbCdEfGhI".parse().unwrap(), ["1example23456789"]);
    (configure(builder).build_with(endpoint.clone()), endpoint)
}

fn keys() -> Result<String, &'static str> {
    Ok(KEY.key_set().to_string())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn verify(token: &str) -> Result<AccessToken, VerifyError> {
    block_on(verifier([keys()]).0.verify(token))
}

fn changed(claim: &str, value: impl Into<Value>) -> Value {
    let mut claims = access_token_claims();
    claims[claim] = value.into();
    claims
}

fn with_unknown_key() -> String {
    KEY.sign_with(&json!({ "alg": "RS256", "kid": "unknown" }), &access_token_claims())
}

#[test]
fn claims_of_a_valid_token_are_returned() {
    let mut claims = access_token_claims();
    claims["scope"] = "openid orders/read".into();
    claims["username"] = "maria".into();
    claims["auth_time"] = 1.into();
    claims["iat"] = 2.into();
    claims["exp"] = 4_102_444_800_u64.into();
    claims["tenant"] = "blue".into();
    let token = verify(&KEY.sign(&claims)).unwrap();
    let other = json!({ "event_id": claims["event_id"], "tenant": "blue" });
    let expected = AccessToken {
        sub: "b7d8f6e4-0001".to_owned(),
        username: Some("maria".to_owned()),
        client_id: "1example23456789".to_owned(),
        groups: vec!["admin".to_owned()],
        scopes: vec!["openid".to_owned(), "orders/read".to_owned()],
        auth_time: Some(1),
        issued_at: Some(2),
        expires_at: 4_102_444_800,
        jti: Some("0f6f6bd1-0001".to_owned()),
        origin_jti: Some("c5d0c2f6-0001".to_owned()),
        other: other.as_object().unwrap().clone(),
    };
    assert_eq!(token, expected);
    assert!(token.has_group("admin") && !token.has_group("Admin"));
    assert!(token.has_scope("orders/read") && !token.has_scope("orders"));
}

#[test]
fn optional_claims_may_be_missing() {
    let minimal = ["sub", "iss", "client_id", "token_use", "exp"];
    let mut claims = access_token_claims();
    claims.as_object_mut().unwrap().retain(|name, _| minimal.contains(&name.as_str()));
    let token = verify(&KEY.sign(&claims)).unwrap();
    assert_eq!((token.username, token.groups.len(), token.scopes.len(), token.auth_time), (None, 0, 0, None));
}

#[test]
fn expiry_and_start_are_exact() {
    let start = UNIX_EPOCH + Duration::from_secs(1_000);
    let mut claims = changed("nbf", 1_000);
    claims["exp"] = 1_010.into();
    let token = KEY.sign(&claims);
    let second = Duration::from_secs(1);
    let instant = Duration::from_millis(1);
    let verdict = |leeway, now| {
        let (verifier, _) = verifier_with([keys()], |builder| builder.leeway(leeway));
        match block_on(verifier.verify_at(&token, now)) {
            Ok(_) => "valid",
            Err(VerifyError::Expired) => "expired",
            Err(VerifyError::NotYetValid) => "not yet valid",
            Err(error) => panic!("{error}"),
        }
    };
    for (leeway, now, expected) in [
        (Duration::ZERO, start - instant, "not yet valid"),
        (Duration::ZERO, start, "valid"),
        (Duration::ZERO, start + 10 * second - instant, "valid"),
        (Duration::ZERO, start + 10 * second, "expired"),
        (second, start - second, "valid"),
        (second, start - second - instant, "not yet valid"),
        (second, start + 11 * second - instant, "valid"),
        (second, start + 11 * second, "expired"),
    ] {
        assert_eq!(verdict(leeway, now), expected, "leeway {leeway:?}, {now:?}");
    }
}

#[test]
fn huge_token_is_rejected_unread() {
    for token in
        ["a".repeat(100_000), format!("{0}.{0}.{0}", "a".repeat(40_000)), ".".repeat(MAX_TOKEN_LENGTH + 1)]
    {
        assert!(matches!(verify(&token), Err(VerifyError::TooLong)));
    }
    let token = "a.".repeat(MAX_TOKEN_LENGTH / 2);
    assert!(matches!(verify(&token), Err(VerifyError::Malformed(_))));
}

#[test]
fn null_does_not_count_as_absent() {
    let header = json!({ "alg": "RS256", "kid": SigningKey::ID, "crit": null });
    let result = verify(&KEY.sign_with(&header, &access_token_claims()));
    assert!(matches!(result, Err(VerifyError::CriticalExtension)), "{result:?}");
    let result = verify(&KEY.sign(&changed("nbf", Value::Null)));
    assert!(matches!(result, Err(VerifyError::WrongClaims(_))), "{result:?}");
}

/// serde reads an array as the fields of a struct in their order.
#[test]
fn header_that_is_a_list_is_rejected() {
    for header in [json!(["RS256", SigningKey::ID, null]), json!(["RS256", SigningKey::ID, null, null])] {
        let token = KEY.sign_with(&header, &access_token_claims());
        assert!(matches!(verify(&token), Err(VerifyError::Malformed(_))));
    }
}

#[test]
fn any_required_group_is_enough() {
    let verdict = |groups: &[&str]| {
        let (verifier, _) = verifier_with([keys()], |builder| builder.any_group(groups.iter().copied()));
        block_on(verifier.verify(&KEY.sign(&access_token_claims())))
    };
    assert!(verdict(&["analysts", "admin"]).is_ok());
    assert!(matches!(verdict(&["analysts"]), Err(VerifyError::MissingGroup)));
    assert!(matches!(verdict(&[]), Err(VerifyError::MissingGroup)));
}

#[test]
fn any_required_scope_is_enough() {
    let verdict = |scopes: &[&str]| {
        let (verifier, _) = verifier_with([keys()], |builder| builder.any_scope(scopes.iter().copied()));
        block_on(verifier.verify(&KEY.sign(&access_token_claims())))
    };
    assert!(verdict(&["orders/read", "aws.cognito.signin.user.admin"]).is_ok());
    assert!(matches!(verdict(&["orders/read", "aws.cognito"]), Err(VerifyError::MissingScope)));
    assert!(matches!(verdict(&[]), Err(VerifyError::MissingScope)));
}

#[test]
fn each_listed_client_is_accepted() {
    let endpoint = TestEndpoint::new([keys()]);
    let pool = "eu-west-1_AbCdEfGhI".parse().unwrap();
    let verifier = Verifier::builder(&pool, ["1example23456789", "web"]).build_with(endpoint);
    block_on(async {
        assert!(verifier.verify(&KEY.sign(&access_token_claims())).await.is_ok());
        assert!(verifier.verify(&KEY.sign(&changed("client_id", "web"))).await.is_ok());
        let other = verifier.verify(&KEY.sign(&changed("client_id", "mobile"))).await;
        assert!(matches!(other, Err(VerifyError::OtherClient)));
    });
}

#[test]
fn configured_key_set_url_is_fetched() {
    let (verifier, endpoint) =
        verifier_with([keys()], |builder| builder.key_set_url("http://127.0.0.1:1/keys"));
    block_on(verifier.prepare()).unwrap();
    assert_eq!(endpoint.urls(), ["http://127.0.0.1:1/keys"]);
}

#[test]
fn unknown_key_ids_do_not_cause_more_fetches() {
    let (verifier, endpoint) = verifier([keys(), keys()]);
    block_on(async {
        for _ in 0..3 {
            assert!(verifier.verify(&KEY.sign(&access_token_claims())).await.is_ok());
            assert!(verifier.verify(&with_unknown_key()).await.is_err());
        }
    });
    assert_eq!(endpoint.urls().len(), 1);
}

#[test]
fn concurrent_requests_share_one_fetch() {
    let (verifier, endpoint) = verifier([keys(), keys()]);
    let token = KEY.sign(&access_token_claims());
    let results = block_on(join_all((0..20).map(|_| verifier.verify(&token))));
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(endpoint.urls().len(), 1);
}

#[test]
fn concurrent_requests_share_a_failed_fetch() {
    let token = KEY.sign(&access_token_claims());
    let bodies = ["<html>", "{}", r#"{"keys": []}"#].map(|body| Ok(body.to_owned()));
    for response in bodies.into_iter().chain([Err("no connection")]) {
        let (verifier, endpoint) = verifier([response, keys()]);
        let results = block_on(join_all((0..20).map(|_| verifier.verify(&token))));
        assert!(results.iter().all(|result| matches!(result, Err(VerifyError::KeysUnavailable(_)))));
        assert_eq!(endpoint.urls().len(), 1);
        assert!(block_on(verifier.verify(&token)).is_ok(), "a later request causes a fetch");
    }
}

#[test]
fn first_token_fetches_keys_after_a_failed_start() {
    let (verifier, endpoint) = verifier([Err("no connection"), keys()]);
    block_on(async {
        assert!(verifier.prepare().await.is_err());
        assert!(verifier.verify(&KEY.sign(&access_token_claims())).await.is_ok());
    });
    assert_eq!(endpoint.urls().len(), 2);
}

#[test]
fn token_does_not_share_the_failed_fetch_at_startup() {
    let (verifier, endpoint) = verifier([Err("no connection"), keys()]);
    let token = KEY.sign(&access_token_claims());
    let (prepared, result) = block_on(join(verifier.prepare(), verifier.verify(&token)));
    assert!(prepared.is_err());
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(endpoint.urls().len(), 2);
}

#[test]
fn token_with_a_flipped_bit_is_rejected() {
    let (verifier, _) = verifier([keys()]);
    let valid = KEY.sign(&access_token_claims());
    block_on(async {
        assert!(verifier.verify(&valid).await.is_ok());
        for position in 0..valid.len() {
            for bit in 0..7 {
                let mut token = valid.clone().into_bytes();
                token[position] ^= 1 << bit;
                let token = String::from_utf8(token).unwrap();
                assert!(verifier.verify(&token).await.is_err(), "bit {bit} of byte {position}");
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
