use std::{
    pin::pin,
    task::{Context, Waker},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use test_support::SigningKey;

use super::{KeySet, PAUSE_AFTER_FAILURE, PAUSE_AFTER_SUCCESS, VerifyError};
use crate::test_endpoint::TestEndpoint;

/// Key set, and its endpoint, which returns these bodies in turn.
fn key_set<const N: usize>(bodies: [Value; N]) -> (KeySet, TestEndpoint) {
    let endpoint = TestEndpoint::new(bodies.map(|body| Ok(body.to_string())));
    (KeySet::new(Box::new(endpoint.clone()), "https://cognito/jwks.json".to_owned()), endpoint)
}

fn pool_keys() -> Value {
    SigningKey::of_the_pool().key_set()
}

#[tokio::test]
async fn unknown_key_id_triggers_a_fetch_after_the_pause() {
    let start = SystemTime::now();
    for (now, fetches) in [
        (start, 1),
        (start + PAUSE_AFTER_SUCCESS - Duration::from_millis(1), 1),
        (start + PAUSE_AFTER_SUCCESS, 2),
        // The clock was set back.
        (start - Duration::from_secs(3600), 2),
    ] {
        let (keys, endpoint) = key_set([pool_keys(), pool_keys()]);
        keys.prepare(start).await.unwrap();
        assert!(matches!(keys.find("unknown", now).await, Err(VerifyError::UnknownKey)));
        assert_eq!(endpoint.urls(), vec!["https://cognito/jwks.json"; fetches], "{now:?}");
    }
}

#[tokio::test]
async fn empty_key_set_does_not_replace_good_keys() {
    let start = SystemTime::now();
    let (keys, endpoint) = key_set([pool_keys(), json!({ "keys": [] })]);
    keys.prepare(start).await.unwrap();
    let later = start + PAUSE_AFTER_SUCCESS;
    assert!(matches!(keys.find("unknown", later).await, Err(VerifyError::KeysUnavailable(_))));
    assert_eq!(endpoint.urls().len(), 2);
    assert!(keys.find(SigningKey::ID, later).await.is_ok());
}

#[tokio::test]
async fn removed_key_is_no_longer_found_after_a_fetch() {
    let start = SystemTime::now();
    let mut other = pool_keys();
    other["keys"][0]["kid"] = "new-key".into();
    let (keys, _) = key_set([pool_keys(), other]);
    keys.prepare(start).await.unwrap();
    let later = start + PAUSE_AFTER_SUCCESS;
    assert!(keys.find("new-key", later).await.is_ok());
    assert!(matches!(keys.find(SigningKey::ID, later).await, Err(VerifyError::UnknownKey)));
}

#[tokio::test]
async fn key_for_another_use_is_skipped() {
    for (member, value) in [("use", "enc"), ("alg", "RS512"), ("kty", "EC"), ("n", "!"), ("e", "AQAB=")] {
        let mut set = pool_keys();
        let mut key = set["keys"][0].clone();
        key["kid"] = "another-use".into();
        key[member] = value.into();
        set["keys"].as_array_mut().unwrap().insert(0, key);
        set["keys"].as_array_mut().unwrap().insert(0, json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }));
        let (keys, _) = key_set([set]);
        let now = SystemTime::now();
        assert!(keys.find(SigningKey::ID, now).await.is_ok());
        assert!(matches!(keys.find("another-use", now).await, Err(VerifyError::UnknownKey)), "{member}");
    }
}

#[tokio::test]
async fn failed_fetch_is_repeated_after_the_pause() {
    let start = SystemTime::now();
    let empty = || json!({ "keys": [] });
    let (keys, endpoint) = key_set([pool_keys(), empty(), empty()]);
    keys.prepare(start).await.unwrap();
    let failed = start + PAUSE_AFTER_SUCCESS;
    for (now, fetches) in [
        (failed, 2),
        (failed + PAUSE_AFTER_FAILURE - Duration::from_millis(1), 2),
        (failed + PAUSE_AFTER_FAILURE, 3),
    ] {
        assert!(matches!(keys.find("unknown", now).await, Err(VerifyError::KeysUnavailable(_))));
        assert_eq!(endpoint.urls().len(), fetches, "{now:?}");
    }
}

/// A client that sends an unknown key ID and disconnects must not cause a request each time.
#[tokio::test]
async fn canceled_fetch_is_repeated_after_the_pause() {
    let start = SystemTime::now();
    let (keys, endpoint) = key_set([pool_keys(), pool_keys()]);
    keys.prepare(start).await.unwrap();
    let later = start + PAUSE_AFTER_SUCCESS;
    {
        let mut canceled = pin!(keys.find("unknown", later));
        assert!(canceled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert!(matches!(keys.find("unknown", later).await, Err(VerifyError::KeysUnavailable(_))));
    assert_eq!(endpoint.urls().len(), 1, "the canceled request did not reach the endpoint");
    assert!(keys.find(SigningKey::ID, later).await.is_ok());
    let found = keys.find("unknown", later + PAUSE_AFTER_FAILURE).await;
    assert!(matches!(found, Err(VerifyError::UnknownKey)));
}
