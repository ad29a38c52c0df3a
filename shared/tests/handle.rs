//! Tests of `handle`: from an event to a response, an audit line and a log.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up stops at once")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_smithy_types::{DateTime, date_time::Format};
use serde_json::{Value, json};

use shared::{
    Done, Error, ForgotPasswordRequest, LoggedOut, LogoutRequest, Request, Route, Service,
    testing::Configuration,
};
use test_support::{
    CognitoResponse, REQUEST_ID, ReplayedCognito, TestResponse, configuration, event, event_with,
};

const ROUTE: Route =
    Route { name: "test", error_prefix: "Test refused", failure_prefix: "Test failed", error_mappings: &[] };

async fn succeed(_: Arc<Service>, _: Request<ForgotPasswordRequest>) -> Result<Done, Error> {
    Ok(Done::new("done"))
}

async fn call_cognito(service: Arc<Service>, request: Request<ForgotPasswordRequest>) -> Result<Done, Error> {
    service.cognito.send_reset_code(&request.body.username, &request.client_context).await?;
    Ok(Done::new("done"))
}

fn body() -> Value {
    json!({ "username": "User@igad.int" })
}

#[test]
fn panic_fails_one_request_only() {
    let calls = Arc::new(AtomicUsize::new(0));
    let panic_once = move |_: Arc<Service>, _: Request<ForgotPasswordRequest>| {
        let calls = Arc::clone(&calls);
        async move {
            assert!(calls.fetch_add(1, Ordering::SeqCst) > 0, "a message that may quote a secret");
            Ok(Done::new("done"))
        }
    };
    let cognito = ReplayedCognito::new([]);

    let answer = cognito.call(&ROUTE, panic_once.clone(), event(&ROUTE, &body()));
    assert_eq!(answer.error(), (500, "Test failed: internal error".to_owned(), "InternalErrorException"));
    assert_eq!(answer.audit_line()["outcome"], "Failures");
    assert!(!answer.log().contains("may quote"));

    assert_eq!(cognito.call(&ROUTE, panic_once, event(&ROUTE, &body())).status(), 200);
}

/// Audit line without the values that vary.
fn audit_line(answer: &TestResponse) -> Value {
    let mut line = answer.audit_line();
    let timestamp = line["timestamp"].take();
    let timestamp = DateTime::from_str(timestamp.as_str().unwrap(), Format::DateTime).unwrap();
    let milliseconds = line["_aws"]["Timestamp"].take().as_i64().unwrap();
    assert!((timestamp.to_millis().unwrap() - milliseconds).abs() < 60_000, "both are the current time");
    line["cognito_ms"].take();
    line
}

#[test]
fn audit_line_has_the_request_and_its_metrics() {
    let headers = [("content-type", "application/json"), ("user-agent", r#"curl/8 "} {"status": 500"#)];
    let event = event_with(&ROUTE, &headers, &body().to_string());

    let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event);

    assert_eq!(
        audit_line(&answer),
        json!({
            "timestamp": null,
            "level": "INFO",
            "message": "request",
            "Route": "test",
            "outcome": "Succeeded",
            "status": 200,
            // printf 'user@igad.int' | openssl dgst -sha256 -hmac audit-key | cut -c -32
            "username_hash": "9d97d3f1d0810107ad1eee192f34ddb7",
            "source_ip": "203.0.113.7",
            "user_agent": r#"curl/8 "} {"status": 500"#,
            "request_id": REQUEST_ID,
            "lambda_request_id": "lambda-request-id",
            "cold_start": true,
            "cognito_ms": null,
            "Succeeded": 1,
            "_aws": {
                "Timestamp": null,
                "CloudWatchMetrics": [{
                    "Namespace": "sign-in-test",
                    "Dimensions": [["Route"], []],
                    "Metrics": [{ "Name": "Succeeded", "Unit": "Count" }]
                }]
            }
        })
    );
}

/// Reason and metrics of the audit line.
fn reason_and_metrics(answer: &TestResponse) -> (Value, Vec<String>) {
    let line = answer.audit_line();
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Dimensions"], json!([["Route"], []]), "dimensions have bounded values");
    let names =
        directive["Metrics"].as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap());
    let names: Vec<_> = names.map(str::to_owned).collect();
    assert!(names.iter().all(|name| line[name] == 1), "{line}");
    (line["reason"].clone(), names)
}

#[test]
fn invalid_request_is_no_credential_rejection() {
    let text = event_with(&ROUTE, &[("content-type", "text/plain")], "text");
    for (event, reason) in [(event(&ROUTE, &json!({})), "InvalidField"), (text, "NotDeclaredAsJson")] {
        let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event);
        assert_eq!(reason_and_metrics(&answer), (json!(reason), vec!["Refused".to_owned()]));
    }
    let throttled =
        ReplayedCognito::new([CognitoResponse::synthetic_error("TooManyRequestsException", "a message")]);
    let answer = throttled.call(&ROUTE, call_cognito, event(&ROUTE, &body()));
    assert_eq!(reason_and_metrics(&answer), (json!("TooManyRequestsException"), vec!["Refused".to_owned()]));
}

#[test]
fn wrong_password_counts_as_refused_credentials() {
    for (exception, message, reason) in [
        ("NotAuthorizedException", "Incorrect username or password.", "NotAuthorizedException"),
        ("NotAuthorizedException", "Password attempts exceeded", "PasswordAttemptsExceeded"),
        ("UserNotFoundException", "User does not exist.", "UserNotFoundException"),
    ] {
        let cognito = ReplayedCognito::new([CognitoResponse::synthetic_error(exception, message)]);
        let answer = cognito.call(&ROUTE, call_cognito, event(&ROUTE, &body()));
        let names = ["Refused", "RefusedCredentials"].map(str::to_owned).to_vec();
        assert_eq!(reason_and_metrics(&answer), (json!(reason), names));
    }
}

#[test]
fn cognito_ms_excludes_other_waiting() {
    let busy = |_: Arc<Service>, _: Request<ForgotPasswordRequest>| async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Ok(Done::new("done"))
    };
    let answer = ReplayedCognito::new([]).call(&ROUTE, busy, event(&ROUTE, &body()));
    assert_eq!(answer.audit_line()["cognito_ms"], 0);
}

#[test]
fn warm_up_events_are_ignored() {
    for event in
        ["{}", r#"{"warmer": true}"#, r#"{"Records": []}"#, r#"{"source": "aws.events", "detail": {}}"#]
    {
        let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event.to_owned());
        assert_eq!(answer.status(), 204, "{event}");
        assert!(answer.is_empty());
        let line: Value = serde_json::from_str(answer.log()).unwrap();
        assert_eq!(line["level"], "INFO", "one line without metrics: {line}");
        assert_eq!(line["lambda_request_id"], "lambda-request-id");
        assert!(line.get("_aws").is_none());
    }
}

#[test]
fn invalid_headers_are_skipped() {
    let invalid =
        [("x-a", "a\u{7f}b"), ("x-b", "a\u{1b}b"), ("x-c", "a\u{0}b"), ("x d", "value"), ("x-e\n", "value")];
    let expected = ReplayedCognito::new([]).call(&ROUTE, succeed, event(&ROUTE, &body()));
    for header in invalid {
        let headers = [("content-type", "application/json"), header];
        let event = event_with(&ROUTE, &headers, &body().to_string());
        let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event);
        assert_eq!(answer.as_sent(), expected.as_sent(), "{header:?}");
        assert_eq!(answer.audit_line()["outcome"], "Succeeded");
    }
    let mut event: Value =
        serde_json::from_str(include_str!("../../test-support/src/corpus/rest-api.json")).unwrap();
    event["body"] = body().to_string().into();
    event["multiValueHeaders"]["x-a"] = json!(["valid", "a\u{7f}b"]);
    let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event.to_string());
    assert_eq!(answer.status(), 200, "{}", answer.log());
}

#[test]
fn byte_order_mark_before_json_is_ignored() {
    let headers = [("content-type", "application/json")];
    let event = event_with(&ROUTE, &headers, &format!("\u{feff}{}", body()));
    assert_eq!(ReplayedCognito::new([]).call(&ROUTE, succeed, event).status(), 200);
}

#[test]
fn json_content_types_are_accepted() {
    let rows = [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/json, application/json", 200),
        (r#"application/json; profile="a, b; \" c", application/json;v=1"#, 200),
        ("application/json,", 200),
        ("application/json, text/plain", 415),
        ("text/plain, application/json", 415),
        ("application/jsonp", 415),
        (",", 415),
        ("", 415),
    ];
    for (content_type, status) in rows {
        let event = event_with(&ROUTE, &[("content-type", content_type)], &body().to_string());
        let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event);
        assert_eq!(answer.status(), status, "{content_type}");
    }
}

#[test]
fn null_body_is_an_absent_body() {
    for content_type in ["application/json", "text/plain"] {
        for body in ["null", " null\n", "\u{feff}null"] {
            let event = event_with(&ROUTE, &[("content-type", content_type)], body);
            let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event);
            assert_eq!(answer.error(), (422, "body: field required".to_owned(), "ValidationException"));
        }
    }
}

#[test]
fn null_after_form_feed_is_not_json() {
    // A form feed is ASCII white space, but not JSON's: RFC 8259, section 2.
    let event = event_with(&ROUTE, &[("content-type", "application/json")], "\u{c}null");
    let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event);
    assert_eq!(answer.error(), (422, "body: must be a JSON object".to_owned(), "ValidationException"));
}

#[test]
fn rest_api_event_is_handled() {
    let mut event: Value =
        serde_json::from_str(include_str!("../../test-support/src/corpus/rest-api.json")).unwrap();
    event["body"] = body().to_string().into();
    let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event.to_string());
    assert_eq!(
        (answer.status(), answer.header("x-request-id")),
        (200, event["requestContext"]["requestId"].as_str())
    );
    // API Gateway returns 502 for a response with other members in payload format 1.0.
    let headers = ["cache-control", "content-type", "strict-transport-security", "x-content-type-options"];
    let mut sent = answer.as_sent();
    for header in headers.into_iter().chain(["x-request-id"]) {
        assert!(sent["headers"][header].take().is_string(), "{header} is a string");
    }
    let headers: Value =
        headers.into_iter().chain(["x-request-id"]).map(|name| (name.to_owned(), Value::Null)).collect();
    assert_eq!(
        sent,
        json!({ "statusCode": 200, "headers": headers, "body": r#"{"message":"done"}"#, "isBase64Encoded": false })
    );
}

#[test]
fn foreign_event_is_an_internal_error() {
    for event in ["", "null", "[]", r#"{"requestContext": {}}"#, r#"{"requestContext": null}"#] {
        let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, event.to_owned());
        assert_eq!(answer.error(), (500, "Test failed: internal error".to_owned(), "InternalErrorException"));
    }
}

/// Configuration of a deployment behind CloudFront.
fn behind_cloudfront() -> Configuration {
    configuration(&[("EDGE_SECRET", "edge-secret")])
}

fn forwarded(headers: &[(&str, &str)]) -> String {
    let json = ("content-type", "application/json");
    let headers: Vec<_> = [json].into_iter().chain(headers.iter().copied()).collect();
    event_with(&ROUTE, &headers, &body().to_string())
}

#[test]
fn viewer_address_is_logged_and_sent_to_cognito() {
    let delivered = CognitoResponse::synthetic(&json!({
        "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@i***" }
    }));
    let cognito = ReplayedCognito::new([delivered]);
    let event = forwarded(&[("x-edge-secret", "edge-secret"), ("x-viewer-address", "2001:db8::7")]);

    let answer = cognito.call_with(behind_cloudfront(), &ROUTE, call_cognito, event);

    assert_eq!(answer.status(), 200, "{}", answer.log());
    assert_eq!(answer.audit_line()["source_ip"], "2001:db8::7");
    let requests = cognito.requests();
    assert_eq!(requests[0].body["UserContextData"]["IpAddress"], "2001:db8::7");
    assert!(!requests[0].body.to_string().contains("edge-secret"));
    assert!(!answer.log().contains("edge-secret"));
}

#[test]
fn request_that_bypasses_cloudfront_returns_403() {
    let bypassing: [&[(&str, &str)]; 3] = [
        &[],
        &[("x-viewer-address", "198.51.100.1")],
        &[("x-edge-secret", "edge-secre"), ("x-viewer-address", "198.51.100.1")],
    ];
    for headers in bypassing {
        let cognito = ReplayedCognito::new([]);
        let answer = cognito.call_with(behind_cloudfront(), &ROUTE, call_cognito, forwarded(headers));
        let detail = "Please use the public address of this service".to_owned();
        assert_eq!(answer.error(), (403, detail, "PublicAddressRequired"));
        assert_eq!(answer.audit_line()["source_ip"], "203.0.113.7", "the address that API Gateway saw");
        assert_eq!(reason_and_metrics(&answer).1, ["Refused"], "such requests do not cause an alarm");
        assert!(cognito.requests().is_empty());
    }
}

#[test]
fn both_edge_secrets_are_accepted_in_a_rotation() {
    let statuses = ["edge-secret", "previous-secret", "older-secret"].map(|secret| {
        let rotating =
            configuration(&[("EDGE_SECRET", "edge-secret"), ("EDGE_SECRET_PREVIOUS", "previous-secret")]);
        let event = forwarded(&[("x-edge-secret", secret), ("x-viewer-address", "2001:db8::7")]);
        ReplayedCognito::new([]).call_with(rotating, &ROUTE, succeed, event).status()
    });
    assert_eq!(statuses, [200, 200, 403]);
}

#[test]
fn viewer_address_header_is_ignored_without_edge() {
    let headers = [("x-edge-secret", "edge-secret"), ("x-viewer-address", "198.51.100.1")];
    let answer = ReplayedCognito::new([]).call(&ROUTE, succeed, forwarded(&headers));
    assert_eq!((answer.status(), &answer.audit_line()["source_ip"]), (200, &json!("203.0.113.7")));
}

/// Route that deletes the cookie.
async fn clear_cookie(_: Arc<Service>, _: Request<LogoutRequest>) -> Result<LoggedOut, Error> {
    Ok(LoggedOut::new(None, Vec::new()).clearing_cookie())
}

#[test]
fn cookie_is_sent_in_the_format_of_the_event() {
    let variables = [("REFRESH_TOKEN_COOKIE_DAYS", "30"), ("ALLOWED_ORIGINS", "https://app.igad.int")];
    let answer = |event: String| {
        ReplayedCognito::new([]).call_with(configuration(&variables), &ROUTE, clear_cookie, event)
    };
    let cookie = json!("__Host-refresh_token=; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");

    let http_api = answer(event(&ROUTE, &json!({}))).as_sent();
    assert_eq!((&http_api["cookies"], http_api["headers"].get("set-cookie")), (&json!([cookie]), None));

    let rest_api = json!({
        "resource": "/api/auth/test", "path": "/api/auth/test", "httpMethod": "POST", "body": "{}",
        "headers": { "content-type": "application/json" }, "multiValueHeaders": {},
        "requestContext": { "httpMethod": "POST", "identity": { "sourceIp": "203.0.113.7" }, "path": "/api/auth/test" },
        "isBase64Encoded": false
    });
    let rest_api = answer(rest_api.to_string()).as_sent();
    assert_eq!((rest_api.get("cookies"), &rest_api["headers"]["set-cookie"]), (None, &cookie));
}

#[test]
fn cookie_header_of_format_1_is_read() {
    let token = |_: Arc<Service>, request: Request<LogoutRequest>| async {
        request.refresh_cookie.token()?.ok_or(Error::Unauthenticated(None))?;
        Ok(Done::new("Found"))
    };
    let variables = [("REFRESH_TOKEN_COOKIE_DAYS", "30"), ("ALLOWED_ORIGINS", "https://app.igad.int")];
    let statuses = ["a=b; __Host-refresh_token=eyJ.token", "a=b"].map(|cookies| {
        let headers =
            [("content-type", "application/json"), ("origin", "https://app.igad.int"), ("cookie", cookies)];
        let event = event_with(&ROUTE, &headers, "{}");
        ReplayedCognito::new([]).call_with(configuration(&variables), &ROUTE, token, event).status()
    });
    assert_eq!(statuses, [200, 401]);
}
