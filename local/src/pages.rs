//! Pages on loopback beside the API (`local/pages`): a sign-in page and the API reference.
//!
//! They call the API across origins, as any front end does.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use qrcode::{QrCode, render::svg};
use tokio::task;

use crate::{failure::Failure, gateway, reference, stack::About};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Path, file and media type.
const FILES: [(&str, &str, &str); 16] = [
    ("/", "index.html", HTML),
    ("/page.css", "page.css", CSS),
    ("/page.js", "page.js", JAVASCRIPT),
    ("/account.js", "account.js", JAVASCRIPT),
    ("/email.js", "email.js", JAVASCRIPT),
    ("/factors.js", "factors.js", JAVASCRIPT),
    ("/password-policy.js", "password-policy.js", JAVASCRIPT),
    ("/session.js", "session.js", JAVASCRIPT),
    ("/steps.js", "steps.js", JAVASCRIPT),
    ("/client.js", "client.js", JAVASCRIPT),
    ("/local.js", "local.js", JAVASCRIPT),
    ("/icon.svg", "icon.svg", SVG),
    ("/reference/", "reference.html", HTML),
    ("/reference/icon.svg", "icon.svg", SVG),
    ("/reference/reference.css", "reference.css", CSS),
    ("/reference/reference.js", "reference.js", JAVASCRIPT),
];

/// Server of the pages that has an address.
#[derive(Debug)]
pub struct Pages {
    listener: TcpListener,
    origin: String,
}

impl Pages {
    /// Binds a free port of loopback.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn bind() -> Result<Self, Failure> {
        let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| {
            // By name: a relying party of WebAuthn cannot be an IP address.
            let origin = format!("http://localhost:{}", listener.local_addr()?.port());
            Ok(Self { listener, origin })
        });
        bound.map_err(|error| Failure::new(format!("cannot serve the pages: {error}"), "Try again."))
    }

    /// Origin of the pages.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Starts to serve.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn serve(self, repository: &Path, about: About) -> Result<(), Failure> {
        let served = Served {
            repository: repository.to_owned(),
            about: serde_json::json!(about).to_string(),
            api: about.api,
        };
        gateway::serve(self.listener, router(Arc::new(served)))
    }
}

/// State of the server.
#[derive(Debug)]
struct Served {
    repository: PathBuf,
    api: String,
    about: String,
}

fn router(served: Arc<Served>) -> Router {
    let about = |State(served): State<Arc<Served>>| async move {
        ([(header::CONTENT_TYPE, "application/json")], served.about.clone())
    };
    let router = Router::new()
        .route("/about.json", get(about))
        .route("/qr-code", post(draw))
        .route("/reference", get(|| async { Redirect::permanent("/reference/") }))
        .route("/reference/openapi.yaml", get(document))
        .route("/reference/scalar.js", get(scalar));
    FILES
        .into_iter()
        .fold(router, |router, (path, name, kind)| {
            let file = move |State(served): State<Arc<Served>>| async move {
                file(&served.repository.join("local/pages").join(name), kind)
            };
            router.route(path, get(file))
        })
        .layer(from_fn_with_state(Arc::clone(&served), with_headers))
        .with_state(served)
}

async fn document(State(served): State<Arc<Served>>) -> Response {
    match reference::document(&served.repository, &served.api) {
        Ok(document) => ([(header::CONTENT_TYPE, "application/yaml")], document).into_response(),
        Err(failure) => (StatusCode::NOT_FOUND, failure.to_string()).into_response(),
    }
}

async fn scalar(State(served): State<Arc<Served>>) -> Response {
    // It may have to be downloaded.
    let scalar = task::spawn_blocking(move || reference::scalar(&served.repository)).await;
    match scalar {
        Ok(Ok(path)) => file(&path, JAVASCRIPT),
        Ok(Err(failure)) => (StatusCode::SERVICE_UNAVAILABLE, failure.to_string()).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Current contents of a file, so that a reload shows an edit.
fn file(path: &Path, kind: &'static str) -> Response {
    match fs::read(path) {
        Ok(content) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// QR code of the posted text: black on white in dark mode too, since not every camera reads the reverse.
async fn draw(text: String) -> Response {
    match QrCode::new(text) {
        Ok(code) => {
            let drawn = code.render::<svg::Color<'_>>().build();
            ([(header::CONTENT_TYPE, SVG)], drawn).into_response()
        }
        // A QR code holds some three thousand characters.
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

async fn with_headers(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let policy = content_security_policy(&served.api, request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // If the API's address is not valid in a header, the browser loads nothing.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Allows the page's own files and calls to the API's origin. The QR code is a `blob:` image, and Scalar needs inline
/// styles and `data:` images.
fn content_security_policy(api: &str, path: &str) -> String {
    let api_origin: Vec<&str> = api.splitn(4, '/').take(3).collect();
    let (styles, pictures) = if path.starts_with("/reference") {
        ("'self' 'unsafe-inline'", "'self' data:")
    } else {
        ("'self'", "'self' blob:")
    };
    format!(
        "default-src 'none'; script-src 'self'; style-src {styles}; img-src {pictures}; connect-src 'self' {}; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        api_origin.join("/")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_may_connect_to_the_origin_of_the_api() {
        let policy = content_security_policy("http://127.0.0.1:4566/_aws/execute-api/a1b2", "/");
        assert!(policy.contains("connect-src 'self' http://127.0.0.1:4566;"), "{policy}");
    }
}
