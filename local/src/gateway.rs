//! Stub of an HTTP API of API Gateway: routes, CORS, and events in payload format 2.0 for the functions.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, header::InvalidHeaderValue,
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use fake_cognito::{FakeCognito, SentCode};
use serde_json::{Map, Value, json};
use tokio::{runtime, task};

use crate::{demo_users, failure::Failure, functions::Functions, template::Template};

/// Maximum size of a request:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Header with API Gateway's request id, on every response.
const GATEWAY_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// Origin that may call the API in addition to the local pages, unless `AllowedOrigins` names others.
pub const DEFAULT_ORIGIN: &str = "http://localhost:3000";

/// Gateway that has an address.
pub struct Gateway {
    listener: TcpListener,
    url: String,
    routes: Arc<Routes>,
}

struct Routes {
    functions: Arc<Functions>,
    names: HashMap<(Method, String), String>,
    cors: Cors,
}

/// CORS configuration.
pub struct Cors {
    origins: Vec<String>,
    allow_methods: HeaderValue,
    allow_headers: HeaderValue,
    expose_headers: HeaderValue,
}

impl Gateway {
    /// Gateway for the routes of `template` on a port of loopback, a free one by default.
    ///
    /// # Errors
    ///
    /// The port is not free.
    pub fn bind(
        port: Option<u16>,
        template: &Template,
        cors: Cors,
        functions: Arc<Functions>,
    ) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0))).map_err(no_server)?;
        let url = format!("http://{}", listener.local_addr().map_err(no_server)?);
        let names = template.routes().map(|(method, path, name)| ((method, path), name)).collect();
        Ok(Self { listener, url, routes: Arc::new(Routes { functions, names, cors }) })
    }

    /// URL of the API.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Starts to serve. With a fake, `GET /sent` returns the codes that it sent, and `POST /reset` resets it.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn serve(self, fake: Option<Arc<FakeCognito>>) -> Result<(), Failure> {
        let mut router = Router::new();
        if let Some(fake) = fake {
            let of_sent = Arc::clone(&fake);
            router =
                router.route("/sent", get(move |routes| json_for_pages(routes, sent_codes(&of_sent)))).route(
                    "/reset",
                    post(move |routes| json_for_pages(routes, json!({ "users": demo_users::reset(&fake) }))),
                );
        }
        let router = router.fallback(handle).with_state(self.routes);
        serve(self.listener, router)
    }
}

/// Serves `router` on a thread of its own.
///
/// # Errors
///
/// The server does not start.
pub fn serve(listener: TcpListener, router: Router) -> Result<(), Failure> {
    listener.set_nonblocking(true).map_err(no_server)?;
    let runtime = runtime::Builder::new_current_thread().enable_io().build().map_err(no_server)?;
    thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        })
    });
    Ok(())
}

fn no_server(error: std::io::Error) -> Failure {
    Failure::new(format!("cannot serve: {error}"), "Try again, with another --port if you gave one.")
}

/// Codes that the fake has sent, as JSON.
fn sent_codes(cognito: &FakeCognito) -> Value {
    let pool = cognito.pool();
    pool.sent.iter().map(|SentCode { to, code }| json!({ "to": to, "code": code })).collect()
}

async fn json_for_pages(State(routes): State<Arc<Routes>>, value: Value) -> Response {
    let response = ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response();
    routes.cors.allow_pages(response)
}

impl Routes {
    /// Response of the function that serves a request.
    async fn invoke(&self, head: &Parts, body: &Bytes, id: &str) -> Response {
        let Some(name) = self.names.get(&(head.method.clone(), head.uri.path().to_owned())).cloned() else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let (functions, event) = (Arc::clone(&self.functions), event(head, body, id));
        match task::spawn_blocking(move || functions.invoke(&name, event)).await {
            Ok(Some(result)) => response(&result),
            _ => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

async fn handle(State(routes): State<Arc<Routes>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let origin = head.headers.get(header::ORIGIN).cloned();
    let is_preflight =
        head.method == Method::OPTIONS && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let id = new_id();
    let mut response = if is_preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        match axum::body::to_bytes(body, LARGEST_BODY).await {
            Ok(body) => routes.invoke(&head, &body, &id).await,
            Err(_) => message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
        }
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(GATEWAY_ID, id);
    }
    match origin {
        Some(origin) => routes.cors.allow(response, &origin),
        None => response,
    }
}

/// Request id of the gateway.
fn new_id() -> String {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    format!("local-{}", REQUESTS.fetch_add(1, Ordering::Relaxed))
}

impl Cors {
    /// The template's CORS configuration, for the local pages and the origins in `allowed`, separated by commas.
    ///
    /// # Errors
    ///
    /// The template has a value that is not valid in a header.
    pub fn new(template: &Template, pages: &str, allowed: Option<&str>) -> Result<Self, Failure> {
        let origins = [pages].into_iter().chain(allowed.unwrap_or(DEFAULT_ORIGIN).split(','));
        let list = |name: &str| {
            header_value(&template.cors(name)).map_err(|error| {
                Failure::new(format!("template.yaml, {name}: {error}"), "Fix the CORS configuration.")
            })
        };
        Ok(Self {
            origins: origins.map(str::to_owned).collect(),
            allow_methods: list("allowMethods")?,
            allow_headers: list("allowHeaders")?,
            expose_headers: list("exposeHeaders")?,
        })
    }

    /// Origins whose pages may call the API, separated by commas.
    pub fn origins(&self) -> String {
        self.origins.join(",")
    }

    /// Adds the headers that allow `origin` to read the response, if the configuration does.
    fn allow(&self, mut response: Response, origin: &HeaderValue) -> Response {
        if self.origins.iter().any(|allowed| origin == allowed) {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, self.allow_methods.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, self.expose_headers.clone());
        }
        response
    }

    /// Adds the headers that allow the local pages to read the response.
    fn allow_pages(&self, response: Response) -> Response {
        match self.origins.first().map(|pages| HeaderValue::try_from(pages.as_str())) {
            Some(Ok(pages)) => self.allow(response, &pages),
            _ => response,
        }
    }
}

fn header_value(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::try_from(text)
}

/// Response of the gateway itself.
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
        "cookies": cookies(&head.headers),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "local",
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

/// Cookies, each as `name=value`. Format 2.0 has them in a member of their own.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = values.flat_map(|value| value.split(';')).map(str::trim);
    cookies.filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
}

/// Headers by name, without cookies: API Gateway joins the values of repeated ones.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let joined = |name: &HeaderName| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        values.join(",")
    };
    let others = headers.keys().filter(|name| *name != header::COOKIE);
    others.map(|name| (name.to_string(), joined(name).into())).collect()
}

/// HTTP response from the response of a function.
fn response(result: &Value) -> Response {
    let status =
        result["statusCode"].as_u64().and_then(|status| StatusCode::from_u16(status.try_into().ok()?).ok());
    let body = result["body"].as_str().unwrap_or_default().to_owned();
    let mut response = Response::new(Body::from(body));
    // API Gateway's response if the function's is not valid:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html.
    let Some(status) = status else {
        return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    *response.status_mut() = status;
    for (name, value) in result["headers"].as_object().into_iter().flatten() {
        if let (Ok(name), Some(Ok(value))) =
            (HeaderName::try_from(name), value.as_str().map(HeaderValue::try_from))
        {
            response.headers_mut().insert(name, value);
        }
    }
    for cookie in result["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}
