//! The default HTTP client, against a server on this machine.

use std::iter;

use crate::support::{builder, token, vectors};
use axum::{Router, http::StatusCode, routing::get};
use cognito_token_verifier::VerifyError;
use tokio::net::TcpListener;

/// Serves `body` with `status` at the returned address.
async fn serve(status: StatusCode, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let application = Router::new().route("/jwks.json", get(move || async move { (status, body) }));
    tokio::spawn(async move { axum::serve(listener, application).await });
    format!("http://{address}/jwks.json")
}

async fn verify(url: String) -> Result<String, VerifyError> {
    let verifier = builder().key_set_url(url).build().unwrap();
    verifier.verify(&token("access-token")).await.map(|token| token.sub)
}

#[tokio::test]
async fn keys_are_fetched_over_http() {
    let url = serve(StatusCode::OK, vectors().jwks.to_string()).await;
    assert!(verify(url).await.is_ok());
}

#[tokio::test]
async fn failed_fetch_is_reported_as_unavailable() {
    let too_large = iter::repeat_n(' ', 65 * 1024).collect::<String>() + &vectors().jwks.to_string();
    for (status, body) in [
        (StatusCode::OK, too_large),
        (StatusCode::OK, String::new()),
        (StatusCode::NOT_FOUND, vectors().jwks.to_string()),
        (StatusCode::FOUND, vectors().jwks.to_string()),
    ] {
        let result = verify(serve(status, body).await).await;
        assert!(matches!(result, Err(VerifyError::KeysUnavailable(_))), "{result:?}");
    }
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let result = verify(format!("http://{address}/jwks.json")).await;
    assert!(matches!(result, Err(VerifyError::KeysUnavailable(_))), "{result:?}");
}
