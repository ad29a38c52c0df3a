//! Validation of responses against the OpenAPI document: a response that is not documented fails its test. The opposite
//! direction is `check_examples`.

use serde_json::{Map, Value};

use super::spec::{COMMON_HEADERS, OPERATIONS, Operation};
use crate::test_response::TestResponse;
use shared::{
    Route, Username,
    testing::{Event, is_absent},
};

/// Asserts that the OpenAPI document has the status, the headers and the body of `response`, and the combination of type
/// and `detail` of an error. The body of `event` must be accepted if and only if the document allows it.
///
/// Routes that exist in tests only are not validated. A real route that is not in the document fails
/// [`super::check_examples()`].
pub(crate) fn validate_response(route: &Route, response: &TestResponse, event: &str) {
    let Some(operation) = OPERATIONS.get(route.name) else {
        return;
    };
    // Not an HTTP request.
    if response.status() == 204 {
        return;
    }
    let (name, status, body) = (route.name, response.status(), response.body());
    let Some(documented) = operation.responses.get(&status) else {
        panic!("{name}: the status {status} is not documented: {body}");
    };

    let sent = response.as_sent();
    let sent = sent["headers"].as_object().expect("a response has headers");
    for (header, value) in sent.iter().filter(|(header, _)| *header != "content-type") {
        let known = documented.headers.get(header).or_else(|| COMMON_HEADERS.get(header));
        let Some(known) = known else {
            panic!("{name}: the header {header} is not documented for {status}");
        };
        assert!(
            known.allows(value),
            "{name}: the header {header} of {status} is not what is documented: {value}"
        );
    }
    for (header, known) in documented.headers.iter().chain(COMMON_HEADERS.iter()) {
        let is_present = sent.contains_key(header) || !known.is_required;
        assert!(is_present, "{name}: {status} has no {header}, which is documented");
    }

    if let Err(why) = documented.body.fits(&body) {
        panic!("{name}: the body of {status} is not what is documented: {why}: {body}");
    }
    if status != 200 {
        let (_, detail, error_type) = response.error();
        assert!(
            operation.has_example(status, error_type, &detail),
            "{name}: no example of {status} has the type {error_type} and the detail {detail:?}"
        );
    }

    match (status, operation.allows(event)) {
        (200, Some(false)) => panic!("{name}: accepted, although the OpenAPI document forbids it: {event}"),
        // What the deployment decides.
        (422, Some(true)) if needs_cookie_in(operation, &body) || depends_on_lists(&body) => {}
        (422, Some(true)) => panic!("{name}: rejected, although the OpenAPI document allows it: {event}"),
        _ => {}
    }
}

/// Whether `error` is of a deployment without the refresh token in a cookie, and another deployment accepts the request.
pub(super) fn needs_cookie_in(operation: &Operation, error: &Value) -> bool {
    let detail = error["detail"].as_str().unwrap_or_default();
    let has_optional_body = operation.request.as_ref().is_some_and(|request| !request.is_required);
    match detail {
        "cookie: not enabled" => true,
        "refresh_token: field required" | "body: field required" => has_optional_body,
        _ => false,
    }
}

/// Whether `error` is about a value that another deployment may have in a list.
fn depends_on_lists(error: &Value) -> bool {
    let details = [
        "attributes: contains an attribute that cannot be changed",
        "provider: not available",
        "redirect_uri: not allowed",
    ];
    details.iter().any(|detail| error["detail"] == *detail)
}

impl Operation {
    /// Whether the document allows the body of `event`. `None` if its schema cannot tell.
    fn allows(&self, event: &str) -> Option<bool> {
        let request = self.request.as_ref()?;
        let event = Event::parse(event)?;
        let Ok(body) = event.body() else {
            return Some(false);
        };
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        if is_absent(body) {
            return Some(!request.is_required);
        }
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else {
            return Some(false);
        };
        // A pattern cannot express that a username is not empty once it is decoded and trimmed (" %20 ").
        let username = fields.get("username").and_then(Value::as_str);
        if username.is_some_and(|username| !username.is_empty() && Username::parse(username).is_none()) {
            return None;
        }
        Some(request.body.fits(&Value::Object(fields)).is_ok())
    }
}

#[cfg(test)]
mod tests;
