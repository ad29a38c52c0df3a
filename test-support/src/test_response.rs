//! Response of a route, with the log of its request.

use serde_json::{Value, json};

use shared::testing::{Completed, Response};

/// Response of a route, and everything that was logged.
#[derive(Debug)]
pub struct TestResponse {
    response: Response,
    log: String,
}

impl TestResponse {
    /// The response, and `log` without the audit line.
    pub(crate) fn new(completed: Completed, log: &str) -> Self {
        let Completed { response, audit_line } = completed;
        let audit_line = audit_line.map(|line| line + "\n").unwrap_or_default();
        Self { response, log: format!("{log}{audit_line}") }
    }

    /// Status, `detail` and `x-amzn-errortype` of an error. Panics if the body has another member.
    pub fn error(&self) -> (u16, String, &str) {
        let body = self.body();
        let detail = body["detail"].as_str().expect("an error has a detail").to_owned();
        assert_eq!(body, json!({ "detail": detail }), "an error has nothing but a detail");
        (self.status(), detail, self.header("x-amzn-errortype").expect("an error has a type"))
    }

    /// Status.
    pub fn status(&self) -> u16 {
        self.response.status_code.as_u16()
    }

    /// Value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Cookie that the response sets, in either payload format.
    pub fn set_cookie(&self) -> Option<&str> {
        self.response.cookies.first().map(String::as_str).or_else(|| self.header("set-cookie"))
    }

    /// This response with one more header.
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

    /// JSON body.
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.response.body).expect("every response is JSON")
    }

    /// Everything that was logged, at the most verbose level, with the audit line last.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The response in the format of API Gateway.
    pub fn as_sent(&self) -> Value {
        serde_json::to_value(&self.response).expect("a response is JSON")
    }

    /// Audit line.
    pub fn audit_line(&self) -> Value {
        let last = self.log.lines().next_back().unwrap_or_default();
        serde_json::from_str(last).expect("an audit line is JSON")
    }
}
