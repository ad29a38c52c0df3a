//! OAuth endpoints of the pool's domain, and sign-in through the demo provider.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fake_cognito::{Account, Federation, Page, PageRequest, Pool, Settings, User};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::pool::{PASSWORD, USER, assert_raises, pool_with, sign_in};

const HOST: &str = "domain.example";
const CALLBACK: &str = "https://app.example.org/callback";
const SIGNED_OUT: &str = "https://app.example.org/";
const STATE: &str = "c3RhdGU";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPE: &str = "openid email profile aws.cognito.signin.user.admin";

/// Pool with a native user, whose address an account at the provider has too.
fn pool() -> Pool {
    pool_with_secret(None)
}

fn pool_with_secret(secret: Option<&str>) -> Pool {
    let account = |subject: &str, email: &str| Account {
        subject: subject.to_owned(),
        email: email.to_owned(),
        name: "Ada".to_owned(),
    };
    let federation = Federation {
        providers: vec!["Demo".to_owned(), "Other".to_owned()],
        callback_urls: vec![CALLBACK.to_owned()],
        logout_urls: vec![SIGNED_OUT.to_owned()],
        accounts: vec![
            account("1001", "ada@example.org"),
            account("1002", USER),
            account("Ab", "ab@example.org"),
            account("aB", "ba@example.org"),
        ],
    };
    let client_secret = secret.map(str::to_owned);
    let settings = Settings { client_secret, federation: Some(federation), ..Settings::default() };
    pool_with(settings, User::new(USER, PASSWORD))
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn get(pool: &mut Pool, path: &str, parameters: &[(&str, &str)], cookie: &str) -> Page {
    let target = format!("{path}?{}", encoded(parameters));
    pool.visit(&PageRequest::new("GET", HOST, &target, cookie, b""))
}

fn post(pool: &mut Pool, path: &str, parameters: &[(&str, &str)]) -> Page {
    pool.visit(&PageRequest::new("POST", HOST, path, "", encoded(parameters).as_bytes()))
}

/// Parameters of the authorize endpoint, with these in place of the usual ones; an empty value removes one.
fn authorize_with(pool: &mut Pool, changed: &[(&str, &str)], cookie: &str) -> Page {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let usual = [
        ("response_type", "code"),
        ("client_id", "1example23456789"),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPE),
        ("state", STATE),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("identity_provider", "Demo"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    let parameters: Vec<_> =
        kept.chain(changed.iter().copied().filter(|(_, value)| !value.is_empty())).collect();
    get(pool, "/oauth2/authorize", &parameters, cookie)
}

/// Target of a redirect without its query.
#[track_caller]
fn target(page: &Page) -> &str {
    page.location.as_deref().expect("a redirect").split('?').next().unwrap()
}

/// Parameter of a redirect; empty if there is none.
#[track_caller]
fn parameter(page: &Page, name: &str) -> String {
    let (_, query) = page.location.as_deref().expect("a redirect").split_once('?').expect("a query");
    let found = form_urlencoded::parse(query.as_bytes()).find(|(of, _)| of == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Chooses an account at the provider; returns the provider's redirect.
fn choose(pool: &mut Pool, at_provider: &Page, account: &str) -> Page {
    assert_eq!(target(at_provider), "/provider/authorize");
    let of = |name| parameter(at_provider, name);
    let [client_id, redirect_uri, state, nonce] = ["client_id", "redirect_uri", "state", "nonce"].map(of);
    let form = [
        ("client_id", client_id.as_str()),
        ("redirect_uri", &redirect_uri),
        ("state", &state),
        ("nonce", &nonce),
        ("account", account),
    ];
    post(pool, "/provider/authorize", &form)
}

/// The pool's response to a redirect of the provider.
fn back(pool: &mut Pool, from_provider: &Page) -> Page {
    let location = from_provider.location.clone().expect("a redirect");
    let target = location.strip_prefix("http://domain.example").expect("a URL of the domain");
    pool.visit(&PageRequest::new("GET", HOST, target, "", b""))
}

/// Redirect to the client after a sign-in with an account.
fn signed_in(pool: &mut Pool, account: &str) -> Page {
    let at_provider = authorize_with(pool, &[], "");
    let chosen = choose(pool, &at_provider, account);
    back(pool, &chosen)
}

fn cookie(page: &Page) -> String {
    page.cookie.as_deref().expect("a cookie").split(';').next().unwrap().to_owned()
}

fn exchange_with(pool: &mut Pool, code: &str, changed: &[(&str, &str)]) -> Page {
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", "1example23456789"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let kept = usual.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    let parameters: Vec<_> = kept.chain(changed.iter().copied()).collect();
    post(pool, "/oauth2/token", &parameters)
}

fn error_of(page: &Page) -> (u16, Value) {
    (page.status, serde_json::from_str(&page.body).unwrap())
}

fn error(name: &str) -> (u16, Value) {
    (400, json!({ "error": name }))
}

/// Tokens of a sign-in with an account.
fn tokens(pool: &mut Pool, account: &str) -> Value {
    let page = signed_in(pool, account);
    let page = exchange_with(pool, &parameter(&page, "code"), &[]);
    assert_eq!(page.status, 200, "{page:?}");
    serde_json::from_str(&page.body).unwrap()
}

fn claims(token: &Value) -> Value {
    let claims = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[test]
fn unknown_client_or_uri_gets_no_redirect() {
    for changed in [
        ("client_id", "other"),
        ("redirect_uri", "https://app.example.org/callback/"),
        ("redirect_uri", "https://app.example.org/call"),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", ""),
    ] {
        let page = authorize_with(&mut pool(), &[changed], "");
        assert_eq!(target(&page), "/error", "{changed:?}");
        assert_eq!(get(&mut pool(), "/error", &[("error", "redirect_mismatch")], "").status, 400);
    }
}

#[test]
fn other_errors_reach_the_client() {
    for (changed, expected) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unauthorized_client"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("scope", "openid admin"), "invalid_request"),
        (("scope", "email"), "invalid_request"),
        (("identity_provider", "COGNITO"), "invalid_request"),
        (("identity_provider", "demo"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let page = authorize_with(&mut pool(), &[changed], "");
        let actual = (target(&page), parameter(&page, "error"), parameter(&page, "state"));
        assert_eq!(actual, (CALLBACK, expected.to_owned(), STATE.to_owned()), "{changed:?}");
    }
}

#[test]
fn page_without_provider_lists_providers_only() {
    let page = authorize_with(&mut pool(), &[("identity_provider", "")], "");
    assert_eq!((page.status, page.location), (200, None));
    assert_eq!(page.body.matches("identity_provider=").count(), 2);
    assert!(!page.body.contains("COGNITO"));
}

#[test]
fn provider_gets_prompt_and_hint() {
    let mut pool = pool();
    let page = authorize_with(&mut pool, &[("prompt", "login"), ("login_hint", USER)], "");
    assert_eq!((parameter(&page, "prompt"), parameter(&page, "login_hint")), ("login".into(), USER.into()));
    assert_ne!(parameter(&page, "state"), STATE);
    let location = page.location.unwrap();
    let accounts = pool.visit(&PageRequest::new("GET", HOST, &location, "", b"")).body;
    assert!(accounts.find("1002").unwrap() < accounts.find("1001").unwrap(), "{accounts}");
}

#[test]
fn provider_rejects_foreign_redirect() {
    let mut pool = pool();
    let page = authorize_with(&mut pool, &[], "");
    let state = parameter(&page, "state");
    let form =
        [("client_id", "user-pool"), ("redirect_uri", CALLBACK), ("state", &state), ("account", "1001")];
    assert_eq!(post(&mut pool, "/provider/authorize", &form).status, 400);
}

#[test]
fn federated_user_has_mapped_attributes() {
    let mut pool = pool();
    let tokens = tokens(&mut pool, "1001");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let id = claims(&tokens["id_token"]);
    assert_eq!(id["cognito:username"], "demo_1001");
    assert_eq!(id["cognito:groups"], json!(["eu-west-1_AbCdEfGhI_Demo"]));
    assert_eq!((&id["email"], &id["name"]), (&json!("ada@example.org"), &json!("Ada")));
    // The provider's `email_verified` is not mapped.
    assert_eq!(id["email_verified"], false);
    assert_eq!(id["identities"][0]["providerName"], "Demo");
    assert_eq!(id["identities"][0]["userId"], "1001");
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["scope"], &access["username"]), (&json!(SCOPE), &json!("demo_1001")));

    let user = pool.call("GetUser", &json!({ "AccessToken": tokens["access_token"] })).unwrap();
    assert_eq!(user["Username"], "demo_1001");
    let attributes = user["UserAttributes"].as_array().unwrap();
    let identities = attributes.iter().find(|attribute| attribute["Name"] == "identities").unwrap();
    let identities: Value = serde_json::from_str(identities["Value"].as_str().unwrap()).unwrap();
    assert_eq!(identities, id["identities"]);
}

#[test]
fn each_sign_in_overwrites_the_address() {
    let mut pool = pool();
    tokens(&mut pool, "1001");
    let federated = pool.users.last_mut().unwrap();
    let sub = federated.sub.clone();
    federated.email = "changed@example.org".to_owned();
    federated.email_verified = true;
    tokens(&mut pool, "1001");
    assert_eq!(pool.users.len(), 2);
    let user = pool.user("demo_1001").unwrap();
    assert_eq!((&user.sub, user.email.as_str(), user.email_verified), (&sub, "ada@example.org", false));
}

#[test]
fn username_is_lowercase_but_subject_is_not() {
    let mut pool = pool();
    let id = claims(&tokens(&mut pool, "Ab")["id_token"]);
    assert_eq!((&id["cognito:username"], &id["identities"][0]["userId"]), (&json!("demo_ab"), &json!("Ab")));
    assert_eq!(claims(&tokens(&mut pool, "Ab")["id_token"])["sub"], id["sub"]);
}

#[test]
fn subject_in_another_case_is_rejected() {
    let mut pool = pool();
    tokens(&mut pool, "Ab");
    let page = signed_in(&mut pool, "aB");
    assert_eq!((parameter(&page, "error"), parameter(&page, "code")), ("invalid_request".into(), "".into()));
    assert_eq!(pool.user("demo_ab").unwrap().email, "ab@example.org");
}

#[test]
fn provider_in_another_case_is_rejected() {
    let mut pool = pool();
    pool.settings.federation.as_mut().unwrap().providers.push("demo".to_owned());
    tokens(&mut pool, "1001");
    let at_provider = authorize_with(&mut pool, &[("identity_provider", "demo")], "");
    let chosen = choose(&mut pool, &at_provider, "1001");
    let page = back(&mut pool, &chosen);
    assert_eq!((parameter(&page, "error"), parameter(&page, "code")), ("invalid_request".into(), "".into()));
}

#[test]
fn same_address_is_another_user() {
    let mut pool = pool();
    let id = claims(&tokens(&mut pool, "1002")["id_token"]);
    assert_eq!(id["email"], USER);
    assert_ne!(id["sub"], pool.users[0].sub.as_str());
    assert_eq!(pool.user(USER).unwrap().sub, pool.users[0].sub);
    let native = sign_in(&mut pool, USER, PASSWORD).unwrap();
    assert!(claims(&native["AuthenticationResult"]["IdToken"])["identities"].is_null());
}

#[test]
fn federated_user_has_no_password() {
    let mut pool = pool();
    tokens(&mut pool, "1001");
    assert!(pool.user("ada@example.org").is_none());
    let incorrect = "Incorrect username or password.";
    for username in ["demo_1001", "ada@example.org"] {
        assert_raises(sign_in(&mut pool, username, PASSWORD), "NotAuthorizedException", incorrect);
    }
    let reset = pool.call("ForgotPassword", &json!({ "Username": "demo_1001" }));
    let message = "User password cannot be reset in the current state.";
    assert_raises(reset, "NotAuthorizedException", message);
    assert!(pool.sent.is_empty());
}

#[test]
fn federated_session_is_refreshed_and_revoked() {
    let mut pool = pool();
    let first = tokens(&mut pool, "1001");
    let refresh = json!({ "RefreshToken": first["refresh_token"] });
    let refreshed = pool.call("GetTokensFromRefreshToken", &refresh).unwrap();
    let id = claims(&refreshed["AuthenticationResult"]["IdToken"]);
    assert_eq!(id["identities"][0]["userId"], "1001");
    pool.call("RevokeToken", &json!({ "Token": first["refresh_token"] })).unwrap();
    assert!(pool.call("GetTokensFromRefreshToken", &refresh).is_err());

    let second = tokens(&mut pool, "1001");
    pool.call("GlobalSignOut", &json!({ "AccessToken": second["access_token"] })).unwrap();
    let user = pool.call("GetUser", &json!({ "AccessToken": second["access_token"] }));
    assert_raises(user, "NotAuthorizedException", "Access Token has been revoked");
}

#[test]
fn scopes_limit_the_tokens() {
    let mut pool = pool();
    let mut exchange = |scope: &str| {
        let at_provider = authorize_with(&mut pool, &[("scope", scope)], "");
        let chosen = choose(&mut pool, &at_provider, "1001");
        let code = parameter(&back(&mut pool, &chosen), "code");
        let tokens: Value = serde_json::from_str(&exchange_with(&mut pool, &code, &[]).body).unwrap();
        let user = pool.call("GetUser", &json!({ "AccessToken": tokens["access_token"] }));
        (tokens, user)
    };
    let (tokens, user) = exchange("openid");
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["email"], &id["name"]), (&Value::Null, &Value::Null));
    let message = "Access Token does not have required scopes";
    assert_raises(user, "NotAuthorizedException", message);
    let (tokens, user) = exchange("aws.cognito.signin.user.admin");
    assert!(tokens["id_token"].is_null());
    user.unwrap();
}

#[test]
fn code_is_valid_once() {
    let mut pool = pool();
    let code = parameter(&signed_in(&mut pool, "1001"), "code");
    assert_eq!(exchange_with(&mut pool, &code, &[]).status, 200);
    assert_eq!(error_of(&exchange_with(&mut pool, &code, &[])), error("invalid_grant"));
}

#[test]
fn code_expires_after_five_minutes() {
    for (seconds, status) in [(299, 200), (300, 400)] {
        let mut pool = pool();
        let code = parameter(&signed_in(&mut pool, "1001"), "code");
        pool.advance_clock(Duration::from_secs(seconds));
        assert_eq!(exchange_with(&mut pool, &code, &[]).status, status, "{seconds}");
    }
}

#[test]
fn wrong_exchange_ends_the_code() {
    for (changed, expected) in [
        (("code_verifier", "another"), "invalid_request"),
        (("code_verifier", ""), "invalid_request"),
        (("redirect_uri", SIGNED_OUT), "unauthorized_client"),
    ] {
        let mut pool = pool();
        let code = parameter(&signed_in(&mut pool, "1001"), "code");
        assert_eq!(error_of(&exchange_with(&mut pool, &code, &[changed])), error(expected), "{changed:?}");
        assert_eq!(error_of(&exchange_with(&mut pool, &code, &[])), error("invalid_grant"), "{changed:?}");
    }
    let mut pool = pool();
    let refresh = [("grant_type", "refresh_token")];
    assert_eq!(error_of(&exchange_with(&mut pool, "x", &refresh)), error("unsupported_grant_type"));
    assert_eq!(error_of(&exchange_with(&mut pool, "x", &[])), error("invalid_grant"));
}

#[test]
fn deleted_user_gets_no_tokens() {
    let mut pool = pool();
    let code = parameter(&signed_in(&mut pool, "1001"), "code");
    pool.users.pop();
    assert_eq!(error_of(&exchange_with(&mut pool, &code, &[])), error("invalid_grant"));
}

#[test]
fn token_endpoint_checks_the_client() {
    let mut pool = pool_with_secret(Some("s3cret"));
    let mut exchange = |authorization: &str, form: &[(&str, &str)]| {
        let code = parameter(&signed_in(&mut pool, "1001"), "code");
        let parameters = [
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)].as_slice(),
            &[("code_verifier", VERIFIER)],
            form,
        ]
        .concat();
        let form = encoded(&parameters);
        let mut request = PageRequest::new("POST", HOST, "/oauth2/token", "", form.as_bytes());
        request.authorization = Some(authorization.to_owned());
        error_of(&pool.visit(&request))
    };
    let basic = |text: &str| format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(text));
    let id = ("client_id", "1example23456789");
    assert_eq!(exchange(&basic("1example23456789:s3cret"), &[]).0, 200);
    assert_eq!(exchange("", &[id, ("client_secret", "s3cret")]).0, 200);
    assert_eq!(exchange(&basic("1example23456789:wrong"), &[id]), error("invalid_client"));
    assert_eq!(exchange(&basic("other:s3cret"), &[]), error("invalid_client"));
    assert_eq!(
        exchange(&basic("1example23456789:s3cret"), &[("client_id", "other")]),
        error("invalid_client")
    );
    assert_eq!(exchange("", &[id]), error("invalid_client"));
}

#[test]
fn cancellation_reaches_the_client() {
    let mut pool = pool();
    let page = signed_in(&mut pool, "");
    let actual = (target(&page), parameter(&page, "error"), parameter(&page, "state"));
    assert_eq!(actual, (CALLBACK, "access_denied".to_owned(), STATE.to_owned()));
    assert_eq!(page.cookie, None);
    assert_eq!(pool.users.len(), 1);
}

#[test]
fn disabled_user_is_not_signed_in() {
    let mut pool = pool();
    tokens(&mut pool, "1001");
    pool.user_mut("demo_1001").unwrap().is_disabled = true;
    let page = signed_in(&mut pool, "1001");
    assert_eq!((parameter(&page, "error"), parameter(&page, "code")), ("invalid_request".into(), "".into()));
}

#[test]
fn provider_response_is_used_once() {
    let mut pool = pool();
    let at_provider = authorize_with(&mut pool, &[], "");
    let chosen = choose(&mut pool, &at_provider, "1001");
    assert_eq!(target(&back(&mut pool, &chosen)), CALLBACK);
    assert_eq!(target(&back(&mut pool, &chosen)), "/error");

    let at_provider = authorize_with(&mut pool, &[], "");
    let state = parameter(&at_provider, "state");
    let forged = [("code", "forged"), ("state", state.as_str())];
    let page = get(&mut pool, "/oauth2/idpresponse", &forged, "");
    assert_eq!((target(&page), parameter(&page, "error")), (CALLBACK, "invalid_request".to_owned()));
}

#[test]
fn code_of_another_browser_is_rejected() {
    let mut pool = pool();
    let attackers = authorize_with(&mut pool, &[], "");
    let chosen = choose(&mut pool, &attackers, "1001");
    let victims = authorize_with(&mut pool, &[], "");
    let (code, state) = (parameter(&chosen, "code"), parameter(&victims, "state"));
    // The nonce of the ID token is the attacker's.
    let page = get(&mut pool, "/oauth2/idpresponse", &[("code", &code), ("state", &state)], "");
    assert_eq!(parameter(&page, "error"), "invalid_request");
}

#[test]
fn cookie_makes_the_next_sign_in_silent() {
    let mut pool = pool();
    let first = signed_in(&mut pool, "1001");
    let cookie = cookie(&first);
    let auth_time = pool.now();
    pool.advance_clock(Duration::from_secs(3599));
    let silent = authorize_with(&mut pool, &[], &cookie);
    assert_eq!((target(&silent), parameter(&silent, "state")), (CALLBACK, STATE.to_owned()));
    let tokens = exchange_with(&mut pool, &parameter(&silent, "code"), &[]).body;
    let tokens: Value = serde_json::from_str(&tokens).unwrap();
    assert_eq!(claims(&tokens["access_token"])["auth_time"], auth_time);

    for changed in [("prompt", "login"), ("identity_provider", "Other")] {
        let page = authorize_with(&mut pool, &[changed], &cookie);
        assert_eq!(target(&page), "/provider/authorize", "{changed:?}");
    }
    pool.advance_clock(Duration::from_secs(1));
    assert_eq!(target(&authorize_with(&mut pool, &[], &cookie)), "/provider/authorize");
}

#[test]
fn logout_ends_the_silent_sign_in() {
    let mut pool = pool();
    let cookie = cookie(&signed_in(&mut pool, "1001"));
    let client = ("client_id", "1example23456789");
    for parameters in [
        [client, ("logout_uri", "https://app.example.org")],
        [client, ("logout_uri", CALLBACK)],
        [("client_id", "other"), ("logout_uri", SIGNED_OUT)],
    ] {
        let page = get(&mut pool, "/logout", &parameters, &cookie);
        assert_eq!((target(&page), &page.cookie), ("/error", &None), "{parameters:?}");
    }
    assert_eq!(target(&authorize_with(&mut pool, &[], &cookie)), CALLBACK);
    let page = get(&mut pool, "/logout", &[client, ("logout_uri", SIGNED_OUT)], &cookie);
    assert_eq!(page.location.as_deref(), Some(SIGNED_OUT));
    assert!(page.cookie.unwrap().starts_with("cognito=; Path=/; Max-Age=0"));
    assert_eq!(target(&authorize_with(&mut pool, &[], &cookie)), "/provider/authorize");
}

#[test]
fn pool_without_domain_has_no_pages() {
    let mut pool = Pool::new(Settings::default());
    assert_eq!(get(&mut pool, "/oauth2/authorize", &[], "").status, 404);
}
