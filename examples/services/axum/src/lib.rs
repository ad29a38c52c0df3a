//! Service that verifies access tokens of the sign-in service.

use axum::{Json, Router, http::StatusCode, routing::get};
use cognito_token_verifier::{AccessToken, Verifier};
use serde_json::{Value, json};

/// The service's routes.
pub fn app(verifier: Verifier) -> Router {
    Router::new()
        .route("/reports", get(reports))
        .route("/admin/reports", get(admin_reports))
        .with_state(verifier)
}

async fn reports(token: AccessToken) -> Json<Value> {
    Json(json!({ "user_id": token.sub }))
}

async fn admin_reports(token: AccessToken) -> Result<Json<Value>, StatusCode> {
    if token.has_group("admin") {
        Ok(Json(json!({ "user_id": token.sub })))
    } else {
        Err(StatusCode::FORBIDDEN)
    }
}
