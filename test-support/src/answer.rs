//! What a client got, and what was written down of it.

use serde_json::{Value, json};

use shared::testing::{Completed, Response};

/// What a client got.
#[derive(Debug)]
pub struct Answer {
    response: Response,
    log: String,
}

impl Answer {
    /// The answer, and all that was logged before its audit line.
    pub(crate) fn new(completed: Completed, log: &str) -> Self {
        let Completed { response, audit_line } = completed;
        let audit_line = audit_line.map(|line| line + "\n").unwrap_or_default();
        Self { response, log: format!("{log}{audit_line}") }
    }

    /// The status, the sentence and the cause's name of an error, which must be of the one shape.
    pub fn error(&self) -> (u16, String, &str) {
        let body = self.body();
        let detail = body["detail"].as_str().expect("an error has a detail").to_owned();
        assert_eq!(body, json!({ "detail": detail }), "an error has nothing but a detail");
        (self.status(), detail, self.header("x-amzn-errortype").expect("an error names its cause"))
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.response.status_code.as_u16()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The same with one more header.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        let value = http::HeaderValue::from_static(value);
        self.response.headers.insert(name, value);
        self
    }

    /// Whether there is no body.
    pub fn is_empty(&self) -> bool {
        self.response.body.is_empty()
    }

    /// The body.
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.response.body).expect("every answer is JSON")
    }

    /// Everything that was logged, at the most verbose level, with the audit line last.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Everything that goes back to API Gateway, as it goes.
    pub fn as_sent(&self) -> Value {
        serde_json::to_value(&self.response).expect("an answer is JSON")
    }

    /// The audit line.
    pub fn audit_line(&self) -> Value {
        let last = self.log.lines().next_back().unwrap_or_default();
        serde_json::from_str(last).expect("an audit line is JSON")
    }
}
