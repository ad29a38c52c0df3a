use serde_json::{Value, json};
use test_support::{
    COOKIE_VARIABLES, CognitoResponse, RecordedRequest, ReplayedCognito, configuration, contract_errors,
    event, event_with, from_page, unsigned_token,
};

use super::{LOGIN, login};

test_support::route_contract!(public(&LOGIN, login, [credentials()]));

fn credentials() -> Value {
    json!({ "username": "user@igad.int", "password": "SecureP@ssw0rd1" })
}

fn tokens_for(claims: &Value) -> CognitoResponse {
    CognitoResponse::tokens("AdminInitiateAuth", claims)
}

fn john() -> Value {
    json!({ "sub": "b7d8f6e4-0001", "email": "user@igad.int", "name": "John Doe", "token_use": "id" })
}

/// Error of a user who is locked out after too many wrong passwords.
fn locked_out() -> CognitoResponse {
    CognitoResponse::observed(
        "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/506",
        "NotAuthorizedException",
        "Password attempts exceeded",
    )
}

/// `ContextData` that all sign-ins send.
fn context() -> Value {
    json!({
        "IpAddress": "203.0.113.7",
        "ServerName": "auth.example.org",
        "ServerPath": "/api/auth/login",
        "HttpHeaders": [{ "headerName": "content-type", "headerValue": "application/json" }]
    })
}

#[test]
fn sign_in_returns_tokens_in_one_call() {
    let cognito = ReplayedCognito::new([tokens_for(&john())]);

    let response = cognito.call(&LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "access_token": "eyJ.access.token",
            "refresh_token": "eyJ.refresh.token",
            "token_type": "bearer",
            "user": {
                "user_id": "b7d8f6e4-0001",
                "email": "user@igad.int",
                "role": "user",
                "name": "John Doe",
                "is_admin": false
            },
            "expires_in": 3600
        })
    );
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "AdminInitiateAuth".to_owned(),
            body: json!({
                "UserPoolId": "eu-west-1_AbCdEfGhI",
                "ClientId": "1example23456789",
                "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
                "AuthParameters": { "USERNAME": "user@igad.int", "PASSWORD": "SecureP@ssw0rd1" },
                "ContextData": context()
            }),
            signed: true,
        }]
    );
}

#[test]
fn token_lifetime_comes_from_cognito() {
    let tokens = CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "AuthenticationResult": {
                "AccessToken": "access", "ExpiresIn": 300, "IdToken": unsigned_token(&john()), "TokenType": "Bearer"
            }
        }),
    );

    let response = ReplayedCognito::new([tokens]).call(&LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(response.body()["expires_in"], 300);
    assert_eq!(response.body().get("refresh_token"), None, "a field without a value is omitted");
}

#[test]
fn group_or_listed_email_makes_admin() {
    let administrators = [
        json!({ "sub": "1", "email": "user@igad.int", "cognito:groups": ["readers", "admin"] }),
        json!({ "sub": "2", "email": "head@igad.int", "email_verified": true }),
        json!({ "sub": "3", "email": "CHIEF@igad.int", "email_verified": "true", "cognito:groups": ["readers"] }),
    ];
    for claims in administrators {
        let cognito = ReplayedCognito::new([tokens_for(&claims)]);
        let user = cognito.call(&LOGIN, login, event(&LOGIN, &credentials())).body()["user"].clone();
        assert_eq!((&user["role"], &user["is_admin"]), (&json!("admin"), &json!(true)), "{claims}");
    }
}

#[test]
fn unverified_email_does_not_make_admin() {
    let claimed = [
        json!({ "sub": "1", "email": "head@igad.int" }),
        json!({ "sub": "2", "email": "head@igad.int", "email_verified": false }),
        json!({ "sub": "3", "email": "head@igad.int", "email_verified": true, "identities": [{ "userId": "1" }] }),
        json!({ "sub": "4", "email_verified": true }),
    ];
    let sent = json!({ "username": "head@igad.int", "password": "SecureP@ssw0rd1" });
    for claims in claimed {
        let cognito = ReplayedCognito::new([tokens_for(&claims)]);
        let user = cognito.call(&LOGIN, login, event(&LOGIN, &sent)).body()["user"].clone();
        assert_eq!((&user["role"], &user["is_admin"]), (&json!("user"), &json!(false)), "{claims}");
        assert_eq!(user["email"], "head@igad.int", "the address is still returned");
    }
}

#[test]
fn audit_line_has_the_user_id() {
    let response =
        ReplayedCognito::new([tokens_for(&john())]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(response.audit_line()["sub"], "b7d8f6e4-0001");
}

#[test]
fn missing_claims_get_defaults() {
    let cognito = ReplayedCognito::new([tokens_for(&json!({ "sub": "1" }))]);
    let configuration = configuration(&[("DEFAULT_USER_NAME", "Member")]);

    let response = cognito.call_with(configuration, &LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(response.body()["user"]["email"], "user@igad.int");
    assert_eq!(response.body()["user"]["name"], "Member");
}

#[test]
fn username_is_normalized_password_is_not() {
    let cognito = ReplayedCognito::new([tokens_for(&john())]);
    let body = json!({ "username": " user%40igad.int ", "password": " p%41ss wörd\t" });

    cognito.call(&LOGIN, login, event(&LOGIN, &body));

    let parameters = json!({ "USERNAME": "user@igad.int", "PASSWORD": " p%41ss wörd\t" });
    assert_eq!(cognito.requests()[0].body["AuthParameters"], parameters);
}

#[test]
fn client_secret_adds_secret_hash() {
    let cognito = ReplayedCognito::new([tokens_for(&john())]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &LOGIN, login, event(&LOGIN, &credentials()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    let secret_hash = "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=";
    assert_eq!(cognito.requests()[0].body["AuthParameters"]["SECRET_HASH"], secret_hash);
}

#[test]
fn credential_headers_are_not_forwarded() {
    let cognito = ReplayedCognito::new([tokens_for(&john())]);
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", "198.51.100.1"),
        ("authorization", "Bearer token"),
        ("cookie", "session=1"),
        ("x-amz-user-context-data", "device"),
    ];

    cognito.call(&LOGIN, login, event_with(&LOGIN, &headers, &credentials().to_string()));

    let context = &cognito.requests()[0].body["ContextData"];
    assert_eq!(context["IpAddress"], "203.0.113.7");
    assert_eq!(context["EncodedData"], "device");
    let mut names: Vec<_> = context["HttpHeaders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| header["headerName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "x-forwarded-for"]);
}

#[test]
fn first_sign_in_returns_a_challenge() {
    let challenge = CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": "AYABeE",
            "ChallengeParameters": { "requiredAttributes": "[]", "userAttributes": "{}" }
        }),
    );
    let body = json!({ "username": "new@igad.int", "password": "TempP@ssw0rd1" });

    let response = ReplayedCognito::new([challenge]).call(&LOGIN, login, event(&LOGIN, &body));

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "access_token": "",
            "token_type": "bearer",
            "user": { "user_id": "", "email": "new@igad.int", "role": "user", "name": "IGAD User", "is_admin": false },
            "expires_in": 0,
            "requires_password_change": true,
            "challenge": "NEW_PASSWORD_REQUIRED",
            "session": "AYABeE",
            "username": "new@igad.int",
            "message": "Password change required"
        })
    );
}

#[test]
fn mfa_user_gets_a_challenge() {
    let challenge = CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": "AYABeE",
            "ChallengeParameters": { "USER_ID_FOR_SRP": "b7d8f6e4-0001", "FRIENDLY_DEVICE_NAME": "My phone" }
        }),
    );
    let response = ReplayedCognito::new([challenge]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "access_token": "",
            "token_type": "bearer",
            "user": { "user_id": "", "email": "user@igad.int", "role": "user", "name": "IGAD User", "is_admin": false },
            "expires_in": 0,
            "challenge": "SOFTWARE_TOKEN_MFA",
            "session": "AYABeE",
            "username": "b7d8f6e4-0001",
            "message": "Enter the code from your authenticator app"
        })
    );
    let line = response.audit_line();
    assert_eq!((&line["outcome"], &line["challenge"]), (&json!("Challenged"), &json!("SOFTWARE_TOKEN_MFA")));
}

#[test]
fn challenge_lists_required_attributes() {
    let cases = [
        (json!(r#"["userAttributes.name","userAttributes.given_name"]"#), json!(["name", "given_name"])),
        (json!("[]"), Value::Null),
        (json!("no list"), Value::Null),
        (json!(r#"["userAttributes.<script>", "other"]"#), Value::Null),
    ];
    for (required, expected) in cases {
        let challenge = CognitoResponse::documented(
            "AdminInitiateAuth",
            &json!({
                "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "Session": "AYABeE",
                "ChallengeParameters": { "requiredAttributes": required, "userAttributes": "{}" }
            }),
        );
        let response = ReplayedCognito::new([challenge]).call(&LOGIN, login, event(&LOGIN, &credentials()));
        assert_eq!((response.status(), &response.body()["required_attributes"]), (200, &expected));
    }
}

#[test]
fn challenge_has_the_srp_user_id() {
    let challenge = CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": "AYABeE",
            "ChallengeParameters": { "USER_ID_FOR_SRP": "b7d8f6e4-0002" }
        }),
    );

    let response = ReplayedCognito::new([challenge]).call(&LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(response.body()["username"], "b7d8f6e4-0002");
    assert_eq!(response.body()["user"]["email"], "user@igad.int");
}

#[test]
fn unsupported_challenge_returns_403() {
    // Challenges in the API reference of AdminInitiateAuth that need SRP or custom code, and an unknown one.
    let challenges = [
        "PASSWORD_VERIFIER",
        "CUSTOM_CHALLENGE",
        "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER",
        "ADMIN_NO_SRP_AUTH",
        "PASSWORD_SRP",
        "TELEPATHY",
    ];
    for challenge in challenges {
        let cognito_response =
            CognitoResponse::synthetic(&json!({ "ChallengeName": challenge, "Session": "AYABeE" }));
        let response =
            ReplayedCognito::new([cognito_response]).call(&LOGIN, login, event(&LOGIN, &credentials()));
        let detail = format!("Authentication error: challenge {challenge} is not supported");
        assert_eq!(response.error(), (403, detail, "UnsupportedChallengeException"));
        assert_eq!(response.audit_line()["outcome"], "Refused", "not a failure of the service");
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("NotAuthorizedException", 401, "Invalid credentials"),
        // In the contract, but not in the API reference.
        ("LimitExceededException", 429, "Authentication error: LimitExceededException"),
    ];
    for expected in contract_errors("AdminInitiateAuth", ["Authentication error", "Login failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = cognito.call(&LOGIN, login, event(&LOGIN, &credentials()));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn login_does_not_reveal_users() {
    // Errors for an app client with PreventUserExistenceErrors ENABLED.
    let errors = [
        CognitoResponse::observed(
            "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/506",
            "NotAuthorizedException",
            "Incorrect username or password.",
        ),
        CognitoResponse::observed(
            "https://github.com/localstack/localstack/issues/8454",
            "NotAuthorizedException",
            "User is disabled.",
        ),
        locked_out(),
    ];
    let responses = errors.map(|cognito_response| {
        let cognito = ReplayedCognito::new([cognito_response]);
        cognito.call(&LOGIN, login, event(&LOGIN, &credentials())).as_sent()
    });
    assert_eq!(responses[0]["body"], r#"{"detail":"Invalid credentials"}"#);
    assert_eq!([&responses[0]; 3], [&responses[0], &responses[1], &responses[2]]);
}

#[test]
fn lockout_is_logged_as_a_warning() {
    let response = ReplayedCognito::new([locked_out()]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    let line = response.audit_line();
    assert_eq!((&line["level"], &line["reason"]), (&json!("WARN"), &json!("PasswordAttemptsExceeded")));
}

#[test]
fn unreadable_response_returns_503() {
    let cognito_responses = [
        CognitoResponse::raw(503, "<html>Service Unavailable</html>"),
        CognitoResponse::raw(500, ""),
        CognitoResponse::raw(400, r#"{"message": "no type"}"#),
        CognitoResponse::raw(400, r#"{"__type": "not a <name>", "message": "unreadable type"}"#),
        CognitoResponse::raw(200, "<html>Welcome</html>"),
        CognitoResponse::raw(200, r#"{"AuthenticationResult": {"AccessTok"#),
    ];
    for cognito_response in cognito_responses {
        let label = format!("{cognito_response:?}");
        let response =
            ReplayedCognito::new([cognito_response]).call(&LOGIN, login, event(&LOGIN, &credentials()));
        let unavailable = "Login failed: identity provider unavailable".to_owned();
        assert_eq!(response.error(), (503, unavailable, "ServiceUnavailableException"), "{label}");
    }
}

#[test]
fn missing_tokens_return_500() {
    let token = unsigned_token(&john());
    let cognito_responses = [
        json!({}),
        json!({ "AuthenticationResult": {} }),
        json!({ "AuthenticationResult": { "AccessToken": "access", "ExpiresIn": 3600 } }),
        json!({ "AuthenticationResult": { "IdToken": token, "ExpiresIn": 3600 } }),
        json!({ "AuthenticationResult": { "AccessToken": "access", "IdToken": "no token" } }),
        json!({ "AuthenticationResult": { "AccessToken": "access", "IdToken": unsigned_token(&json!({})) } }),
        json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeParameters": {} }),
        json!({ "ChallengeName": "<script>", "Session": "AYABeE" }),
    ];
    for cognito_response in cognito_responses {
        let cognito = ReplayedCognito::new([CognitoResponse::synthetic(&cognito_response)]);
        let response = cognito.call(&LOGIN, login, event(&LOGIN, &credentials()));
        let internal = "Login failed: internal error".to_owned();
        assert_eq!(response.error(), (500, internal, "InternalErrorException"), "{cognito_response}");
    }
}

#[test]
fn invalid_request_does_not_call_cognito() {
    let json = "application/json";
    let cases = [
        (json, String::new(), 422, "body: field required"),
        (json, "username=user".to_owned(), 422, "body: must be a JSON object"),
        (json, "[]".to_owned(), 422, "body: must be a JSON object"),
        (
            json,
            r#"{"username": "\ud800", "password": "SecureP@ssw0rd1"}"#.to_owned(),
            422,
            "body: must be a JSON object",
        ),
        (json, r#"{"password": "SecureP@ssw0rd1"}"#.to_owned(), 422, "username: field required"),
        (
            json,
            r#"{"username": null, "password": "SecureP@ssw0rd1"}"#.to_owned(),
            422,
            "username: field required",
        ),
        (
            json,
            r#"{"username": "", "password": "SecureP@ssw0rd1"}"#.to_owned(),
            422,
            "username: field required",
        ),
        (
            json,
            r#"{"username": " %20 ", "password": "SecureP@ssw0rd1"}"#.to_owned(),
            422,
            "username: field required",
        ),
        (
            json,
            r#"{"username": 1, "password": "SecureP@ssw0rd1"}"#.to_owned(),
            422,
            "username: must be a string",
        ),
        (json, r#"{"username": "user@igad.int"}"#.to_owned(), 422, "password: field required"),
        (
            json,
            r#"{"username": "user@igad.int", "password": ""}"#.to_owned(),
            422,
            "password: field required",
        ),
        (
            json,
            r#"{"username": "user@igad.int", "password": ["SecureP@ssw0rd1"]}"#.to_owned(),
            422,
            "password: must be a string",
        ),
        ("", credentials().to_string(), 415, "Content-Type must be application/json"),
        ("text/plain", String::new(), 415, "Content-Type must be application/json"),
        ("", "x".repeat(16 * 1024 + 1), 413, "Request body too large"),
        (json, "x".repeat(16 * 1024), 422, "body: must be a JSON object"),
    ];
    for (content_type, body, status, detail) in cases {
        let cognito = ReplayedCognito::new([]);
        let response =
            cognito.call(&LOGIN, login, event_with(&LOGIN, &[("content-type", content_type)], &body));
        let error_type = match status {
            413 => "RequestEntityTooLargeException",
            415 => "UnsupportedMediaTypeException",
            _ => "ValidationException",
        };
        assert_eq!(response.error(), (status, detail.to_owned(), error_type));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn json_content_type_variants_are_accepted() {
    for declared in
        ["application/json", "Application/JSON; charset=utf-8", "application/json ;charset=\"UTF-8\""]
    {
        let cognito = ReplayedCognito::new([tokens_for(&john())]);
        let event = event_with(&LOGIN, &[("content-type", declared)], &credentials().to_string());
        assert_eq!(cognito.call(&LOGIN, login, event).status(), 200, "{declared}");
    }
}

#[test]
fn legacy_deployment_reveals_users() {
    let unknown = || {
        ReplayedCognito::new([CognitoResponse::documented_error(
            "AdminInitiateAuth",
            "UserNotFoundException",
        )])
    };
    let revealing = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")]);
    let response = unknown().call_with(revealing, &LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(response.error(), (401, "User not found".to_owned(), "UserNotFoundException"));
}

#[test]
fn migration_trigger_does_not_reveal_users() {
    let call = |cognito_response| {
        ReplayedCognito::new([cognito_response]).call(&LOGIN, login, event(&LOGIN, &credentials()))
    };
    let wrong =
        call(CognitoResponse::synthetic_error("NotAuthorizedException", "Incorrect username or password."));
    let errors = [
        // A pool with a migration trigger raises this even with PreventUserExistenceErrors ENABLED.
        CognitoResponse::synthetic_error(
            "UserNotFoundException",
            "Exception migrating user in app client 1example23456789",
        ),
        CognitoResponse::observed(
            "https://github.com/aws-amplify/amplify-flutter/issues/3779",
            "UserLambdaValidationException",
            "UserMigration failed with error Bad password.",
        ),
    ];
    for cognito_response in errors {
        let response = call(cognito_response);
        assert_eq!(response.as_sent(), wrong.as_sent(), "identical responses");
        assert_eq!(response.audit_line()["RefusedCredentials"], 1);
    }
    let rejected = call(CognitoResponse::synthetic_error(
        "UserLambdaValidationException",
        "UserMigration failed with error No.",
    ));
    assert!(rejected.log().contains("\"WARN\""), "the operator is warned: {}", rejected.log());
}

#[test]
fn expired_temporary_password_is_audited() {
    let expired = CognitoResponse::observed(
        "https://github.com/aws-amplify/amplify-js/issues/1182",
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
    let response = ReplayedCognito::new([expired]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(response.error(), (401, "Invalid credentials".to_owned(), "NotAuthorizedException"));
    assert_eq!(response.audit_line()["reason"], "TemporaryPasswordExpired");
}

#[test]
fn disabled_auth_flow_counts_as_failure() {
    let disabled = CognitoResponse::observed(
        "https://github.com/aws-amplify/amplify-js/issues/1145",
        "InvalidParameterException",
        "ADMIN_USER_PASSWORD_AUTH flow not enabled for this client",
    );
    let response = ReplayedCognito::new([disabled]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    let detail = "Authentication error: InvalidParameterException".to_owned();
    assert_eq!(response.error(), (400, detail, "InvalidParameterException"));
    assert_eq!(response.audit_line()["outcome"], "Failures", "an operator must fix the configuration");
}

#[test]
fn trigger_message_is_not_logged() {
    let error = CognitoResponse::synthetic_error(
        "UserLambdaValidationException",
        "PreAuthentication failed with error Jane Doe (+254 700 000000) is not on the list.",
    );
    let response = ReplayedCognito::new([error]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(response.audit_line()["level"], "WARN");
    assert!(response.log().contains("PreAuthentication failed"), "{}", response.log());
    for text in ["Jane", "Doe", "254", "700"] {
        assert!(!response.log().contains(text), "{text}: {}", response.log());
    }
}

#[test]
fn refresh_token_goes_into_the_cookie() {
    let cognito = ReplayedCognito::new([tokens_for(&john())]);
    let mut body = credentials();
    body["cookie"] = true.into();
    let event = from_page(&event(&LOGIN, &body), "https://app.igad.int", &[]);

    let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &LOGIN, login, event);

    assert_eq!((response.status(), &response.body()["access_token"]), (200, &json!("eyJ.access.token")));
    assert_eq!(response.body().get("refresh_token"), None);
    assert_eq!(
        response.set_cookie(),
        Some(
            "__Host-refresh_token=eyJ.refresh.token; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000"
        )
    );
}

#[test]
fn foreign_origin_cannot_have_the_cookie() {
    let mut body = credentials();
    body["cookie"] = true.into();
    let event = from_page(&event(&LOGIN, &body), "https://evil.example", &[]);
    let response = ReplayedCognito::new([]).call_with(configuration(&COOKIE_VARIABLES), &LOGIN, login, event);
    assert_eq!(response.error(), (403, "Origin not allowed".to_owned(), "OriginNotAllowed"));
}

#[test]
fn cookie_that_is_not_enabled_returns_422() {
    let mut body = credentials();
    body["cookie"] = true.into();
    let response = ReplayedCognito::new([]).call(&LOGIN, login, event(&LOGIN, &body));
    assert_eq!(response.error(), (422, "cookie: not enabled".to_owned(), "ValidationException"));
}

#[test]
fn without_the_field_the_body_has_the_token() {
    for body in [
        credentials(),
        json!({ "username": "user@igad.int", "password": "SecureP@ssw0rd1", "cookie": false }),
    ] {
        let event = from_page(&event(&LOGIN, &body), "https://evil.example", &[]);
        let cognito = ReplayedCognito::new([tokens_for(&john())]);
        let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &LOGIN, login, event);
        assert_eq!(response.body()["refresh_token"], "eyJ.refresh.token");
        assert_eq!(response.set_cookie(), None);
    }
}
