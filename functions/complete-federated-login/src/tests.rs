use serde_json::{Value, json};
use test_support::{
    COOKIE_VARIABLES, CognitoResponse, FEDERATION_VARIABLES, RecordedRequest, ReplayedCognito, TestResponse,
    configuration, event, from_page,
};

use super::{COMPLETE_FEDERATED_LOGIN as ROUTE, complete_federated_login};

test_support::route_contract!(public(&ROUTE, complete_federated_login, [request()]));

fn request() -> Value {
    json!({
        "code": "5d1f2c7a-8f4b-4a54-9d0e-3b1c2a6f7e90",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "redirect_uri": "https://app.igad.int/signed-in"
    })
}

/// Claims of a federated user whose address is on the list of administrators and counts as verified.
fn claims() -> Value {
    json!({
        "sub": "b7d8f6e4-0003",
        "email": "head@igad.int",
        "email_verified": true,
        "name": "John Doe",
        "cognito:username": "google_1234567890",
        "identities": [{ "providerName": "Google", "userId": "1234567890" }]
    })
}

fn call_with(more: &[(&str, &str)], cognito: &ReplayedCognito, body: &Value) -> TestResponse {
    let mut variables = more.to_vec();
    variables.extend(FEDERATION_VARIABLES);
    cognito.call_with(configuration(&variables), &ROUTE, complete_federated_login, event(&ROUTE, body))
}

fn call(response: CognitoResponse) -> TestResponse {
    let cognito = ReplayedCognito::new([response]);
    let response = call_with(&[], &cognito, &request());
    assert_eq!(cognito.requests().len(), 1, "a code is exchanged once");
    response
}

/// User in the response to tokens with `claims`.
fn user(claims: &Value) -> Value {
    call(CognitoResponse::federated_tokens(claims)).body()["user"].clone()
}

/// Error of the token endpoint:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>.
fn token_error(error: &str) -> CognitoResponse {
    CognitoResponse::raw(400, &json!({ "error": error }).to_string())
}

#[test]
fn code_is_exchanged_for_tokens() {
    let cognito = ReplayedCognito::new([CognitoResponse::federated_tokens(&claims())]);

    let response = call_with(&[], &cognito, &request());

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "access_token": "eyJ.access.token",
            "refresh_token": "eyJ.refresh.token",
            "token_type": "bearer",
            "user": {
                "user_id": "b7d8f6e4-0003",
                "email": "head@igad.int",
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
            operation: "POST https://sign-in.auth.eu-west-1.amazoncognito.com/oauth2/token".to_owned(),
            body: "grant_type=authorization_code&client_id=1example23456789\
                &code=5d1f2c7a-8f4b-4a54-9d0e-3b1c2a6f7e90&redirect_uri=https%3A%2F%2Fapp.igad.int%2Fsigned-in\
                &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
                .into(),
            signed: false,
        }]
    );
    let line = response.audit_line();
    assert_eq!((&line["outcome"], &line["sub"]), (&json!("Succeeded"), &json!("b7d8f6e4-0003")));
}

#[test]
fn code_is_sent_unchanged() {
    let code = " 123-456\u{200b}&client_id=other+\u{ff11} ";
    let mut body = request();
    body["code"] = code.into();
    let cognito = ReplayedCognito::new([CognitoResponse::federated_tokens(&claims())]);
    assert_eq!(call_with(&[], &cognito, &body).status(), 200);
    let sent = cognito.requests()[0].body.clone();
    let expected = "&code=%20123-456%E2%80%8B%26client_id%3Dother%2B%EF%BC%91%20&";
    assert!(sent.as_str().is_some_and(|form| form.contains(expected)), "{sent}");
}

#[test]
fn federated_address_makes_no_administrator() {
    let mut without_identities = claims();
    without_identities["identities"].take();
    for claims in [claims(), without_identities] {
        assert_eq!(user(&claims)["is_admin"], false, "{claims}");
        let mut in_group = claims;
        in_group["cognito:groups"] = json!(["admin"]);
        assert_eq!((&user(&in_group)["is_admin"], &user(&in_group)["role"]), (&json!(true), &json!("admin")));
    }
}

#[test]
fn user_without_email_has_the_username() {
    let claims = json!({ "sub": "b7d8f6e4-0003", "cognito:username": "google_1234567890" });
    let user = user(&claims);
    assert_eq!((&user["email"], &user["name"]), (&json!("google_1234567890"), &json!("IGAD User")));
}

#[test]
fn rejected_code_returns_401_and_logs_the_cause() {
    for error in ["invalid_grant", "invalid_request", "unauthorized_client"] {
        let response = call(token_error(error));
        let invalid = (401, "Invalid authorization code".to_owned(), "NotAuthorizedException");
        assert_eq!(response.error(), invalid, "{error}");
        let line = response.audit_line();
        assert_eq!((&line["outcome"], &line["RefusedCredentials"]), (&json!("Refused"), &json!(1)));
        let warning = response.log().lines().next().expect("a line");
        assert!(warning.contains(r#""level":"WARN""#) && warning.contains(error), "{warning}");
    }
}

#[test]
fn misconfiguration_counts_as_failure() {
    for error in ["invalid_client", "invalid_scope", "unsupported_grant_type", "canary-of-the-provider"] {
        for status in [400, 401] {
            let body = json!({ "error": error, "error_description": "canary-of-the-provider" }).to_string();
            let response = call(CognitoResponse::raw(status, &body));
            let internal = (500, "Login failed: internal error".to_owned(), "InternalErrorException");
            assert_eq!(response.error(), internal, "{error}");
            assert_eq!(response.audit_line()["outcome"], "Failures");
            let line = response.log().lines().next().expect("a line");
            let cause = if error.starts_with("canary") { "unknown error" } else { error };
            assert!(line.contains(r#""level":"ERROR""#) && line.contains(cause), "{line}");
            assert!(!response.log().contains("canary-of-the-provider"));
        }
    }
}

#[test]
fn rejection_by_a_trigger_returns_403() {
    let body = json!({
        "error": "invalid_grant",
        "error_description": "PreTokenGeneration failed with error canary-of-the-trigger."
    });
    let response = call(CognitoResponse::raw(400, &body.to_string()));
    let detail = "Authentication error: UserLambdaValidationException".to_owned();
    assert_eq!(response.error(), (403, detail, "UserLambdaValidationException"));
    assert_eq!(response.audit_line()["outcome"], "UpstreamRefusals");
    assert!(!response.log().contains("canary-of-the-trigger"));
}

#[test]
fn limit_and_web_acl_keep_their_common_responses() {
    let rejections = [
        (429, r#"{"error": "invalid_grant"}"#, "TooManyRequestsException", "Refused"),
        (429, "<html></html>", "TooManyRequestsException", "Refused"),
        (403, "<html></html>", "ForbiddenException", "UpstreamRefusals"),
        (403, r#"{"message": "Forbidden"}"#, "ForbiddenException", "UpstreamRefusals"),
    ];
    for (status, body, error_type, outcome) in rejections {
        let response = call(CognitoResponse::raw(status, body));
        assert_eq!(response.error(), (status, format!("Authentication error: {error_type}"), error_type));
        assert_eq!(response.audit_line()["outcome"], outcome);
    }
}

#[test]
fn unusable_response_returns_503() {
    let unusable = [
        (200, "<html>Welcome</html>"),
        (200, ""),
        (200, "[]"),
        (200, r#"{"access_token": 1}"#),
        (302, ""),
        (400, "<html>Bad request</html>"),
        (400, r#"{"error": {"code": "invalid_grant"}}"#),
        (404, ""),
        (500, r#"{"error": "invalid_grant"}"#),
        (502, "<html>Sorry</html>"),
        (503, ""),
    ];
    for (status, body) in unusable {
        let response = call(CognitoResponse::raw(status, body));
        let detail = "Login failed: identity provider unavailable".to_owned();
        assert_eq!(response.error(), (503, detail, "ServiceUnavailableException"), "{status} {body}");
        assert_eq!(response.audit_line()["outcome"], "UpstreamFailures");
    }
}

#[test]
fn incomplete_response_returns_500() {
    let incomplete = [
        json!({}),
        json!({ "id_token": "eyJ.id.token" }),
        json!({ "access_token": "eyJ.access.token" }),
        json!({ "access_token": "eyJ.access.token", "id_token": "not-a-token" }),
    ];
    for body in incomplete {
        let response = call(CognitoResponse::synthetic(&body));
        let internal = (500, "Login failed: internal error".to_owned(), "InternalErrorException");
        assert_eq!(response.error(), internal, "{body}");
    }
}

#[test]
fn invalid_field_returns_422_without_a_call() {
    let verifier = "must be 43 to 128 unreserved characters";
    let not_allowed = "not allowed";
    let cases: [(&str, Value, &str); 15] = [
        ("code", Value::Null, "field required"),
        ("code", "".into(), "field required"),
        ("code", 123_456.into(), "must be a string"),
        ("code", "c".repeat(2049).into(), "must have at most 2048 characters"),
        ("code_verifier", Value::Null, "field required"),
        ("code_verifier", json!([]), "must be a string"),
        ("code_verifier", "v".repeat(42).into(), verifier),
        ("code_verifier", "v".repeat(129).into(), verifier),
        ("code_verifier", format!("{}=", "v".repeat(43)).into(), verifier),
        ("code_verifier", format!("{}\u{e4}", "v".repeat(43)).into(), verifier),
        ("redirect_uri", Value::Null, "field required"),
        ("redirect_uri", 1.into(), "must be a string"),
        ("redirect_uri", "https://app.igad.int/signed-in/".into(), not_allowed),
        ("redirect_uri", "https://app.igad.int/".into(), not_allowed),
        ("cookie", 1.into(), "must be true or false"),
    ];
    for (field, value, problem) in cases {
        let mut body = request();
        body[field] = value;
        let cognito = ReplayedCognito::new([]);
        let response = call_with(&[], &cognito, &body);
        assert_eq!(response.error(), (422, format!("{field}: {problem}"), "ValidationException"));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn longest_values_are_accepted() {
    let mut body = request();
    body["code"] = "\u{fc}".repeat(2048).into();
    body["code_verifier"] = format!("{}-._~", "v".repeat(124)).into();
    let cognito = ReplayedCognito::new([CognitoResponse::federated_tokens(&claims())]);
    assert_eq!(call_with(&[], &cognito, &body).status(), 200);
}

#[test]
fn without_federation_no_redirect_uri_is_allowed() {
    let cognito = ReplayedCognito::new([]);
    let response = cognito.call(&ROUTE, complete_federated_login, event(&ROUTE, &request()));
    assert_eq!(response.error(), (422, "redirect_uri: not allowed".to_owned(), "ValidationException"));
    assert_eq!(cognito.requests(), []);
}

#[test]
fn refresh_token_goes_into_the_cookie() {
    let mut body = request();
    body["cookie"] = true.into();
    let cognito = ReplayedCognito::new([CognitoResponse::federated_tokens(&claims())]);
    let variables: Vec<_> = FEDERATION_VARIABLES.into_iter().chain(COOKIE_VARIABLES).collect();
    let event = from_page(&event(&ROUTE, &body), "https://app.igad.int", &[]);

    let response =
        cognito.call_with(configuration(&variables), &ROUTE, complete_federated_login, event.clone());

    assert_eq!((response.status(), response.body().get("refresh_token")), (200, None));
    let cookie =
        "__Host-refresh_token=eyJ.refresh.token; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000";
    assert_eq!(response.set_cookie(), Some(cookie));

    let foreign = from_page(&event, "https://foreign.example", &[]);
    let cognito = ReplayedCognito::new([]);
    let response = cognito.call_with(configuration(&variables), &ROUTE, complete_federated_login, foreign);
    assert_eq!(response.error(), (403, "Origin not allowed".to_owned(), "OriginNotAllowed"));
    assert_eq!(cognito.requests(), [], "the code is still valid");
}
