//! What a function answers, held against the reference (`reference/openapi.yaml`): every answer of every test passes
//! here, and what is not documented fails. The other way round is `reference`.

use serde_json::{Map, Value};

use super::{
    answer::Answer,
    document::{EVERY_ANSWER, OPERATIONS, Operation},
};
use shared::{
    Route, Username,
    testing::{Event, is_absent},
};

/// Asserts that the reference says of `answer` what it is: its status, its headers, its body, and of an error that
/// this sentence goes with this cause. What was asked for in `event` is understood where the reference allows it, and
/// only there.
///
/// Nothing is asserted of a route that a test made up. A real one is in the reference, or a test of its own fails.
pub(crate) fn assert_documented(route: &Route, answer: &Answer, event: &str) {
    let Some(operation) = OPERATIONS.get(route.name) else {
        return;
    };
    // Not over HTTP.
    if answer.status() == 204 {
        return;
    }
    let (name, status, body) = (route.name, answer.status(), answer.body());
    let Some(documented) = operation.responses.get(&status) else {
        panic!("{name}: the status {status} is not documented: {body}");
    };

    let sent = answer.as_sent();
    let sent = sent["headers"].as_object().expect("an answer has headers");
    for (header, value) in sent.iter().filter(|(header, _)| *header != "content-type") {
        let known = documented.headers.get(header).or_else(|| EVERY_ANSWER.get(header));
        let Some(known) = known else {
            panic!("{name}: the header {header} is not documented for {status}");
        };
        assert!(
            known.allows(value),
            "{name}: the header {header} of {status} is not what is documented: {value}"
        );
    }
    for header in documented.headers.keys().chain(EVERY_ANSWER.keys()) {
        assert!(sent.contains_key(header), "{name}: {status} has no {header}, which is documented");
    }

    if let Err(why) = documented.body.fits(&body) {
        panic!("{name}: the body of {status} is not what is documented: {why}: {body}");
    }
    if status != 200 {
        let (_, detail, error_type) = answer.error();
        assert!(
            operation.has_example(status, error_type, &detail),
            "{name}: no example of {status} is called {error_type} and says {detail:?}"
        );
    }

    match (status, operation.allows(event)) {
        (200, Some(false)) => panic!("{name}: understood, though the reference forbids it: {event}"),
        (422, Some(true)) => panic!("{name}: not understood, though the reference allows it: {event}"),
        _ => {}
    }
}

impl Operation {
    /// Whether the reference allows the body of `event`, where it says anything of it.
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
        // That something is left of it once it is decoded and trimmed (" %20 ") is beyond any pattern.
        let username = fields.get("username").and_then(Value::as_str);
        if username.is_some_and(|username| !username.is_empty() && Username::parse(username).is_none()) {
            return None;
        }
        Some(request.body.fits(&Value::Object(fields)).is_ok())
    }
}

#[cfg(test)]
mod tests;
