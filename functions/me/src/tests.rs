use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, SigningKey, access_token, access_token_claims,
    configuration, contract_errors, event_with,
};

use super::{ME, me};

test_support::route_contract!(bearer(&ME, me, [json!({})]));

fn signed_in(token: &str) -> String {
    event_with(&ME, &[("authorization", &format!("Bearer {token}"))], "")
}

fn user(attributes: &[(&str, &str)]) -> CognitoResponse {
    let attributes: Vec<Value> =
        attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    CognitoResponse::documented(
        "GetUser",
        &json!({ "Username": "b7d8f6e4-0001", "UserAttributes": attributes }),
    )
}

#[test]
fn profile_is_returned_in_one_call() {
    let john = user(&[("sub", "b7d8f6e4-0001"), ("email", "user@igad.int"), ("name", "John Doe")]);
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), john]);
    let token = access_token();

    let response = cognito.call(&ME, me, signed_in(&token));

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "user_id": "b7d8f6e4-0001",
            "email": "user@igad.int",
            "username": "b7d8f6e4-0001",
            "role": "admin",
            "name": "John Doe",
            "is_admin": true,
            "email_verified": false,
            "attributes": { "name": "John Doe" }
        })
    );
    let key_set = "GET https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI/.well-known/jwks.json";
    assert_eq!(
        cognito.requests(),
        [
            RecordedRequest { operation: key_set.to_owned(), body: Value::Null, signed: false },
            RecordedRequest {
                operation: "GetUser".to_owned(),
                body: json!({ "AccessToken": token }),
                signed: false
            },
        ]
    );
}

#[test]
fn editable_attributes_are_returned() {
    let attributes = [
        ("sub", "b7d8f6e4-0001"),
        ("email", "user@igad.int"),
        ("email_verified", "true"),
        ("locale", "en-GB"),
        ("nickname", ""),
        ("phone_number", "+254700000000"),
        ("preferred_username", "john"),
        ("updated_at", "1"),
        ("custom:department", "Water"),
        ("custom:role", "admin"),
    ];
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), user(&attributes)]);
    let configuration = configuration(&[("EDITABLE_ATTRIBUTES", "custom:title, custom:department")]);
    let body = cognito.call_with(configuration, &ME, me, signed_in(&access_token())).body();
    assert_eq!(body["email_verified"], true);
    assert_eq!(body["attributes"], json!({ "locale": "en-GB", "custom:department": "Water" }));
}

#[test]
fn federated_email_does_not_make_admin() {
    let mut claims = access_token_claims();
    claims["cognito:groups"] = json!([]);
    let token = SigningKey::of_the_pool().sign(&claims);
    let listed = [("sub", "1"), ("email", "head@igad.int"), ("email_verified", "true")];
    for (identities, is_admin) in [(None, true), (Some(("identities", r#"[{"userId":"1"}]"#)), false)] {
        let attributes: Vec<_> = listed.into_iter().chain(identities).collect();
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), user(&attributes)]);
        assert_eq!(cognito.call(&ME, me, signed_in(&token)).body()["is_admin"], is_admin);
    }
}

#[test]
fn groups_come_from_the_token() {
    let mut claims = access_token_claims();
    claims["cognito:groups"] = json!(["readers"]);
    let token = SigningKey::of_the_pool().sign(&claims);

    let response = ReplayedCognito::new([CognitoResponse::key_set(), user(&[("sub", "1")])]).call(
        &ME,
        me,
        signed_in(&token),
    );

    assert_eq!(
        response.body(),
        json!({
            "user_id": "1", "email": "b7d8f6e4-0001", "username": "b7d8f6e4-0001",
            "role": "user", "name": "IGAD User", "is_admin": false,
            "email_verified": false
        })
    );
}

#[test]
fn missing_token_returns_401() {
    let headers: [&[(&str, &str)]; 5] = [
        &[],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer  ")],
        &[("authorization", "Basic dXNlcjpwYXNz")],
    ];
    for headers in headers {
        let cognito = ReplayedCognito::new([]);
        let response = cognito.call(&ME, me, event_with(&ME, headers, ""));
        assert_eq!(response.error(), (401, "Not authenticated".to_owned(), "NotAuthorizedException"));
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn revoked_token_returns_401() {
    for exception in ["NotAuthorizedException", "UserNotFoundException"] {
        let error = CognitoResponse::documented_error("GetUser", exception);
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), error]);
        let response = cognito.call(&ME, me, signed_in(&access_token()));
        assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
        assert_eq!(response.header("www-authenticate"), Some(r#"Bearer error="invalid_token""#));
    }
}

#[test]
fn exceptions_match_the_contract() {
    let mappings =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    for expected in contract_errors("GetUser", ["Authentication error", "Authentication failed"], &mappings) {
        // Twice, because some calls are retried.
        let cognito = ReplayedCognito::new([
            CognitoResponse::key_set(),
            expected.cognito_response.clone(),
            expected.cognito_response.clone(),
        ]);
        let response = cognito.call(&ME, me, signed_in(&access_token()));
        expected.assert_response(&response);
    }
}

#[test]
fn busy_cognito_is_retried_once() {
    for (exception, status) in [("TooManyRequestsException", 429), ("InternalErrorException", 500)] {
        let busy = || CognitoResponse::documented_error("GetUser", exception);
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), busy(), user(&[("sub", "1")])]);
        assert_eq!(cognito.call(&ME, me, signed_in(&access_token())).status(), 200);

        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), busy(), busy()]);
        let response = cognito.call(&ME, me, signed_in(&access_token()));
        assert_eq!(response.error(), (status, format!("Authentication error: {exception}"), exception));
        assert_eq!(cognito.requests().len(), 3, "one retry");
    }
}

#[test]
fn missing_key_set_returns_503() {
    let unavailable = || {
        let detail = "Authentication failed: identity provider unavailable".to_owned();
        (503, detail, "ServiceUnavailableException")
    };
    let cognito_responses = [
        CognitoResponse::raw(500, "<html></html>"),
        CognitoResponse::raw(200, "<html></html>"),
        CognitoResponse::raw(200, &"x".repeat(100_000)),
    ];
    for cognito_response in cognito_responses {
        let cognito = ReplayedCognito::new([cognito_response]);
        assert_eq!(cognito.call(&ME, me, signed_in(&access_token())).error(), unavailable());
        assert_eq!(cognito.requests().len(), 1, "Cognito does not get an unverified token");
    }
}

#[test]
fn missing_user_id_returns_500() {
    let response = ReplayedCognito::new([CognitoResponse::key_set(), user(&[])]).call(
        &ME,
        me,
        signed_in(&access_token()),
    );
    assert_eq!(
        response.error(),
        (500, "Authentication failed: internal error".to_owned(), "InternalErrorException")
    );
}
