use serde_json::{Value, json};
use test_support::{
    RecordedRequest, ReplayedCognito, Reply, configuration, contract_errors, event, event_with,
    unsigned_token,
};

use super::{LOGIN, login};

test_support::route_contract!(public(&LOGIN, login, [credentials()]));

fn credentials() -> Value {
    json!({ "username": "user@igad.int", "password": "SecureP@ssw0rd1" })
}

fn tokens_for(claims: &Value) -> Reply {
    Reply::tokens("AdminInitiateAuth", claims)
}

fn john() -> Value {
    json!({ "sub": "b7d8f6e4-0001", "email": "user@igad.int", "name": "John Doe", "token_use": "id" })
}

/// What Cognito says of too many wrong passwords.
fn locked_out() -> Reply {
    Reply::observed(
        "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/506",
        "NotAuthorizedException",
        "Password attempts exceeded",
    )
}

/// What Cognito is asked, as far as it does not depend on the test.
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
    let cognito = ReplayedCognito::answering([tokens_for(&john())]);

    let answer = cognito.call(&LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
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
    let answer = Reply::documented(
        "AdminInitiateAuth",
        &json!({
            "AuthenticationResult": {
                "AccessToken": "access", "ExpiresIn": 300, "IdToken": unsigned_token(&john()), "TokenType": "Bearer"
            }
        }),
    );

    let answer = ReplayedCognito::answering([answer]).call(&LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(answer.body()["expires_in"], 300);
    assert_eq!(answer.body().get("refresh_token"), None, "a field without a value is left out");
}

#[test]
fn group_or_listed_email_makes_admin() {
    let administrators = [
        json!({ "sub": "1", "email": "user@igad.int", "cognito:groups": ["readers", "admin"] }),
        json!({ "sub": "2", "email": "head@igad.int", "email_verified": true }),
        json!({ "sub": "3", "email": "CHIEF@igad.int", "email_verified": "true", "cognito:groups": ["readers"] }),
    ];
    for claims in administrators {
        let cognito = ReplayedCognito::answering([tokens_for(&claims)]);
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
        let cognito = ReplayedCognito::answering([tokens_for(&claims)]);
        let user = cognito.call(&LOGIN, login, event(&LOGIN, &sent)).body()["user"].clone();
        assert_eq!((&user["role"], &user["is_admin"]), (&json!("user"), &json!(false)), "{claims}");
        assert_eq!(user["email"], "head@igad.int", "it is shown all the same");
    }
}

#[test]
fn audit_line_has_the_user_id() {
    let answer =
        ReplayedCognito::answering([tokens_for(&john())]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(answer.audit_line()["sub"], "b7d8f6e4-0001");
}

#[test]
fn missing_claims_get_defaults() {
    let cognito = ReplayedCognito::answering([tokens_for(&json!({ "sub": "1" }))]);
    let configuration = configuration(&[("DEFAULT_USER_NAME", "Somebody")]);

    let answer = cognito.call_with(configuration, &LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(answer.body()["user"]["email"], "user@igad.int");
    assert_eq!(answer.body()["user"]["name"], "Somebody");
}

#[test]
fn username_is_normalized_password_is_not() {
    let cognito = ReplayedCognito::answering([tokens_for(&john())]);
    let body = json!({ "username": " user%40igad.int ", "password": " p%41ss wörd\t" });

    cognito.call(&LOGIN, login, event(&LOGIN, &body));

    let parameters = json!({ "USERNAME": "user@igad.int", "PASSWORD": " p%41ss wörd\t" });
    assert_eq!(cognito.requests()[0].body["AuthParameters"], parameters);
}

#[test]
fn client_secret_adds_secret_hash() {
    let cognito = ReplayedCognito::answering([tokens_for(&john())]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &LOGIN, login, event(&LOGIN, &credentials()));

    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    let secret_hash = "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=";
    assert_eq!(cognito.requests()[0].body["AuthParameters"]["SECRET_HASH"], secret_hash);
}

#[test]
fn credential_headers_are_not_forwarded() {
    let cognito = ReplayedCognito::answering([tokens_for(&john())]);
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
    let challenge = Reply::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": "AYABeE",
            "ChallengeParameters": { "requiredAttributes": "[]", "userAttributes": "{}" }
        }),
    );
    let body = json!({ "username": "new@igad.int", "password": "TempP@ssw0rd1" });

    let answer = ReplayedCognito::answering([challenge]).call(&LOGIN, login, event(&LOGIN, &body));

    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
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
    let challenge = Reply::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": "AYABeE",
            "ChallengeParameters": { "USER_ID_FOR_SRP": "b7d8f6e4-0001", "FRIENDLY_DEVICE_NAME": "My phone" }
        }),
    );
    let answer = ReplayedCognito::answering([challenge]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
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
    let line = answer.audit_line();
    assert_eq!((&line["outcome"], &line["challenge"]), (&json!("Challenged"), &json!("SOFTWARE_TOKEN_MFA")));
}

#[test]
fn challenge_lists_required_attributes() {
    let rows = [
        (json!(r#"["userAttributes.name","userAttributes.given_name"]"#), json!(["name", "given_name"])),
        (json!("[]"), Value::Null),
        (json!("no list"), Value::Null),
        (json!(r#"["userAttributes.<script>", "other"]"#), Value::Null),
    ];
    for (required, told) in rows {
        let challenge = Reply::documented(
            "AdminInitiateAuth",
            &json!({
                "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "Session": "AYABeE",
                "ChallengeParameters": { "requiredAttributes": required, "userAttributes": "{}" }
            }),
        );
        let answer =
            ReplayedCognito::answering([challenge]).call(&LOGIN, login, event(&LOGIN, &credentials()));
        assert_eq!((answer.status(), &answer.body()["required_attributes"]), (200, &told));
    }
}

#[test]
fn challenge_has_the_srp_user_id() {
    let challenge = Reply::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": "AYABeE",
            "ChallengeParameters": { "USER_ID_FOR_SRP": "b7d8f6e4-0002" }
        }),
    );

    let answer = ReplayedCognito::answering([challenge]).call(&LOGIN, login, event(&LOGIN, &credentials()));

    assert_eq!(answer.body()["username"], "b7d8f6e4-0002");
    assert_eq!(answer.body()["user"]["email"], "user@igad.int");
}

#[test]
fn unsupported_challenge_returns_403() {
    // Those in the API reference of AdminInitiateAuth for which a client must compute or an application be
    // written, and one that is not there yet.
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
        let reply = Reply::synthetic(&json!({ "ChallengeName": challenge, "Session": "AYABeE" }));
        let answer = ReplayedCognito::answering([reply]).call(&LOGIN, login, event(&LOGIN, &credentials()));
        let detail = format!("Authentication error: challenge {challenge} is not supported");
        assert_eq!(answer.error(), (403, detail, "UnsupportedChallengeException"));
        assert_eq!(answer.audit_line()["outcome"], "Refused", "no fault of the server");
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let rows = [
        ("NotAuthorizedException", 401, "Invalid credentials"),
        // In the contract, if not in the documentation.
        ("LimitExceededException", 429, "Authentication error: LimitExceededException"),
    ];
    for expected in contract_errors("AdminInitiateAuth", ["Authentication error", "Login failed"], &rows) {
        let cognito = ReplayedCognito::answering([expected.reply.clone()]);
        let answer = cognito.call(&LOGIN, login, event(&LOGIN, &credentials()));
        expected.assert_answered(&answer);
        assert_eq!(cognito.requests().len(), 1, "{} must not be tried again", expected.exception);
    }
}

#[test]
fn login_does_not_reveal_users() {
    // What Cognito says to an app client with PreventUserExistenceErrors ENABLED.
    let said = [
        Reply::observed(
            "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/506",
            "NotAuthorizedException",
            "Incorrect username or password.",
        ),
        Reply::observed(
            "https://github.com/localstack/localstack/issues/8454",
            "NotAuthorizedException",
            "User is disabled.",
        ),
        locked_out(),
    ];
    let answers = said.map(|reply| {
        let cognito = ReplayedCognito::answering([reply]);
        cognito.call(&LOGIN, login, event(&LOGIN, &credentials())).as_sent()
    });
    assert_eq!(answers[0]["body"], r#"{"detail":"Invalid credentials"}"#);
    assert_eq!([&answers[0]; 3], [&answers[0], &answers[1], &answers[2]]);
}

#[test]
fn lockout_is_logged_as_a_warning() {
    let answer =
        ReplayedCognito::answering([locked_out()]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    let line = answer.audit_line();
    assert_eq!((&line["level"], &line["reason"]), (&json!("WARN"), &json!("PasswordAttemptsExceeded")));
}

#[test]
fn unreadable_response_returns_503() {
    let answers = [
        Reply::raw(503, "<html>Service Unavailable</html>"),
        Reply::raw(500, ""),
        Reply::raw(400, r#"{"message": "no type"}"#),
        Reply::raw(400, r#"{"__type": "not a <name>", "message": "unreadable type"}"#),
        Reply::raw(200, "<html>Welcome</html>"),
        Reply::raw(200, r#"{"AuthenticationResult": {"AccessTok"#),
    ];
    for reply in answers {
        let label = format!("{reply:?}");
        let answer = ReplayedCognito::answering([reply]).call(&LOGIN, login, event(&LOGIN, &credentials()));
        let unavailable = "Login failed: identity provider unavailable".to_owned();
        assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"), "{label}");
    }
}

#[test]
fn missing_tokens_return_500() {
    let token = unsigned_token(&john());
    let answers = [
        json!({}),
        json!({ "AuthenticationResult": {} }),
        json!({ "AuthenticationResult": { "AccessToken": "access", "ExpiresIn": 3600 } }),
        json!({ "AuthenticationResult": { "IdToken": token, "ExpiresIn": 3600 } }),
        json!({ "AuthenticationResult": { "AccessToken": "access", "IdToken": "no token" } }),
        json!({ "AuthenticationResult": { "AccessToken": "access", "IdToken": unsigned_token(&json!({})) } }),
        json!({ "ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeParameters": {} }),
        json!({ "ChallengeName": "<script>", "Session": "AYABeE" }),
    ];
    for reply in answers {
        let cognito = ReplayedCognito::answering([Reply::synthetic(&reply)]);
        let answer = cognito.call(&LOGIN, login, event(&LOGIN, &credentials()));
        let internal = "Login failed: internal error".to_owned();
        assert_eq!(answer.error(), (500, internal, "InternalErrorException"), "{reply}");
    }
}

#[test]
fn invalid_request_does_not_call_cognito() {
    let json = "application/json";
    let rows = [
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
    for (content_type, body, status, detail) in rows {
        let cognito = ReplayedCognito::answering([]);
        let answer =
            cognito.call(&LOGIN, login, event_with(&LOGIN, &[("content-type", content_type)], &body));
        let error_type = match status {
            413 => "RequestEntityTooLargeException",
            415 => "UnsupportedMediaTypeException",
            _ => "ValidationException",
        };
        assert_eq!(answer.error(), (status, detail.to_owned(), error_type));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn json_content_type_variants_are_accepted() {
    for declared in
        ["application/json", "Application/JSON; charset=utf-8", "application/json ;charset=\"UTF-8\""]
    {
        let cognito = ReplayedCognito::answering([tokens_for(&john())]);
        let event = event_with(&LOGIN, &[("content-type", declared)], &credentials().to_string());
        assert_eq!(cognito.call(&LOGIN, login, event).status(), 200, "{declared}");
    }
}

#[test]
fn legacy_deployment_reveals_users() {
    let unknown =
        || ReplayedCognito::answering([Reply::refusal("AdminInitiateAuth", "UserNotFoundException")]);
    let revealing = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")]);
    let answer = unknown().call_with(revealing, &LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(answer.error(), (401, "User not found".to_owned(), "UserNotFoundException"));
}

#[test]
fn migration_trigger_does_not_reveal_users() {
    let call = |reply| ReplayedCognito::answering([reply]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    let wrong = call(Reply::synthetic_error("NotAuthorizedException", "Incorrect username or password."));
    let refusals = [
        // A pool with a migration trigger raises it although users are hidden.
        Reply::synthetic_error(
            "UserNotFoundException",
            "Exception migrating user in app client 1example23456789",
        ),
        Reply::observed(
            "https://github.com/aws-amplify/amplify-flutter/issues/3779",
            "UserLambdaValidationException",
            "UserMigration failed with error Bad password.",
        ),
    ];
    for reply in refusals {
        let answer = call(reply);
        assert_eq!(answer.as_sent(), wrong.as_sent(), "byte for byte");
        assert_eq!(answer.audit_line()["RefusedCredentials"], 1);
    }
    let rejected =
        call(Reply::synthetic_error("UserLambdaValidationException", "UserMigration failed with error No."));
    assert!(rejected.log().contains("\"WARN\""), "the operator sees it: {}", rejected.log());
}

#[test]
fn expired_temporary_password_is_audited() {
    let expired = Reply::observed(
        "https://github.com/aws-amplify/amplify-js/issues/1182",
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
    let answer = ReplayedCognito::answering([expired]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(answer.error(), (401, "Invalid credentials".to_owned(), "NotAuthorizedException"));
    assert_eq!(answer.audit_line()["reason"], "TemporaryPasswordExpired");
}

#[test]
fn disabled_auth_flow_counts_as_failure() {
    let disabled = Reply::observed(
        "https://github.com/aws-amplify/amplify-js/issues/1145",
        "InvalidParameterException",
        "ADMIN_USER_PASSWORD_AUTH flow not enabled for this client",
    );
    let answer = ReplayedCognito::answering([disabled]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    let detail = "Authentication error: InvalidParameterException".to_owned();
    assert_eq!(answer.error(), (400, detail, "InvalidParameterException"));
    assert_eq!(answer.audit_line()["outcome"], "Failures", "only the operator can correct that");
}

#[test]
fn trigger_message_is_not_logged() {
    let refusal = Reply::synthetic_error(
        "UserLambdaValidationException",
        "PreAuthentication failed with error Jane Doe (+254 700 000000) is not on the list.",
    );
    let answer = ReplayedCognito::answering([refusal]).call(&LOGIN, login, event(&LOGIN, &credentials()));
    assert_eq!(answer.audit_line()["level"], "WARN");
    assert!(answer.log().contains("PreAuthentication failed"), "{}", answer.log());
    for text in ["Jane", "Doe", "254", "700"] {
        assert!(!answer.log().contains(text), "{text}: {}", answer.log());
    }
}
