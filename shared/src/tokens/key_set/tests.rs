use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, Response};
use serde_json::{Value, json};

use super::{KeySet, PAUSE_AFTER_SUCCESS};
use test_support::{ReplayConnector, SigningKey};

/// Key set, and its endpoint, which returns these bodies in turn.
fn key_set<const N: usize>(bodies: [Value; N]) -> (KeySet, ReplayConnector) {
    let responses = bodies.map(|body| Response::new(SdkBody::from(body.to_string())));
    let endpoint = ReplayConnector::new(responses);
    (
        KeySet::new(SharedHttpConnector::new(endpoint.clone()), "https://cognito/jwks.json".to_owned()),
        endpoint,
    )
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
        keys.prepare(start).await;
        assert!(keys.find("unknown", now).await.unwrap().is_none());
        assert_eq!(endpoint.requests().len(), fetches, "{now:?}");
    }
}

#[tokio::test]
async fn empty_key_set_does_not_replace_good_keys() {
    let start = SystemTime::now();
    let (keys, endpoint) = key_set([pool_keys(), json!({ "keys": [] })]);
    keys.prepare(start).await;
    let later = start + PAUSE_AFTER_SUCCESS;
    assert!(keys.find("unknown", later).await.is_err());
    assert_eq!(endpoint.requests().len(), 2);
    assert!(keys.find(SigningKey::ID, later).await.unwrap().is_some());
}

#[tokio::test]
async fn key_set_request_has_a_user_agent() {
    let (keys, endpoint) = key_set([pool_keys()]);
    keys.prepare(SystemTime::now()).await;
    let requests = endpoint.requests();
    let user_agent = requests[0].headers().get("user-agent");
    assert_eq!(user_agent, Some(&HeaderValue::from_static(concat!("sign-in/", env!("CARGO_PKG_VERSION")))));
}
