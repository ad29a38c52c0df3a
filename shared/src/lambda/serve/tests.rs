use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::{
    Done, Error, ForgotPasswordRequest, Request, Route, Service, StatusCode,
    testing::{REQUEST_ID, ReplayedCognito, event, event_with},
};

const ROUTE: Route = Route { name: "test", refused: "Test refused", failed: "Test failed", refusals: &[] };

async fn succeed(_: Arc<Service>, _: Request<ForgotPasswordRequest>) -> Result<Done, Error> {
    Ok(Done::new("done"))
}

fn body() -> Value {
    json!({ "username": "User@igad.int" })
}

#[test]
fn a_panic_costs_one_request_an_answer_and_the_next_is_served() {
    let calls = Arc::new(AtomicUsize::new(0));
    let panic_at_first = |_: Arc<Service>, _: Request<ForgotPasswordRequest>| {
        let calls = Arc::clone(&calls);
        async move {
            assert!(calls.fetch_add(1, Ordering::SeqCst) > 0, "a message that may quote a secret");
            Ok(Done::new("done"))
        }
    };
    let cognito = ReplayedCognito::answering([]);

    let answer = cognito.call(&ROUTE, panic_at_first, event(&ROUTE, &body()));
    assert_eq!(answer.error(), (500, "Test failed: internal error".to_owned(), "InternalErrorException"));
    assert_eq!(answer.audit_line()["outcome"], "Failures");
    assert!(!answer.log().contains("may quote"));

    assert_eq!(cognito.call(&ROUTE, panic_at_first, event(&ROUTE, &body())).status(), 200);
}

#[test]
fn the_audit_line_tells_what_was_tried_and_counts_it() {
    let headers = [("content-type", "application/json"), ("user-agent", r#"curl/8 "} {"status": 500"#)];
    let event = event_with(&ROUTE, &headers, &body().to_string());

    let answer = ReplayedCognito::answering([]).call(&ROUTE, succeed, event);

    let mut line = answer.audit_line();
    assert!(line["_aws"]["Timestamp"].as_u64().is_some());
    line["_aws"]["Timestamp"] = Value::Null;
    line["cognito_ms"] = Value::Null;
    assert_eq!(
        line,
        json!({
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
                    "Namespace": "SignIn",
                    "Dimensions": [["Route"]],
                    "Metrics": [{ "Name": "Succeeded", "Unit": "Count" }]
                }]
            }
        })
    );
}

#[test]
fn a_refusal_is_counted_by_its_reason_too() {
    let answer = ReplayedCognito::answering([]).call(&ROUTE, succeed, event(&ROUTE, &json!({})));
    let line = answer.audit_line();
    assert_eq!(
        (&line["outcome"], &line["reason"], &line["Refused"]),
        (&json!("Refused"), &json!("InvalidField"), &json!(1))
    );
    let dimensions = &line["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
    assert_eq!(dimensions, &json!([["Route"], ["Route", "reason"]]));
}

#[test]
fn who_failed_is_told_apart() {
    let rows = [
        (Error::Unavailable("cause".into()), StatusCode::SERVICE_UNAVAILABLE, "UpstreamFailures"),
        (Error::internal("cause"), StatusCode::INTERNAL_SERVER_ERROR, "Failures"),
        (Error::Unauthenticated(None), StatusCode::UNAUTHORIZED, "Refused"),
    ];
    for (error, status, outcome) in rows {
        assert_eq!(serde_json::to_value(crate::lambda::audit::Outcome::of(&error, status)).unwrap(), outcome);
    }
}

#[test]
fn an_event_of_a_rest_api_is_served_too() {
    let mut event: Value = serde_json::from_str(include_str!("../../testing/corpus/rest-api.json")).unwrap();
    event["body"] = body().to_string().into();
    let answer = ReplayedCognito::answering([]).call(&ROUTE, succeed, event.to_string());
    assert_eq!(
        (answer.status(), answer.header("x-request-id")),
        (200, event["requestContext"]["requestId"].as_str())
    );
}

#[test]
fn what_is_no_event_of_api_gateway_is_an_internal_error() {
    for event in ["", "{}", "[]", r#"{"Records": []}"#] {
        let answer = ReplayedCognito::answering([]).call(&ROUTE, succeed, event.to_owned());
        assert_eq!(answer.error(), (500, "Test failed: internal error".to_owned(), "InternalErrorException"));
    }
}
