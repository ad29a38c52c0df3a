//! Ceremonies with a real authenticator.

use crate::{
    api::{Answer, Api, PASSWORD, USER},
    browser::Browser,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fake_cognito::{Settings, User};
use serde_json::{Value, json};

/// Adds a passkey of the user who has `token`.
pub fn register(browser: &mut Browser, api: &Api, token: &Value) {
    let options = api.post_as(token, "start-passkey", &json!({})).body["passkey"].clone();
    let credential = browser.make(&options);
    let added = api.post_as(token, "complete-passkey", &json!({ "credential": credential }));
    assert_eq!((added.status, added.body), (200, json!({ "message": "Passkey added" })));
}

/// Somebody who is signed in to a pool for pages of `domain`.
fn signed_in(domain: &str) -> (Api, Value) {
    let settings = Settings { passkey_domain: Some(domain.to_owned()), ..Settings::default() };
    let api = Api::with(settings, [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    (api, token)
}

fn begin(api: &Api) -> Answer {
    api.start(USER, "WEB_AUTHN").asks("WEB_AUTHN")
}

/// `credential` as a page with another origin would have had it made.
fn with_origin(credential: &Value, origin: &str) -> Value {
    let said = credential["response"]["clientDataJSON"].as_str().unwrap();
    let mut said: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap();
    said["origin"] = origin.into();
    let mut credential = credential.clone();
    credential["response"]["clientDataJSON"] = BASE64_URL_SAFE_NO_PAD.encode(said.to_string()).into();
    credential
}

#[test]
fn passkey_is_added_used_and_removed() {
    let (api, token) = signed_in("igad.int");
    let mut browser = Browser::at("https://app.igad.int");
    register(&mut browser, &api, &token);

    let listed = api.post_as(&token, "passkeys", &json!({})).body["passkeys"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["relying_party"], "igad.int");
    let factors = api.post_as(&token, "factors", &json!({}));
    assert_eq!(factors.body["factors"], json!(["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]));

    let asked = begin(&api);
    assert_eq!(asked.body["passkey"]["rpId"], "igad.int");
    let credential = browser.sign(&asked.body["passkey"]);
    let signed_in = api.answer(&asked, &json!({ "credential": credential }));
    assert_eq!(signed_in.body["user"]["email"], USER);
    let token = signed_in.token();

    let which = json!({ "credential_id": listed[0]["credential_id"] });
    let removed = api.post_as(&token, "delete-passkey", &which);
    assert_eq!((removed.status, removed.body), (200, json!({ "message": "Passkey removed" })));
    api.post_as(&token, "delete-passkey", &which).refuses(404, "Passkey not found");
    assert_eq!(api.post_as(&token, "passkeys", &json!({})).body, json!({ "passkeys": [] }));
    let choices = api.start(USER, "WEB_AUTHN").asks("SELECT_CHALLENGE").body["choices"].clone();
    assert_eq!(choices, json!(["PASSWORD", "EMAIL_OTP"]));
}

#[test]
fn passkey_can_be_chosen_as_first_factor() {
    let (api, token) = signed_in("localhost");
    let mut browser = Browser::at("http://localhost:5173");
    register(&mut browser, &api, &token);
    let choice_wanted = api.post("start-login", &json!({ "username": USER })).asks("SELECT_CHALLENGE");
    let asked = api.answer(&choice_wanted, &json!({ "choice": "WEB_AUTHN" })).asks("WEB_AUTHN");
    let credential = browser.sign(&asked.body["passkey"]);
    api.answer(&asked, &json!({ "credential": credential })).token();
}

#[test]
fn foreign_origin_passkey_is_rejected() {
    let (api, token) = signed_in("igad.int");
    let options = api.post_as(&token, "start-passkey", &json!({})).body["passkey"].clone();
    let made = Browser::at("https://igad.int").make(&options);
    for origin in ["https://evil.example", "https://evil-igad.int", "http://igad.int"] {
        let credential = with_origin(&made, origin);
        let refused = api.post_as(&token, "complete-passkey", &json!({ "credential": credential }));
        refused.refuses(400, "Passkey could not be registered");
    }
    assert_eq!(api.post_as(&token, "complete-passkey", &json!({ "credential": made })).status, 200);
}

#[test]
fn other_relying_party_is_rejected() {
    let (api, token) = signed_in("igad.int");
    let mut options = api.post_as(&token, "start-passkey", &json!({})).body["passkey"].clone();
    options["rp"]["id"] = "app.igad.int".into();
    let made = Browser::at("https://app.igad.int").make(&options);
    let refused = api.post_as(&token, "complete-passkey", &json!({ "credential": made }));
    refused.refuses(400, "Passkey could not be registered");
}

#[test]
fn registration_cannot_be_replayed() {
    let (api, token) = signed_in("localhost");
    let options = api.post_as(&token, "start-passkey", &json!({})).body["passkey"].clone();
    let body = json!({ "credential": Browser::at("http://localhost").make(&options) });
    assert_eq!(api.post_as(&token, "complete-passkey", &body).status, 200);
    api.post_as(&token, "complete-passkey", &body).refuses(400, "Passkey could not be registered");
}

#[test]
fn earlier_challenge_is_rejected() {
    let (api, token) = signed_in("localhost");
    let mut browser = Browser::at("http://localhost");
    register(&mut browser, &api, &token);
    let earlier = begin(&api);
    let credential = json!({ "credential": browser.sign(&earlier.body["passkey"]) });
    let asked = begin(&api);
    api.answer(&asked, &credential).refuses(401, "Invalid session or credentials");
    api.answer(&earlier, &credential).token();
}

#[test]
fn tampered_assertion_is_rejected() {
    let (api, token) = signed_in("localhost");
    let mut browser = Browser::at("http://localhost");
    register(&mut browser, &api, &token);
    let spoil = [
        |credential: &mut Value| credential["id"] = "bm9ib2R5".into(),
        |credential: &mut Value| {
            let mut data = BASE64_URL_SAFE_NO_PAD
                .decode(credential["response"]["authenticatorData"].as_str().unwrap())
                .unwrap();
            data[33] ^= 1;
            credential["response"]["authenticatorData"] = BASE64_URL_SAFE_NO_PAD.encode(data).into();
        },
        |credential: &mut Value| *credential = with_origin(credential, "http://localhost:1"),
        |credential: &mut Value| *credential = with_origin(credential, "https://evil.example"),
    ];
    for spoil in spoil {
        let asked = begin(&api);
        let mut credential = browser.sign(&asked.body["passkey"]);
        spoil(&mut credential);
        let refused = api.answer(&asked, &json!({ "credential": credential }));
        refused.refuses(401, "Invalid session or credentials");
    }
}

#[test]
fn twenty_first_passkey_is_rejected() {
    let (api, token) = signed_in("localhost");
    for _ in 0..20 {
        register(&mut Browser::at("http://localhost"), &api, &token);
    }
    api.post_as(&token, "start-passkey", &json!({})).refuses(400, "Too many passkeys");
    let listed = api.post_as(&token, "passkeys", &json!({})).body["passkeys"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(20));
}

#[test]
fn disabled_passkeys_return_409() {
    let settings = Settings { passkey_domain: None, ..Settings::default() };
    let api = Api::with(settings, [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    api.post_as(&token, "start-passkey", &json!({})).refuses(409, "Passkeys are not enabled");
}
