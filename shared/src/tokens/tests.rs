use aws_sdk_cognitoidentityprovider::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::body::SdkBody;
use cognito_token_verifier::UserPoolId;
use http::{HeaderValue, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use test_support::{ReplayConnector, SigningKey, access_token_claims};

use super::{Caller, Verifier};
use crate::{Error, model::user_pool::UserPool};

/// One region of each partition in the SDK, and one region that does not exist yet.
const REGIONS: [&str; 9] = [
    "eu-west-1",
    "cn-north-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "us-east-9",
];

/// Verifies `token`. The endpoint of the key set returns the status and body.
async fn verify_with(status: u16, body: String, token: String) -> (Result<Caller, Error>, ReplayConnector) {
    let endpoint =
        ReplayConnector::new([Response::builder().status(status).body(SdkBody::from(body)).unwrap()]);
    let user_pool = UserPool {
        region: "eu-west-1".to_owned(),
        endpoint_url: None,
        id: "eu-west-1_AbCdEfGhI".parse().unwrap(),
        client_id: "1example23456789".to_owned(),
        client_secret: None,
    };
    let verifier = Verifier::new(&user_pool, SharedHttpConnector::new(endpoint.clone()));
    (verifier.verify(SecretString::from(token)).await, endpoint)
}

async fn verify(token: String) -> Result<Caller, Error> {
    verify_with(200, SigningKey::of_the_pool().key_set().to_string(), token).await.0
}

fn signed(claim: &str, value: impl Into<Value>) -> String {
    let mut claims = access_token_claims();
    claims[claim] = value.into();
    SigningKey::of_the_pool().sign(&claims)
}

#[tokio::test]
async fn valid_token_identifies_the_caller() {
    let token = signed("auth_time", 1_700_000_000);
    let caller = verify(token.clone()).await.unwrap();
    assert_eq!(caller.access_token.expose_secret(), token);
    assert_eq!(caller.sub, "b7d8f6e4-0001");
    assert_eq!(caller.username.as_str(), "b7d8f6e4-0001");
    assert_eq!(caller.groups, ["admin"]);
    assert_eq!(caller.auth_time, 1_700_000_000);
}

#[tokio::test]
async fn reason_distinguishes_rejected_tokens() {
    let pool = SigningKey::of_the_pool();
    let unknown_key =
        pool.sign_with(&json!({ "alg": "RS256", "kid": "another-key" }), &access_token_claims());
    let rows = [
        (signed("exp", 1), "ExpiredToken"),
        (SigningKey::of_another_pool().sign(&access_token_claims()), "ForgedToken"),
        (unknown_key, "ForgedToken"),
        (signed("client_id", "another"), "TokenOfAnotherClient"),
        (signed("token_use", "id"), "NotAnAccessToken"),
    ];
    for (token, reason) in rows {
        assert_eq!(verify(token).await.unwrap_err().reason(), reason);
    }
}

#[tokio::test]
async fn missing_key_set_makes_the_service_unavailable() {
    for (status, body) in [(503, String::new()), (302, String::new()), (200, "<html>".to_owned())] {
        let (result, _) = verify_with(status, body, signed("exp", 1)).await;
        assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    }
}

#[tokio::test]
async fn key_set_request_has_a_user_agent() {
    let keys = SigningKey::of_the_pool().key_set().to_string();
    let (_, endpoint) = verify_with(200, keys, signed("exp", 1)).await;
    let requests = endpoint.requests();
    let user_agent = requests[0].headers().get("user-agent");
    assert_eq!(user_agent, Some(&HeaderValue::from_static(concat!("sign-in/", env!("CARGO_PKG_VERSION")))));
}

#[tokio::test]
async fn issuer_matches_the_sdk_endpoint_of_each_partition() {
    for region in REGIONS {
        let parameters = Params::builder().region(region).build().unwrap();
        let endpoint = DefaultResolver::new().resolve_endpoint(&parameters).await.unwrap();
        let id: UserPoolId = format!("{region}_AbCdEfGhI").parse().unwrap();
        assert_eq!(id.issuer(), format!("{}/{id}", endpoint.url()));
    }
}
