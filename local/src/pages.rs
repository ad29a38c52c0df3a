//! The pages that are served on loopback beside the API (`local/pages`): one to sign in on, and the reference.
//!
//! They call the API across origins, as a front end of somebody else's does; so the API must allow their origin.

use std::{fmt::Display, fs, net::TcpListener, path::Path, sync::Arc, thread};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use qrcode::{QrCode, render::svg};
use tokio::{runtime, task};

use crate::{failure::Failure, folders::Folders, reference, stack::About, supervisor::Supervisor};

/// The parameter of the template that says which origins may call the API, and what it is by itself.
const ALLOWED_ORIGINS: (&str, &str) = ("AllowedOrigins", "http://localhost:3000");

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The files of the pages, and of which kind each is.
const FILES: [(&str, &str, &str); 9] = [
    ("/", "index.html", HTML),
    ("/page.css", "page.css", CSS),
    ("/page.js", "page.js", JAVASCRIPT),
    ("/local.js", "local.js", JAVASCRIPT),
    ("/icon.svg", "icon.svg", SVG),
    ("/reference/", "reference.html", HTML),
    ("/reference/icon.svg", "icon.svg", SVG),
    ("/reference/reference.css", "reference.css", CSS),
    ("/reference/reference.js", "reference.js", JAVASCRIPT),
];

/// A page that is not served yet, but has its address.
#[derive(Debug)]
pub struct Page {
    listener: TcpListener,
    origin: String,
}

impl Page {
    /// Takes a free port of loopback.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn bind() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(no_server)?;
        let port = listener.local_addr().map_err(no_server)?.port();
        // By name: an address of the Internet Protocol is no relying party of WebAuthn.
        Ok(Self { listener, origin: format!("http://localhost:{port}") })
    }

    /// Its address.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The template's `parameters`, with this page among the origins that may call the API.
    pub fn allowed_by(&self, parameters: &[String]) -> Vec<String> {
        let (name, usual) = ALLOWED_ORIGINS;
        let given = |parameter: &String| Some(parameter.strip_prefix(name)?.strip_prefix('=')?.to_owned());
        let origins = parameters.iter().rev().find_map(given).unwrap_or_else(|| usual.to_owned());
        let others = parameters.iter().filter(|parameter| given(parameter).is_none()).cloned();
        others.chain([format!("{name}={origins},{}", self.origin)]).collect()
    }

    /// Serves the page from now on.
    ///
    /// # Errors
    ///
    /// Where the system does not let us.
    pub fn serve(&self, about: &About, folders: &Folders, supervisor: &Supervisor) -> Result<(), Failure> {
        let served = Served {
            folders: folders.clone(),
            supervisor: supervisor.clone(),
            api: about.api.clone(),
            about: serde_json::to_string(about).map_err(no_server)?,
        };
        let router = router(Arc::new(served));
        let listener = self.listener.try_clone().map_err(no_server)?;
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
}

/// What is served, and what that needs.
#[derive(Debug)]
struct Served {
    folders: Folders,
    supervisor: Supervisor,
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
                file(&served.folders.pages.join(name), kind)
            };
            router.route(path, get(file))
        })
        .layer(from_fn_with_state(Arc::clone(&served), with_headers))
        .with_state(served)
}

async fn document(State(served): State<Arc<Served>>) -> Response {
    match reference::document(&served.folders, &served.api) {
        Ok(document) => ([(header::CONTENT_TYPE, "application/yaml")], document).into_response(),
        Err(failure) => (StatusCode::NOT_FOUND, failure.to_string()).into_response(),
    }
}

async fn scalar(State(served): State<Arc<Served>>) -> Response {
    // It may have to be fetched.
    let scalar = task::spawn_blocking(move || reference::scalar(&served.folders, &served.supervisor)).await;
    match scalar {
        Ok(Ok(path)) => file(&path, JAVASCRIPT),
        Ok(Err(failure)) => (StatusCode::SERVICE_UNAVAILABLE, failure.to_string()).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A file as it is now, so that who edits the page sees it by loading it again.
fn file(path: &Path, kind: &'static str) -> Response {
    match fs::read(path) {
        Ok(content) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Draws what is posted as a QR code: black on white in dark mode too, since not every camera reads the reverse.
async fn draw(text: String) -> Response {
    match QrCode::new(text) {
        Ok(code) => {
            let drawn = code.render::<svg::Color<'_>>().build();
            ([(header::CONTENT_TYPE, SVG)], drawn).into_response()
        }
        // It holds three thousand letters.
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

async fn with_headers(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let policy = content_security_policy(&served.api, request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Where the API's address is none that a header takes, the browser is to load nothing at all.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The page's own files and no others, and the API's origin to call. The QR code is a picture in memory.
/// Scalar cannot do without styles and pictures that stand in the page itself.
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

fn no_server(error: impl Display) -> Failure {
    Failure::new(format!("serving the page: {error}"), "Try again.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]
mod tests {
    use super::*;

    fn page() -> Page {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Page { listener, origin: "http://localhost:8080".to_owned() }
    }

    #[test]
    fn the_page_may_call_the_api_besides_those_that_may_anyway() {
        assert_eq!(page().allowed_by(&[]), ["AllowedOrigins=http://localhost:3000,http://localhost:8080"]);
    }

    #[test]
    fn the_page_may_call_the_api_besides_those_that_somebody_has_named() {
        let parameters = ["AllowedOrigins=https://app.example".to_owned(), "LogLevel=DEBUG".to_owned()];
        assert_eq!(
            page().allowed_by(&parameters),
            ["LogLevel=DEBUG", "AllowedOrigins=https://app.example,http://localhost:8080"]
        );
    }

    #[test]
    fn the_page_may_connect_to_the_apis_origin_whatever_path_the_api_is_below() {
        let policy = content_security_policy("http://127.0.0.1:4566/_aws/execute-api/a1b2", "/");
        assert!(policy.contains("connect-src 'self' http://127.0.0.1:4566;"), "{policy}");
    }
}
