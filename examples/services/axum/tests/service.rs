//! The service and the test vectors.

#![allow(clippy::unwrap_used, reason = "test")]

use std::fs;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use cognito_token_verifier::Verifier;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt;

#[derive(Deserialize)]
struct Vectors {
    user_pool_id: String,
    client_id: String,
    jwks: Value,
    tokens: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    verdict: String,
    token: String,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../test-vectors/tokens.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The service, which fetches the keys of the vectors over HTTP.
async fn service() -> Router {
    let Vectors { user_pool_id, client_id, jwks, .. } = vectors();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let keys = Router::new().route("/jwks.json", get(move || async move { jwks.to_string() }));
    tokio::spawn(async move { axum::serve(listener, keys).await });
    let verifier = Verifier::builder(&user_pool_id.parse().unwrap(), [client_id]).key_set_url(url);
    example_axum::app(verifier.build().unwrap())
}

async fn status(service: &Router, path: &str, token: &str) -> StatusCode {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    service.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn vectors_get_their_verdicts() {
    let service = service().await;
    for Vector { name, verdict, token } in vectors().tokens {
        let expected = if verdict == "valid" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(status(&service, "/reports", &token).await, expected, "{name}");
    }
}

#[tokio::test]
async fn group_opens_the_administrators_route() {
    let service = service().await;
    for (name, expected) in [("access-token", StatusCode::OK), ("no-groups", StatusCode::FORBIDDEN)] {
        let token = vectors().tokens.into_iter().find(|vector| vector.name == name).unwrap().token;
        assert_eq!(status(&service, "/admin/reports", &token).await, expected, "{name}");
    }
}
