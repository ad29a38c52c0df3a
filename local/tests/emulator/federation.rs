//! Sign-in with an identity provider over the emulator's OAuth endpoints.
//!
//! For codes of a provider, the emulator checks neither PKCE nor the client secret. The fake of Cognito does
//! (`fake-cognito/tests/flows`).

use fake_cognito::PageRequest;
use serde_json::json;

use crate::{
    emulated::{CONFIDENTIAL, IDENTITY_PROVIDER, LOGOUT_URI, PROVIDER, REDIRECT_URI},
    stack::Stack,
};

/// The example of RFC 7636, appendix B.
const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const STATE: &str = "state-of-the-client-0123456789";

/// Where a page redirects to.
fn location_of(stack: &Stack, url: &str) -> String {
    let page = stack.request("GET", url, &[], "");
    assert_eq!(page.status, 302, "{page:?}");
    page.header("location").unwrap().to_owned()
}

/// Chooses the account on the provider's page, and returns where the provider redirects to.
fn choose_account(url: &str) -> String {
    let mut form = PageRequest::new("GET", "", url.strip_prefix(&IDENTITY_PROVIDER.url()).unwrap(), "", &[]);
    form.method = "POST".to_owned();
    form.parameters.insert("account".to_owned(), "42".to_owned());
    // In the fake, the domain of the pool has the same host as the provider.
    form.host = form.parameters["redirect_uri"].split('/').nth(2).unwrap().to_owned();
    let page = IDENTITY_PROVIDER.pool().visit(&form);
    page.location.ok_or(page.body).unwrap()
}

#[test]
fn federated_user_signs_in_and_out() {
    let stack = &*CONFIDENTIAL;
    assert_eq!(stack.send("GET", "settings", &[], "").body["providers"], json!([PROVIDER]));

    let start = json!({
        "provider": PROVIDER, "redirect_uri": REDIRECT_URI, "state": STATE, "code_challenge": CODE_CHALLENGE
    });
    let started = stack.post("start-federated-login", &start);
    assert_eq!(started.status, 200, "{started:?}");
    let at_provider = location_of(stack, started.body["url"].as_str().unwrap());
    let at_domain = choose_account(&at_provider);
    let at_client = location_of(stack, &at_domain);
    let returned = PageRequest::new("GET", "", &at_client, "", &[]);
    assert_eq!((returned.path.as_str(), returned.parameters["state"].as_str()), (REDIRECT_URI, STATE));

    let code = json!({
        "code": returned.parameters["code"], "code_verifier": CODE_VERIFIER, "redirect_uri": REDIRECT_URI
    });
    let tokens = stack.post("complete-federated-login", &code);
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let user = &tokens.body["user"];
    assert_eq!((&user["email"], &user["name"]), (&json!("federated@igad.int"), &json!("Federated User")));
    let again = stack.post("complete-federated-login", &code);
    assert_eq!((again.status, again.body), (401, json!({ "detail": "Invalid authorization code" })));

    let authorization = format!("Bearer {}", tokens.body["access_token"].as_str().unwrap());
    let me = stack.send("GET", "me", &[("authorization", &authorization)], "");
    // The emulator keeps the case, which Cognito does not.
    assert_eq!((me.status, &me.body["username"]), (200, &json!("Demo_42")), "{me:?}");
    let refresh = json!({ "refresh_token": tokens.body["refresh_token"] });
    let refreshed = stack.post("refresh-token", &refresh);
    assert_eq!((refreshed.status, &refreshed.body["user"]), (200, user), "{refreshed:?}");

    let log_out = json!({ "refresh_token": tokens.body["refresh_token"], "redirect_uri": LOGOUT_URI });
    let logged_out = stack.post("logout", &log_out);
    assert_eq!(logged_out.status, 200, "{logged_out:?}");
    assert_eq!(location_of(stack, logged_out.body["logout_url"].as_str().unwrap()), LOGOUT_URI);
    assert_eq!(stack.post("refresh-token", &refresh).status, 401);
}
