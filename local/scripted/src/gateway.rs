//! What API Gateway does with an HTTP API: it knows the routes, answers the browser's questions about origins, and
//! hands each request to a function in payload format 2.0.

use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use yaml_rust2::Yaml;

use crate::lambda::Function;

/// The largest request that API Gateway takes:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// API Gateway's own id of a request, on every answer.
const GATEWAY_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The functions by the method and path that each serves.
pub struct Gateway {
    functions: HashMap<(Method, String), Function>,
    cors: Cors,
}

/// Which pages of another origin may call the API, and with what.
struct Cors {
    origin: HeaderValue,
    allow_methods: HeaderValue,
    allow_headers: HeaderValue,
    expose_headers: HeaderValue,
}

impl Gateway {
    /// Starts the functions that the `template` names, whose executables are in `built`, with these `variables`.
    /// Pages of `origin` alone may call them.
    ///
    /// # Errors
    ///
    /// Where a function cannot be started.
    pub async fn start(
        template: &Yaml,
        built: &Path,
        variables: &[(String, String)],
        origin: &str,
    ) -> io::Result<Self> {
        let mut functions = HashMap::new();
        for (route, executable) in routes(template) {
            functions.insert(route, Function::start(&built.join(executable), variables).await?);
        }
        Ok(Self { functions, cors: Cors::of(template, origin)? })
    }

    /// Where requests arrive. What was sent to people is at `/sent`, as `sent` says it.
    pub fn router(self, sent: impl Fn() -> Value + Clone + Send + Sync + 'static) -> Router {
        let gateway = Arc::new(self);
        let sent = move |State(gateway): State<Arc<Self>>| async move {
            let json = [(header::CONTENT_TYPE, "application/json")];
            gateway.cors.allow((json, sent().to_string()).into_response(), &gateway.cors.origin)
        };
        Router::new().route("/sent", get(sent)).fallback(serve).with_state(gateway)
    }

    /// Hands a request to its function.
    async fn invoke(&self, head: &Parts, body: &Bytes, id: &str) -> Response {
        let route = (head.method.clone(), head.uri.path().to_owned());
        let Some(function) = self.functions.get(&route) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        match function.invoke(id.to_owned(), event(head, body, id)).await {
            Some(answer) => response(&answer),
            None => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

/// The method and the path of each function in the template, and its executable.
fn routes(template: &Yaml) -> impl Iterator<Item = ((Method, String), &str)> {
    let resources = template["Resources"].as_hash();
    resources.into_iter().flat_map(|resources| resources.values()).filter_map(|resource| {
        let executable = resource["Properties"]["CodeUri"].as_str()?.rsplit('/').next()?;
        let route = &resource["Properties"]["Events"]["Route"]["Properties"];
        let method = route["Method"].as_str()?.parse().ok()?;
        Some(((method, route["Path"].as_str()?.to_owned()), executable))
    })
}

/// An id that no request had before.
fn new_id() -> String {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    format!("scripted-{}", REQUESTS.fetch_add(1, Ordering::Relaxed))
}

async fn serve(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let origin = head.headers.get(header::ORIGIN).cloned();
    let asks_beforehand =
        head.method == Method::OPTIONS && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let id = new_id();
    let mut response = if asks_beforehand {
        StatusCode::NO_CONTENT.into_response()
    } else {
        match axum::body::to_bytes(body, LARGEST_BODY).await {
            Ok(body) => gateway.invoke(&head, &body, &id).await,
            Err(_) => message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
        }
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(GATEWAY_ID, id);
    }
    match origin {
        Some(origin) => gateway.cors.allow(response, &origin),
        None => response,
    }
}

impl Cors {
    fn of(template: &Yaml, origin: &str) -> io::Result<Self> {
        let cors = &template["Resources"]["Api"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-cors"];
        let list = |name: &str| {
            // `!If [condition, list with a parameter, list]` counts as the last: parameters have no value here.
            let names = cors[name].as_vec().map(|names| names.last().and_then(Yaml::as_vec).unwrap_or(names));
            header_value(&names.into_iter().flatten().filter_map(Yaml::as_str).collect::<Vec<_>>().join(","))
        };
        Ok(Self {
            origin: header_value(origin)?,
            allow_methods: list("allowMethods")?,
            allow_headers: list("allowHeaders")?,
            expose_headers: list("exposeHeaders")?,
        })
    }

    /// Lets a page of `origin` have the response, where that is ours.
    fn allow(&self, mut response: Response, origin: &HeaderValue) -> Response {
        if *origin == self.origin {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, self.allow_methods.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, self.expose_headers.clone());
        }
        response
    }
}

fn header_value(text: &str) -> io::Result<HeaderValue> {
    HeaderValue::try_from(text).map_err(io::Error::other)
}

/// An answer of the gateway itself.
fn message(status: StatusCode, message: &str) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, json!({ "message": message }).to_string()).into_response()
}

/// The request in payload format 2.0:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
fn event(head: &Parts, body: &Bytes, id: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let path = head.uri.path();
    let route_key = format!("{} {path}", head.method);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": head.uri.query().unwrap_or_default(),
        "headers": headers(&head.headers),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "scripted",
            "domainName": "127.0.0.1",
            "domainPrefix": "scripted",
            "http": {
                "method": head.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": head.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
            },
            "requestId": id,
            "routeKey": route_key,
            "stage": "$default",
            "timeEpoch": now.as_millis() as u64
        },
        "isBase64Encoded": false
    });
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(text) => event["body"] = text.into(),
        Err(_) => {
            event["body"] = BASE64_STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
    event.to_string()
}

/// One line for each header: API Gateway joins those that come several times.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let joined = |name: &HeaderName| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        values.join(",")
    };
    headers.keys().map(|name| (name.to_string(), joined(name).into())).collect()
}

/// What the function has answered.
fn response(answer: &Value) -> Response {
    let status =
        answer["statusCode"].as_u64().and_then(|status| StatusCode::from_u16(status.try_into().ok()?).ok());
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    let mut response = Response::new(Body::from(body));
    // What is no answer at all:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html.
    let Some(status) = status else {
        return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    *response.status_mut() = status;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        if let (Ok(name), Some(Ok(value))) =
            (HeaderName::try_from(name), value.as_str().map(HeaderValue::try_from))
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
