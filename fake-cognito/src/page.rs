//! Requests and responses of the web pages and of the token endpoint, which are not operations of the API.

use std::collections::HashMap;

use serde_json::Value;

/// Request of a browser, or of a client to the token endpoint.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// Method.
    pub method: String,
    /// Host and port.
    pub host: String,
    /// Path without the query.
    pub path: String,
    /// Parameters: of the query, or of the form of a `POST`.
    pub parameters: HashMap<String, String>,
    /// Header `Authorization`.
    pub authorization: Option<String>,
    /// Value of the cookie `cognito`.
    pub cookie: Option<String>,
}

impl PageRequest {
    /// Request with the header `Cookie`, and with `form` as its body.
    pub fn new(method: &str, host: &str, target: &str, cookies: &str, form: &[u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let form = if method == "POST" { form } else { query.as_bytes() };
        let cookie = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("cognito="));
        Self {
            method: method.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            parameters: form_urlencoded::parse(form).into_owned().collect(),
            authorization: None,
            cookie: cookie.map(str::to_owned),
        }
    }

    /// Parameter that is present and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Status.
    pub status: u16,
    /// Header `Location`.
    pub location: Option<String>,
    /// Header `Set-Cookie`.
    pub cookie: Option<String>,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

impl Page {
    /// Page with this title and content in HTML.
    pub(crate) fn html(status: u16, title: &str, content: &str) -> Self {
        let title = escape(title);
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
            <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
            <style>body{{font:1rem/1.5 sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}}\
            button{{display:block;width:100%;font:inherit;padding:.5rem;margin:.5rem 0}}</style>\
            <main><h1>{title}</h1>{content}</main>"
        );
        Self { status, location: None, cookie: None, content_type: "text/html; charset=utf-8", body }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let content_type = "application/json;charset=UTF-8";
        Self { status, location: None, cookie: None, content_type, body: body.to_string() }
    }

    /// Redirect to `to` with `parameters` added to its query.
    pub(crate) fn redirect(to: &str, parameters: &[(&str, &str)]) -> Self {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let separator = match (query.as_str(), to.contains('?')) {
            ("", _) => "",
            (_, true) => "&",
            (_, false) => "?",
        };
        let mut page = Self::html(302, "Redirect", "");
        page.location = Some(format!("{to}{separator}{query}"));
        page
    }
}

/// Text in HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
