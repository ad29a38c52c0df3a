//! Responses of Cognito by their source: documented, observed by a user of Cognito, or synthetic.

use std::borrow::Cow;

use aws_smithy_types::body::SdkBody;
use http::Response as HttpResponse;
use serde_json::{Value, json};

use super::{
    exceptions::exceptions,
    tokens::{SigningKey, unsigned_token},
};

/// A response of Cognito. None was recorded from a pool of ours.
#[derive(Debug, Clone)]
pub struct CognitoResponse {
    status: u16,
    error_type: Option<String>,
    body: Vec<u8>,
}

impl CognitoResponse {
    /// A success of `operation` with the members that the API reference has, which is at
    /// `https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_<operation>.html`.
    /// The values are synthetic.
    pub fn documented(operation: &str, body: &Value) -> Self {
        // Every documented operation has exceptions.
        assert!(!exceptions(operation).is_empty());
        Self::raw(200, &body.to_string())
    }

    /// The tokens of a sign-in by `operation`, with `claims` in the ID token.
    pub fn tokens(operation: &str, claims: &Value) -> Self {
        let tokens = json!({
            "AccessToken": "eyJ.access.token",
            "ExpiresIn": 3600,
            "IdToken": unsigned_token(claims),
            "RefreshToken": "eyJ.refresh.token",
            "TokenType": "Bearer"
        });
        Self::documented(operation, &json!({ "AuthenticationResult": tokens, "ChallengeParameters": {} }))
    }

    /// An exception that the API reference has for `operation`. The API reference has no messages.
    pub fn documented_error(operation: &str, name: &str) -> Self {
        let is_documented = exceptions(operation).iter().any(|documented| documented == name);
        assert!(is_documented, "{name} is not documented for {operation}");
        Self::synthetic_error(name, "as documented")
    }

    /// An exception with a message that was observed, according to `page`.
    pub fn observed(page: &str, name: &str, message: &str) -> Self {
        assert!(page.starts_with("https://"), "{page} is not a page");
        Self::synthetic_error(name, message)
    }

    /// The exception for a `member` that violates the constraint on white space. Cognito checks constraints first.
    pub fn constraint_violation(member: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: ^[\\S]+.*[\\S]+$"
        );
        let page = "https://github.com/cds-snc/platform-forms-client/issues/5635";
        Self::observed(page, "InvalidParameterException", &message)
    }

    /// A success that Cognito is not known to send, or whose content does not matter.
    pub fn synthetic(body: &Value) -> Self {
        Self::raw(200, &body.to_string())
    }

    /// An exception that Cognito is not known to raise there, or whose cause does not matter (AWS JSON 1.1).
    pub fn synthetic_error(name: &str, message: &str) -> Self {
        let status = if name == "InternalErrorException" { 500 } else { 400 };
        Self::raw(status, &json!({ "__type": name, "message": message }).to_string())
    }

    /// A rejection by Cognito's API with the exception `name`, and by the token endpoint with an error of that meaning.
    pub(crate) fn rejection(name: &str) -> Self {
        let status = match name {
            "ForbiddenException" => 403,
            "InternalErrorException" => 500,
            "TooManyRequestsException" => 429,
            _ => 400,
        };
        let (error, description) = match name {
            "NotAuthorizedException" => (Some("invalid_grant"), None),
            "UserLambdaValidationException" => {
                (Some("invalid_grant"), Some("PreTokenGeneration failed with error a message."))
            }
            _ => (None, None),
        };
        let body = json!({
            "__type": name,
            "message": "a message",
            "error": error,
            "error_description": description
        });
        Self::raw(status, &body.to_string())
    }

    /// Tokens of the token endpoint, with `claims` in the ID token, as in
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>. The values are synthetic.
    pub fn federated_tokens(claims: &Value) -> Self {
        Self::synthetic(&json!({
            "access_token": "eyJ.access.token",
            "expires_in": 3600,
            "id_token": unsigned_token(claims),
            "refresh_token": "eyJ.refresh.token",
            "token_type": "Bearer"
        }))
    }

    /// Public keys of the pool. A function with bearer tokens fetches them first.
    pub fn key_set() -> Self {
        Self::synthetic(&SigningKey::of_the_pool().key_set())
    }

    /// Any response of Cognito or of a proxy in front of it.
    pub fn raw(status: u16, body: &str) -> Self {
        Self::bytes(status, body.as_bytes().to_vec())
    }

    /// Any response with a body that need not be text.
    pub fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self { status, error_type: None, body }
    }

    /// This response with the header `x-amzn-errortype`, in which AWS services may name an exception.
    #[must_use]
    pub fn with_error_type(self, error_type: Option<String>) -> Self {
        Self { error_type, ..self }
    }

    /// Whether this is an exception about the app client's secret.
    pub(crate) fn mentions_client_secret(&self) -> bool {
        let text = self.text().to_lowercase();
        text.contains("secret")
    }

    /// Body, with replacement characters for invalid UTF-8.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    pub(crate) fn into_response(self) -> HttpResponse<SdkBody> {
        let mut response = HttpResponse::builder()
            .status(self.status)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amzn-requestid", "5a6f5e5e-6b1a-4c8e-9f0e-2d3c4b5a6978");
        if let Some(error_type) = self.error_type {
            response = response.header("x-amzn-errortype", error_type);
        }
        response.body(SdkBody::from(self.body)).expect("a status and plain headers")
    }
}
