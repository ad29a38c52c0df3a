//! Sign-in with an identity provider, through the OAuth endpoints of the pool's domain.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fake_cognito::{Account, Fault, Federation, Page, PageRequest, Settings, User};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::api::{Api, ApiResponse, PASSWORD, USER};

const CALLBACK: &str = "https://app.example.org/signed-in";
const SIGNED_OUT: &str = "https://app.example.org/";
const FOREIGN: &str = "https://evil.example/signed-in";
const STATE: &str = "c3RhdGUtb2YtYS1wYWdl";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const ADMIN: &str = "admin@igad.int";

/// Functions in front of a pool with a native user, whose address an account at the provider has too.
fn api() -> Api {
    let account = |subject: &str, email: &str| Account {
        subject: subject.to_owned(),
        email: email.to_owned(),
        name: "Ada".to_owned(),
    };
    let federation = Federation {
        providers: vec!["Demo".to_owned()],
        callback_urls: vec![CALLBACK.to_owned()],
        logout_urls: vec![SIGNED_OUT.to_owned()],
        accounts: vec![account("1001", ADMIN), account("1002", USER)],
    };
    let client_secret = Some("client-secret-of-flows".to_owned());
    let settings = Settings { client_secret, federation: Some(federation), ..Settings::default() };
    Api::with_variables(settings, [User::new(USER, PASSWORD)], &[("ADMIN_EMAILS", ADMIN)])
}

fn start(api: &Api, changed: &Value) -> ApiResponse {
    let code_challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let mut body = json!({
        "provider": "Demo",
        "redirect_uri": CALLBACK,
        "state": STATE,
        "code_challenge": code_challenge
    });
    for (name, value) in changed.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    api.post("start-federated-login", &body)
}

fn complete(api: &Api, code: &str, verifier: &str) -> ApiResponse {
    let body = json!({ "code": code, "code_verifier": verifier, "redirect_uri": CALLBACK });
    api.post("complete-federated-login", &body)
}

/// Browser with the cookie of the domain.
#[derive(Default)]
struct Browser {
    cookie: String,
}

impl Browser {
    /// Opens a URL of the domain, or sends it a form.
    fn visit(&mut self, api: &Api, method: &str, url: &str, form: &str) -> Page {
        let domain = api.cognito.url();
        let target = url.strip_prefix(&domain).unwrap_or(url);
        let host = domain.strip_prefix("http://").unwrap();
        let request = PageRequest::new(method, host, target, &self.cookie, form.as_bytes());
        let page = api.cognito.pool().visit(&request);
        if let Some(cookie) = &page.cookie {
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        page
    }

    /// Follows the redirects of a sign-in, and chooses an account if the provider asks. Returns the code.
    fn sign_in(&mut self, api: &Api, started: &ApiResponse, account: &str) -> String {
        let url = started.member("url");
        let mut page = self.visit(api, "GET", url.as_str().unwrap(), "");
        let location = page.location.clone().expect("a redirect");
        if let Some(query) = location.strip_prefix("/provider/authorize?") {
            let form = format!("{query}&account={account}");
            let back = self.visit(api, "POST", "/provider/authorize", &form).location.expect("a redirect");
            page = self.visit(api, "GET", &back, "");
        }
        let location = page.location.expect("a redirect");
        let query = location.strip_prefix(CALLBACK).expect("the callback").trim_start_matches('?');
        let of = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(of, _)| of == name).unwrap().1;
        assert_eq!(of("state"), STATE);
        of("code").into_owned()
    }
}

/// Response of a sign-in with an account.
fn signed_in(api: &Api, account: &str) -> ApiResponse {
    let code = Browser::default().sign_in(api, &start(api, &json!({})), account);
    complete(api, &code, VERIFIER)
}

#[test]
fn federated_session_works_like_any_other() {
    let api = api();
    let settings = api.post("settings", &json!({}));
    assert_eq!(settings.member("providers"), json!(["Demo"]));
    let mut browser = Browser::default();
    let code = browser.sign_in(&api, &start(&api, &json!({})), "1001");
    let tokens = complete(&api, &code, VERIFIER);
    // The provider says that the address is verified, and ADMIN_EMAILS has it.
    let user = tokens.member("user");
    let sub = api.cognito.pool().user("demo_1001").unwrap().sub.clone();
    let expected =
        json!({ "user_id": sub, "email": ADMIN, "role": "user", "name": "Ada", "is_admin": false });
    assert_eq!(user, expected);

    let access_token = tokens.member("access_token");
    let me = api.post_as(&access_token, "me", &json!({}));
    let fields = ["username", "email", "role", "is_admin", "email_verified"].map(|name| me.member(name));
    assert_eq!(fields, [json!("demo_1001"), json!(ADMIN), json!("user"), json!(false), json!(false)]);
    let refresh_token = tokens.member("refresh_token");
    let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token }));
    assert_eq!(refreshed.member("user"), expected);

    let logout = json!({ "refresh_token": refresh_token, "redirect_uri": SIGNED_OUT });
    let logged_out = api.post_as(&access_token, "logout", &logout);
    let url = logged_out.member("logout_url");
    let page = browser.visit(&api, "GET", url.as_str().unwrap(), "");
    assert_eq!((page.location.as_deref(), browser.cookie.as_str()), (Some(SIGNED_OUT), "cognito="));
    let refreshed = api.post("refresh-token", &json!({ "refresh_token": refresh_token }));
    refreshed.assert_error(401, "Invalid refresh token");
    assert_eq!(api.post_as(&access_token, "me", &json!({})).status, 401);
}

#[test]
fn code_is_exchanged_once() {
    let api = api();
    let mut browser = Browser::default();
    let invalid = "Invalid authorization code";
    let code = browser.sign_in(&api, &start(&api, &json!({})), "1001");
    complete(&api, &code, VERIFIER).token();
    complete(&api, &code, VERIFIER).assert_error(401, invalid);

    let code = browser.sign_in(&api, &start(&api, &json!({})), "1001");
    complete(&api, &code, &VERIFIER.replace('d', "e")).assert_error(401, invalid);
    complete(&api, &code, VERIFIER).assert_error(401, invalid);

    let code = browser.sign_in(&api, &start(&api, &json!({})), "1001");
    api.advance_clock(300);
    complete(&api, &code, VERIFIER).assert_error(401, invalid);
}

#[test]
fn code_survives_an_error_of_cognito() {
    let api = api();
    let code = Browser::default().sign_in(&api, &start(&api, &json!({})), "1001");
    api.cognito.fail_next("/oauth2/token", Fault::InternalError);
    complete(&api, &code, VERIFIER).assert_error(503, "Login failed: identity provider unavailable");
    complete(&api, &code, VERIFIER).token();
}

#[test]
fn foreign_redirect_is_rejected() {
    let api = api();
    start(&api, &json!({ "redirect_uri": FOREIGN })).assert_error(422, "redirect_uri: not allowed");
    start(&api, &json!({ "provider": "COGNITO" })).assert_error(422, "provider: not available");
    let body = json!({ "code": "c", "code_verifier": VERIFIER, "redirect_uri": FOREIGN });
    api.post("complete-federated-login", &body).assert_error(422, "redirect_uri: not allowed");
    let logged_out = api.post("logout", &json!({ "redirect_uri": FOREIGN }));
    assert_eq!((logged_out.status, logged_out.body), (200, json!({ "message": "Logged out successfully" })));
    let requested = api.cognito.operations();
    assert!(requested.is_empty(), "{requested:?}");
}

#[test]
fn silent_sign_in_is_not_recent() {
    let api = api();
    let mut browser = Browser::default();
    let now = api.cognito.pool().now();
    api.cognito.pool().set_clock(now - 20 * 60);
    browser.sign_in(&api, &start(&api, &json!({})), "1001");
    api.cognito.pool().set_clock(now);

    let delete = json!({ "confirm": "demo_1001" });
    let code = browser.sign_in(&api, &start(&api, &json!({})), "no account");
    let silent = complete(&api, &code, VERIFIER).token();
    let rejected = api.post_as(&silent, "delete-account", &delete);
    rejected.assert_error(403, "Please sign in again to do this");

    let again = start(&api, &json!({ "reauthenticate": true, "login_hint": ADMIN }));
    let code = browser.sign_in(&api, &again, "1001");
    let recent = complete(&api, &code, VERIFIER).token();
    assert_eq!(api.post_as(&recent, "delete-account", &delete).status, 200);
}

#[test]
fn same_address_is_not_linked() {
    let api = api();
    let federated = signed_in(&api, "1002").member("user");
    let native = api.log_in(USER).member("user");
    assert_eq!(federated["email"], native["email"]);
    assert_ne!(federated["user_id"], native["user_id"]);
}

#[test]
fn password_routes_do_not_reveal_federated_users() {
    let api = api();
    signed_in(&api, "1001").token();
    let usernames = ["demo_1001", "demo_9999"];
    for route in ["login", "forgot-password", "start-login"] {
        let body = |username| json!({ "username": username, "password": PASSWORD });
        let [known, unknown] = usernames.map(|username| {
            let mut response = api.post(route, &body(username));
            for member in ["session", "username", "user"] {
                response.body.as_object_mut().unwrap().remove(member);
            }
            response
        });
        assert_eq!(known, unknown, "{route}");
    }
    assert!(api.cognito.pool().sent.is_empty());
}

#[test]
fn wrong_client_secret_is_our_error() {
    let api = api();
    let code = Browser::default().sign_in(&api, &start(&api, &json!({})), "1001");
    // The function starts with the secret of the environment.
    complete(&api, "unknown", VERIFIER).assert_error(401, "Invalid authorization code");
    api.cognito.pool().settings.client_secret = Some("rotated".to_owned());
    complete(&api, &code, VERIFIER).assert_error(500, "Login failed: internal error");
}
