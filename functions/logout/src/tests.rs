use serde_json::{Value, json};
use test_support::{
    COOKIE_VARIABLES, CognitoResponse, FEDERATION_VARIABLES, RecordedRequest, ReplayedCognito, SigningKey,
    TestResponse, access_token, access_token_claims, configuration, documented_exceptions, event, event_with,
    from_page, signed_in, unsigned_token,
};

use super::{LOGOUT, logout};

test_support::route_contract!(
    public(&LOGOUT, logout, [json!({ "refresh_token": "eyJ.refresh.token", "everywhere": true })])
        .never_failing()
);

/// Error for a revoked access token.
fn revoked() -> CognitoResponse {
    CognitoResponse::observed(
        "https://github.com/aws-amplify/amplify-js/issues/3540",
        "NotAuthorizedException",
        "Access Token has been revoked",
    )
}

fn assert_logged_out(response: &TestResponse) {
    assert_eq!((response.status(), response.body()), (200, json!({ "message": "Logged out successfully" })));
}

fn operations(cognito: &ReplayedCognito) -> Vec<String> {
    cognito
        .requests()
        .into_iter()
        .map(|request| request.operation)
        .filter(|operation| !operation.contains(' '))
        .collect()
}

#[test]
fn refresh_token_is_revoked() {
    let cognito = ReplayedCognito::new([CognitoResponse::documented("RevokeToken", &json!({}))]);

    let response =
        cognito.call(&LOGOUT, logout, event(&LOGOUT, &json!({ "refresh_token": "eyJ.refresh.token" })));

    assert_logged_out(&response);
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "RevokeToken".to_owned(),
            body: json!({ "ClientId": "1example23456789", "Token": "eyJ.refresh.token" }),
            signed: false,
        }]
    );
}

#[test]
fn client_secret_is_sent() {
    let cognito = ReplayedCognito::new([CognitoResponse::documented("RevokeToken", &json!({}))]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);

    cognito.call_with(configuration, &LOGOUT, logout, event(&LOGOUT, &json!({ "refresh_token": "token" })));

    assert_eq!(cognito.requests()[0].body["ClientSecret"], "client-secret");
}

#[test]
fn everywhere_calls_global_sign_out() {
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("RevokeToken", &json!({})),
    ]);
    let token = access_token();

    let response = cognito.call(&LOGOUT, logout, signed_in(&LOGOUT, &token, &json!({ "everywhere": true })));

    assert_logged_out(&response);
    assert_eq!(operations(&cognito), ["GlobalSignOut"]);
    assert_eq!(
        (&cognito.requests()[1].body, cognito.requests()[1].signed),
        (&json!({ "AccessToken": token }), false)
    );
}

#[test]
fn global_sign_out_runs_before_revoke() {
    let done = || CognitoResponse::documented("RevokeToken", &json!({}));
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), done(), done()]);
    let body = json!({ "refresh_token": "eyJ.refresh.token", "everywhere": true });

    let response = cognito.call(&LOGOUT, logout, signed_in(&LOGOUT, &access_token(), &body));

    assert_logged_out(&response);
    assert_eq!(operations(&cognito), ["GlobalSignOut", "RevokeToken"]);
    let line = response.audit_line();
    assert_eq!((&line["outcome"], &line["sub"]), (&json!("Succeeded"), &json!("b7d8f6e4-0001")));
}

#[test]
fn failed_revocation_is_audited() {
    let silent = || CognitoResponse::raw(503, "<html></html>");
    let everywhere = json!({ "everywhere": true });
    let cases = [
        (
            vec![CognitoResponse::key_set(), revoked()],
            signed_in(&LOGOUT, &access_token(), &everywhere),
            "Refused",
            "RevokedToken",
        ),
        (
            vec![CognitoResponse::key_set()],
            signed_in(&LOGOUT, "no-token", &everywhere),
            "Refused",
            "ForgedToken",
        ),
        (vec![], event(&LOGOUT, &everywhere), "Refused", "NoToken"),
        (
            vec![silent(), silent(), silent()],
            signed_in(
                &LOGOUT,
                "no-token",
                &json!({ "refresh_token": "eyJ.refresh.token", "everywhere": true }),
            ),
            "UpstreamFailures",
            "Unavailable",
        ),
    ];
    for (cognito_responses, event, outcome, reason) in cases {
        let response = ReplayedCognito::new(cognito_responses).call(&LOGOUT, logout, event);
        assert_logged_out(&response);
        let line = response.audit_line();
        assert_eq!((&line["outcome"], &line["reason"]), (&json!(outcome), &json!(reason)));
        let suppressed = response
            .log()
            .lines()
            .find(|line| line.contains("suppressed"))
            .expect("a line about the suppressed error");
        let suppressed: Value = serde_json::from_str(suppressed).unwrap();
        assert_eq!(suppressed["request_id"], line["request_id"], "the same request");
    }
}

/// Response to a refresh, with the new refresh token if tokens are rotated.
fn refreshed(refresh_token: Option<&str>) -> CognitoResponse {
    let mut result = json!({
        "AccessToken": "the-fresh-access-token",
        "ExpiresIn": 3600,
        "IdToken": unsigned_token(&json!({ "sub": "b7d8f6e4-0001" })),
        "TokenType": "Bearer"
    });
    if let Some(refresh_token) = refresh_token {
        result["RefreshToken"] = refresh_token.into();
    }
    CognitoResponse::documented("GetTokensFromRefreshToken", &json!({ "AuthenticationResult": result }))
}

#[test]
fn expired_access_token_is_refreshed_first() {
    let done = || CognitoResponse::documented("RevokeToken", &json!({}));
    let body = json!({ "refresh_token": "eyJ.refresh.token", "everywhere": true });
    let mut expired = access_token_claims();
    expired["exp"] = 1.into();
    let expired = SigningKey::of_the_pool().sign(&expired);
    let events = [
        (vec![CognitoResponse::key_set()], signed_in(&LOGOUT, &expired, &body)),
        (vec![CognitoResponse::key_set(), revoked()], signed_in(&LOGOUT, &access_token(), &body)),
        (vec![], event(&LOGOUT, &body)),
    ];
    for (before, event) in events {
        for rotated in [None, Some("eyJ.rotated.token")] {
            let after = [refreshed(rotated), done(), done(), done()];
            let cognito = ReplayedCognito::new(before.iter().cloned().chain(after));
            let response = cognito.call(&LOGOUT, logout, event.clone());
            assert_logged_out(&response);
            let requests = cognito.requests();
            let of = |operation: &str| {
                requests
                    .iter()
                    .filter(|it| it.operation == operation)
                    .map(|it| it.body.clone())
                    .collect::<Vec<_>>()
            };
            let last = of("GlobalSignOut").pop().expect("a global sign-out");
            assert_eq!(last, json!({ "AccessToken": "the-fresh-access-token" }));
            let tokens: Vec<_> = of("RevokeToken").iter().map(|body| body["Token"].clone()).collect();
            let expected: Vec<_> =
                ["eyJ.refresh.token"].into_iter().chain(rotated).map(Value::from).collect();
            assert_eq!(tokens, expected);
            let line = response.audit_line();
            assert_eq!((&line["outcome"], &line["sub"]), (&json!("Succeeded"), &json!("b7d8f6e4-0001")));
        }
    }
}

#[test]
fn failed_refresh_still_revokes() {
    let revoked =
        CognitoResponse::synthetic_error("NotAuthorizedException", "Refresh Token has been revoked");
    let cognito = ReplayedCognito::new([revoked, CognitoResponse::documented("RevokeToken", &json!({}))]);
    let body = json!({ "refresh_token": "eyJ.refresh.token", "everywhere": true });

    let response = cognito.call(&LOGOUT, logout, event(&LOGOUT, &body));

    assert_logged_out(&response);
    assert_eq!(operations(&cognito), ["GetTokensFromRefreshToken", "RevokeToken"]);
    assert_eq!(response.audit_line()["outcome"], "Refused");
}

#[test]
fn irrevocable_token_is_not_a_failure() {
    for exception in ["UnauthorizedException", "UnsupportedTokenTypeException"] {
        let cognito = ReplayedCognito::new([CognitoResponse::documented_error("RevokeToken", exception)]);
        let response = cognito.call(&LOGOUT, logout, event(&LOGOUT, &json!({ "refresh_token": "token" })));
        assert_logged_out(&response);
        assert_eq!(response.audit_line()["outcome"], "Refused");
    }
}

#[test]
fn wrong_client_secret_counts_as_failure() {
    let message = "Unable to verify secret hash for client 1example23456789";
    for exception in ["NotAuthorizedException", "UnauthorizedException"] {
        let cognito = ReplayedCognito::new([CognitoResponse::synthetic_error(exception, message)]);
        let response = cognito.call(&LOGOUT, logout, event(&LOGOUT, &json!({ "refresh_token": "token" })));
        assert_logged_out(&response);
        let line = response.audit_line();
        assert_eq!((&line["outcome"], &line["level"]), (&json!("Failures"), &json!("ERROR")));
    }
}

#[test]
fn misconfiguration_counts_as_failure() {
    for exception in ["AccessDeniedException", "ResourceNotFoundException"] {
        let error = CognitoResponse::synthetic_error(exception, "a message");
        let cognito = ReplayedCognito::new([error.clone(), error]);
        let response = cognito.call(&LOGOUT, logout, event(&LOGOUT, &json!({ "refresh_token": "token" })));
        assert_logged_out(&response);
        assert_eq!(response.audit_line()["outcome"], "Failures");
    }
}

#[test]
fn null_body_is_accepted() {
    for content_type in ["application/json", "text/plain"] {
        let event = event_with(&LOGOUT, &[("content-type", content_type)], "null");
        assert_logged_out(&ReplayedCognito::new([]).call(&LOGOUT, logout, event));
    }
}

#[test]
fn empty_logout_does_not_call_cognito() {
    let events = [
        event_with(&LOGOUT, &[], ""),
        event_with(&LOGOUT, &[("content-type", "text/plain")], ""),
        event(&LOGOUT, &json!({})),
        event(&LOGOUT, &json!({ "refresh_token": null, "everywhere": null })),
        event(&LOGOUT, &json!({ "refresh_token": "" })),
        event(&LOGOUT, &json!({ "everywhere": true })),
        signed_in(&LOGOUT, &access_token(), &json!({ "everywhere": false })),
    ];
    for event in events {
        let cognito = ReplayedCognito::new([]);
        assert_logged_out(&cognito.call(&LOGOUT, logout, event));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn exceptions_still_return_200() {
    // Each twice, because some calls are retried.
    for exception in documented_exceptions("RevokeToken") {
        let error = CognitoResponse::documented_error("RevokeToken", &exception);
        let cognito = ReplayedCognito::new([error.clone(), error]);
        let event = event(&LOGOUT, &json!({ "refresh_token": "token" }));
        assert_logged_out(&cognito.call(&LOGOUT, logout, event));
    }
    for exception in documented_exceptions("GlobalSignOut") {
        let error = CognitoResponse::documented_error("GlobalSignOut", &exception);
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), error.clone(), error]);
        let event = signed_in(&LOGOUT, &access_token(), &json!({ "everywhere": true }));
        assert_logged_out(&cognito.call(&LOGOUT, logout, event));
    }
}

#[test]
fn busy_cognito_is_retried_once() {
    for exception in ["TooManyRequestsException", "InternalErrorException"] {
        let cognito_responses = [
            CognitoResponse::documented_error("RevokeToken", exception),
            CognitoResponse::documented("RevokeToken", &json!({})),
        ];
        let cognito = ReplayedCognito::new(cognito_responses);
        assert_logged_out(&cognito.call(
            &LOGOUT,
            logout,
            event(&LOGOUT, &json!({ "refresh_token": "token" })),
        ));
        assert_eq!(operations(&cognito), ["RevokeToken", "RevokeToken"]);
    }
}

#[test]
fn invalid_token_does_not_call_cognito() {
    let forged = SigningKey::of_another_pool().sign(&access_token_claims());
    for token in [forged.as_str(), "garbage"] {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        assert_logged_out(&cognito.call(
            &LOGOUT,
            logout,
            signed_in(&LOGOUT, token, &json!({ "everywhere": true })),
        ));
        assert_eq!(operations(&cognito), [""; 0]);
    }
}

#[test]
fn invalid_body_is_rejected() {
    let cases = [
        ("text/plain", "{}", 415, "Content-Type must be application/json"),
        ("application/json", "[]", 422, "body: must be a JSON object"),
        ("application/json", r#"{"everywhere": "yes"}"#, 422, "everywhere: must be true or false"),
        ("application/json", r#"{"refresh_token": 1}"#, 422, "refresh_token: must be a string"),
    ];
    for (content_type, body, status, detail) in cases {
        let event = event_with(&LOGOUT, &[("content-type", content_type)], body);
        let response = ReplayedCognito::new([]).call(&LOGOUT, logout, event);
        let (actual_status, actual_detail, _) = response.error();
        assert_eq!((actual_status, actual_detail.as_str()), (status, detail));
    }
}

const COOKIE: &str = "__Host-refresh_token=eyJ.cookie.token";

#[test]
fn cookie_is_revoked_and_cleared() {
    for body in [json!({}), json!({ "refresh_token": "eyJ.refresh.token" })] {
        let revoked = || CognitoResponse::documented("RevokeToken", &json!({}));
        let cognito = ReplayedCognito::new([revoked(), revoked()]);
        let event = from_page(&event(&LOGOUT, &body), "https://app.igad.int", &[COOKIE]);

        let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &LOGOUT, logout, event);

        assert_logged_out(&response);
        assert_eq!(
            response.set_cookie(),
            Some("__Host-refresh_token=; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
        );
        let tokens: Vec<Value> =
            cognito.requests().iter().map(|request| request.body["Token"].clone()).collect();
        let body_token = body.get("refresh_token").cloned();
        let expected: Vec<Value> = body_token.into_iter().chain([json!("eyJ.cookie.token")]).collect();
        assert_eq!(tokens, expected);
    }
}

#[test]
fn cookie_is_cleared_even_if_not_revoked() {
    let failure = CognitoResponse::synthetic_error("InternalErrorException", "Internal error");
    let cognito = ReplayedCognito::new([failure]);
    let event = from_page(&event(&LOGOUT, &json!({})), "https://app.igad.int", &[COOKIE]);
    let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &LOGOUT, logout, event);
    assert_logged_out(&response);
    assert!(response.set_cookie().is_some_and(|cookie| cookie.ends_with("Max-Age=0")));
}

#[test]
fn foreign_origin_leaves_the_cookie_alone() {
    let cognito = ReplayedCognito::new([]);
    let event = from_page(&event(&LOGOUT, &json!({})), "https://evil.example", &[COOKIE]);
    let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &LOGOUT, logout, event);
    assert_logged_out(&response);
    assert_eq!((response.set_cookie(), cognito.requests()), (None, Vec::new()));
}

#[test]
fn cookie_is_ignored_where_it_is_not_enabled() {
    let cognito = ReplayedCognito::new([]);
    let event = from_page(&event(&LOGOUT, &json!({})), "https://app.igad.int", &[COOKIE]);
    let response = cognito.call(&LOGOUT, logout, event);
    assert_logged_out(&response);
    assert_eq!((response.set_cookie(), cognito.requests()), (None, Vec::new()));
}

/// Response to a request with `redirect_uri`, in a deployment with `variables`.
fn with_redirect(variables: &[(&str, &str)], redirect_uri: &Value) -> Value {
    let cognito = ReplayedCognito::new([CognitoResponse::documented("RevokeToken", &json!({}))]);
    let body = json!({ "refresh_token": "eyJ.refresh.token", "redirect_uri": redirect_uri });
    let response = cognito.call_with(configuration(variables), &LOGOUT, logout, event(&LOGOUT, &body));
    assert_eq!((response.status(), operations(&cognito)), (200, vec!["RevokeToken".to_owned()]));
    response.body()
}

#[test]
fn allowed_redirect_uri_returns_logout_url() {
    let url = "https://sign-in.auth.eu-west-1.amazoncognito.com/logout?client_id=1example23456789\
        &logout_uri=https%3A%2F%2Fapp.igad.int%2F";
    let expected = json!({ "message": "Logged out successfully", "logout_url": url });
    assert_eq!(with_redirect(&FEDERATION_VARIABLES, &"https://app.igad.int/".into()), expected);
}

#[test]
fn other_redirect_uri_returns_no_logout_url() {
    let expected = json!({ "message": "Logged out successfully" });
    let others = [
        "https://app.igad.int",
        "https://app.igad.int/signed-in",
        " https://app.igad.int/",
        "https://evil.example/",
        "",
    ];
    for other in others {
        assert_eq!(with_redirect(&FEDERATION_VARIABLES, &other.into()), expected, "{other}");
    }
    assert_eq!(with_redirect(&FEDERATION_VARIABLES, &Value::Null), expected);
    assert_eq!(with_redirect(&[], &"https://app.igad.int/".into()), expected, "federation is off");
}

#[test]
fn logout_url_is_returned_even_if_not_revoked() {
    let cognito = ReplayedCognito::new([CognitoResponse::raw(503, "<html></html>")]);
    let body = json!({ "refresh_token": "eyJ.refresh.token", "redirect_uri": "https://app.igad.int/" });
    let configuration = configuration(&FEDERATION_VARIABLES);
    let response = cognito.call_with(configuration, &LOGOUT, logout, event(&LOGOUT, &body));
    assert!(response.body()["logout_url"].is_string());
}

#[test]
fn redirect_uri_of_wrong_type_returns_422() {
    let body = json!({ "redirect_uri": ["https://app.igad.int/"] });
    let response = ReplayedCognito::new([]).call(&LOGOUT, logout, event(&LOGOUT, &body));
    assert_eq!(response.error(), (422, "redirect_uri: must be a string".to_owned(), "ValidationException"));
}
