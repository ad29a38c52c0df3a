//! The tower layer and the axum extractor.

use crate::support::{admin_verifier, token, verifier, verifier_without_keys};
use axum::{Extension, Router, body::Body, routing::get};
use cognito_token_verifier::{AccessToken, Verifier, VerifierLayer};
use http::{
    HeaderMap, Request, StatusCode,
    header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

const USER_ID: &str = "b7d8f6e4-0001";

async fn user_id(token: AccessToken) -> String {
    token.sub
}

/// Application with the extractor, and application with the layer.
fn applications(verifier: &Verifier) -> [Router; 2] {
    let behind_layer = |Extension(token): Extension<AccessToken>| async { token.sub };
    [
        Router::new().route("/", get(user_id)).with_state(verifier.clone()),
        Router::new().route("/", get(behind_layer)).layer(VerifierLayer::new(verifier.clone())),
    ]
}

/// Response to a request with these `Authorization` headers, which is the same for the extractor and the layer.
async fn response(verifier: Verifier, authorization: &[&str]) -> (StatusCode, HeaderMap, String) {
    let mut responses = Vec::new();
    for application in applications(&verifier) {
        let mut request = Request::get("/");
        for value in authorization {
            request = request.header(AUTHORIZATION, *value);
        }
        let response = application.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let mut headers = head.headers;
        // Only responses of handlers have it.
        headers.remove("content-type");
        headers.remove("content-length");
        let body = body.collect().await.unwrap().to_bytes();
        responses.push((head.status, headers, String::from_utf8(body.to_vec()).unwrap()));
    }
    assert_eq!(responses[0], responses[1]);
    responses.remove(0)
}

#[tokio::test]
async fn valid_token_reaches_the_handler() {
    let token = token("access-token");
    for scheme in ["Bearer ", "bearer ", "BEARER  "] {
        let (status, _, body) = response(verifier(), &[&format!("{scheme}{token}")]).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, USER_ID));
    }
}

#[tokio::test]
async fn request_without_a_token_is_rejected() {
    let valid = format!("Bearer {}", token("access-token"));
    for authorization in [&[][..], &["Basic dXNlcjpwYXNz"], &["Bearer"], &[&valid, &valid]] {
        let (status, headers, body) = response(verifier(), authorization).await;
        assert_eq!((status, body.as_str()), (StatusCode::UNAUTHORIZED, ""));
        assert_eq!(headers[WWW_AUTHENTICATE], "Bearer");
    }
}

#[tokio::test]
async fn invalid_token_is_rejected() {
    for name in ["exp-past", "alg-none", "client-id-other", "empty"] {
        let (status, headers, body) = response(verifier(), &[&format!("Bearer {}", token(name))]).await;
        assert_eq!((status, body.as_str()), (StatusCode::UNAUTHORIZED, ""));
        assert_eq!(headers[WWW_AUTHENTICATE], r#"Bearer error="invalid_token""#);
    }
}

#[tokio::test]
async fn missing_group_is_forbidden() {
    let (status, _, _) = response(admin_verifier(), &[&format!("Bearer {}", token("access-token"))]).await;
    assert_eq!(status, StatusCode::OK);
    let (status, headers, _) = response(admin_verifier(), &[&format!("Bearer {}", token("no-groups"))]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(headers[WWW_AUTHENTICATE], r#"Bearer error="insufficient_scope""#);
}

#[tokio::test]
async fn missing_keys_make_the_service_unavailable() {
    let authorization = format!("Bearer {}", token("access-token"));
    let (status, headers, _) = response(verifier_without_keys(), &[&authorization]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[RETRY_AFTER], "5");
    assert!(!headers.contains_key(WWW_AUTHENTICATE));
}

#[tokio::test]
async fn extractor_verifies_behind_a_layer_too() {
    let application = Router::new()
        .route("/", get(user_id))
        .with_state(admin_verifier())
        .layer(VerifierLayer::new(verifier()));
    for (name, status) in [("access-token", StatusCode::OK), ("no-groups", StatusCode::FORBIDDEN)] {
        let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {}", token(name)));
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(application.clone().oneshot(request).await.unwrap().status(), status, "{name}");
    }
}
