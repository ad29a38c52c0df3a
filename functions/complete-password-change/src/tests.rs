use serde_json::{Value, json};
use test_support::{
    COOKIE_VARIABLES, CognitoResponse, RecordedRequest, ReplayedCognito, configuration, contract_errors,
    event, from_page,
};

use super::{COMPLETE_PASSWORD_CHANGE as ROUTE, complete_password_change};

test_support::route_contract!(public(&ROUTE, complete_password_change, [new_password()]));

fn new_password() -> Value {
    json!({ "username": "new@igad.int", "session": "AYABeE", "new_password": " Brand-New P@ss2 " })
}

fn tokens() -> CognitoResponse {
    CognitoResponse::tokens(
        "AdminRespondToAuthChallenge",
        &json!({ "sub": "b7d8f6e4-0002", "email": "new@igad.int" }),
    )
}

#[test]
fn new_password_signs_in() {
    let cognito = ReplayedCognito::new([tokens()]);

    let response = cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &new_password()));

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "access_token": "eyJ.access.token",
            "refresh_token": "eyJ.refresh.token",
            "token_type": "bearer",
            "user": {
                "user_id": "b7d8f6e4-0002",
                "email": "new@igad.int",
                "role": "user",
                "name": "IGAD User",
                "is_admin": false
            },
            "expires_in": 3600,
            "message": "Password changed successfully"
        })
    );
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "AdminRespondToAuthChallenge".to_owned(),
            body: json!({
                "UserPoolId": "eu-west-1_AbCdEfGhI",
                "ClientId": "1example23456789",
                "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "ChallengeResponses": { "USERNAME": "new@igad.int", "NEW_PASSWORD": " Brand-New P@ss2 " },
                "Session": "AYABeE",
                "ContextData": {
                    "IpAddress": "203.0.113.7",
                    "ServerName": "auth.example.org",
                    "ServerPath": "/api/auth/complete-password-change",
                    "HttpHeaders": [{ "headerName": "content-type", "headerValue": "application/json" }]
                }
            }),
            signed: true,
        }]
    );
}

#[test]
fn client_secret_adds_secret_hash() {
    let cognito = ReplayedCognito::new([tokens()]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &ROUTE, complete_password_change, event(&ROUTE, &new_password()));

    // printf 'new@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    let secret_hash = "aza+gTtcd+hcx2Q2i+DN4LKDfeP5Tri9sPmIJWQOkkU=";
    assert_eq!(cognito.requests()[0].body["ChallengeResponses"]["SECRET_HASH"], secret_hash);
}

#[test]
fn next_challenge_is_returned() {
    let challenge = CognitoResponse::documented(
        "AdminRespondToAuthChallenge",
        &json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "next", "ChallengeParameters": {}
        }),
    );

    let response = ReplayedCognito::new([challenge]).call(
        &ROUTE,
        complete_password_change,
        event(&ROUTE, &new_password()),
    );

    assert_eq!(response.status(), 200);
    assert_eq!(response.body()["session"], "next");
    assert_eq!(response.body()["message"], "Password change required");
}

#[test]
fn unsupported_challenge_returns_403() {
    let challenge =
        CognitoResponse::synthetic(&json!({ "ChallengeName": "CUSTOM_CHALLENGE", "Session": "next" }));

    let response = ReplayedCognito::new([challenge]).call(
        &ROUTE,
        complete_password_change,
        event(&ROUTE, &new_password()),
    );

    let detail = "Password change error: challenge CUSTOM_CHALLENGE is not supported".to_owned();
    assert_eq!(response.error(), (403, detail, "UnsupportedChallengeException"));
}

#[test]
fn exceptions_match_contract_without_retry() {
    let invalid_session = "Invalid session or credentials";
    let invalid_password = "Password does not meet requirements";
    let mappings = [
        ("InvalidPasswordException", 400, invalid_password),
        ("PasswordHistoryPolicyViolationException", 400, invalid_password),
        ("NotAuthorizedException", 401, invalid_session),
        ("CodeMismatchException", 401, invalid_session),
        ("ExpiredCodeException", 401, invalid_session),
        // In the contract, but not in the API reference.
        ("LimitExceededException", 429, "Password change error: LimitExceededException"),
    ];
    let operation = "AdminRespondToAuthChallenge";
    for expected in contract_errors(operation, ["Password change error", "Password change failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &new_password()));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_tokens_return_500() {
    let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&json!({}))]);
    let response = cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &new_password()));
    let internal = "Password change failed: internal error".to_owned();
    assert_eq!(response.error(), (500, internal, "InternalErrorException"));
}

#[test]
fn required_attributes_are_sent() {
    let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&json!({}))]);
    let mut body = new_password();
    body["attributes"] = json!({ "name": "John Doe", "given_name": "John" });

    cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &body));

    let responses = &cognito.requests()[0].body["ChallengeResponses"];
    assert_eq!(responses["userAttributes.name"], "John Doe");
    assert_eq!(responses["userAttributes.given_name"], "John");
}

#[test]
fn invalid_attribute_returns_422() {
    let standard = "attributes: must give each standard attribute a text";
    let cases = [
        (json!({ "custom:role": "admin" }), standard),
        (json!({ "email_verified": "true" }), standard),
        (json!({ "name": "John", "sub": "1" }), standard),
        (json!({ "name": "" }), standard),
        (json!({ "name": 1 }), standard),
        (json!({ "custom:role": null }), standard),
        (json!(["name"]), "attributes: must be a JSON object"),
        (json!("name"), "attributes: must be a JSON object"),
    ];
    for (attributes, detail) in cases {
        let mut body = new_password();
        body["attributes"] = attributes;
        let cognito = ReplayedCognito::new([]);
        let response = cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &body));
        assert_eq!(response.error(), (422, detail.to_owned(), "ValidationException"));
        assert_eq!(cognito.requests(), []);
    }
    for empty in [Value::Null, json!({}), json!({ "nickname": null })] {
        let mut body = new_password();
        body["attributes"] = empty;
        let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&json!({}))]);
        cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &body));
        let requests = cognito.requests();
        let names = requests[0].body["ChallengeResponses"].as_object().unwrap().keys();
        assert!(!names.clone().any(|name| name.starts_with("userAttributes")), "{names:?}");
    }
}

#[test]
fn missing_field_returns_422() {
    for field in ["username", "session", "new_password"] {
        let mut body = new_password();
        body[field] = Value::Null;
        let cognito = ReplayedCognito::new([]);
        let response = cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &body));
        assert_eq!(response.error(), (422, format!("{field}: field required"), "ValidationException"));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn password_constraint_returns_400() {
    let cognito = ReplayedCognito::new([CognitoResponse::constraint_violation("password")]);
    let response = cognito.call(&ROUTE, complete_password_change, event(&ROUTE, &new_password()));
    let weak = "Password does not meet requirements".to_owned();
    assert_eq!(response.error(), (400, weak, "InvalidParameterException"));
}

#[test]
fn refresh_token_goes_into_the_cookie() {
    let mut body = new_password();
    body["cookie"] = true.into();
    let event = from_page(&event(&ROUTE, &body), "https://app.igad.int", &[]);
    let cognito = ReplayedCognito::new([tokens()]);

    let response =
        cognito.call_with(configuration(&COOKIE_VARIABLES), &ROUTE, complete_password_change, event);

    assert_eq!((response.status(), response.body().get("refresh_token")), (200, None));
    assert!(response.set_cookie().is_some_and(|cookie| cookie.starts_with("__Host-refresh_token=eyJ.")));
}
