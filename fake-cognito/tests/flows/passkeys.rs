//! Registration and use of passkeys.

use crate::{
    api::{Api, ApiResponse, PASSWORD, USER},
    browser::Browser,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fake_cognito::{Settings, User};
use serde_json::{Value, json};

/// Adds a passkey for the user of `token`.
pub fn register(browser: &mut Browser, api: &Api, token: &Value) {
    let options = api.post_as(token, "start-passkey", &json!({})).body["passkey"].clone();
    let credential = browser.make(&options);
    let added = api.post_as(token, "complete-passkey", &json!({ "credential": credential }));
    assert_eq!((added.status, added.body), (200, json!({ "message": "Passkey added" })));
}

/// Signed-in user of a pool with the relying party id `domain`.
fn signed_in(domain: &str) -> (Api, Value) {
    let settings = Settings { passkey_domain: Some(domain.to_owned()), ..Settings::default() };
    let api = Api::with(settings, [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    (api, token)
}

fn begin(api: &Api) -> ApiResponse {
    api.start(USER, "WEB_AUTHN").assert_challenge("WEB_AUTHN")
}

/// `credential` with another origin.
fn with_origin(credential: &Value, origin: &str) -> Value {
    let client_data = credential["response"]["clientDataJSON"].as_str().unwrap();
    let mut client_data: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(client_data).unwrap()).unwrap();
    client_data["origin"] = origin.into();
    let mut credential = credential.clone();
    credential["response"]["clientDataJSON"] = BASE64_URL_SAFE_NO_PAD.encode(client_data.to_string()).into();
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

    let challenge = begin(&api);
    assert_eq!(challenge.body["passkey"]["rpId"], "igad.int");
    let credential = browser.sign(&challenge.body["passkey"]);
    let signed_in = api.answer_challenge(&challenge, &json!({ "credential": credential }));
    assert_eq!(signed_in.body["user"]["email"], USER);
    let token = signed_in.token();

    let which = json!({ "credential_id": listed[0]["credential_id"] });
    let removed = api.post_as(&token, "delete-passkey", &which);
    assert_eq!((removed.status, removed.body), (200, json!({ "message": "Passkey removed" })));
    api.post_as(&token, "delete-passkey", &which).assert_error(404, "Passkey not found");
    assert_eq!(api.post_as(&token, "passkeys", &json!({})).body, json!({ "passkeys": [] }));
    let choices = api.start(USER, "WEB_AUTHN").assert_challenge("SELECT_CHALLENGE").body["choices"].clone();
    assert_eq!(choices, json!(["PASSWORD", "EMAIL_OTP"]));
}

#[test]
fn passkey_can_be_chosen_as_first_factor() {
    let (api, token) = signed_in("localhost");
    let mut browser = Browser::at("http://localhost:5173");
    register(&mut browser, &api, &token);
    let choice_challenge =
        api.post("start-login", &json!({ "username": USER })).assert_challenge("SELECT_CHALLENGE");
    let challenge = api
        .answer_challenge(&choice_challenge, &json!({ "choice": "WEB_AUTHN" }))
        .assert_challenge("WEB_AUTHN");
    let credential = browser.sign(&challenge.body["passkey"]);
    api.answer_challenge(&challenge, &json!({ "credential": credential })).token();
}

#[test]
fn foreign_origin_passkey_is_rejected() {
    let (api, token) = signed_in("igad.int");
    let options = api.post_as(&token, "start-passkey", &json!({})).body["passkey"].clone();
    let credential = Browser::at("https://igad.int").make(&options);
    for origin in ["https://evil.example", "https://evil-igad.int", "http://igad.int"] {
        let credential = with_origin(&credential, origin);
        let rejected = api.post_as(&token, "complete-passkey", &json!({ "credential": credential }));
        rejected.assert_error(400, "Passkey could not be registered");
    }
    assert_eq!(api.post_as(&token, "complete-passkey", &json!({ "credential": credential })).status, 200);
}

#[test]
fn other_relying_party_is_rejected() {
    let (api, token) = signed_in("igad.int");
    let mut options = api.post_as(&token, "start-passkey", &json!({})).body["passkey"].clone();
    options["rp"]["id"] = "app.igad.int".into();
    let credential = Browser::at("https://app.igad.int").make(&options);
    let rejected = api.post_as(&token, "complete-passkey", &json!({ "credential": credential }));
    rejected.assert_error(400, "Passkey could not be registered");
}

#[test]
fn registration_cannot_be_replayed() {
    let (api, token) = signed_in("localhost");
    let options = api.post_as(&token, "start-passkey", &json!({})).body["passkey"].clone();
    let body = json!({ "credential": Browser::at("http://localhost").make(&options) });
    assert_eq!(api.post_as(&token, "complete-passkey", &body).status, 200);
    api.post_as(&token, "complete-passkey", &body).assert_error(400, "Passkey could not be registered");
}

#[test]
fn earlier_challenge_is_rejected() {
    let (api, token) = signed_in("localhost");
    let mut browser = Browser::at("http://localhost");
    register(&mut browser, &api, &token);
    let earlier = begin(&api);
    let credential = json!({ "credential": browser.sign(&earlier.body["passkey"]) });
    let challenge = begin(&api);
    api.answer_challenge(&challenge, &credential).assert_error(401, "Invalid session or credentials");
    api.answer_challenge(&earlier, &credential).token();
}

#[test]
fn tampered_assertion_is_rejected() {
    let (api, token) = signed_in("localhost");
    let mut browser = Browser::at("http://localhost");
    register(&mut browser, &api, &token);
    let tamper = [
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
    for tamper in tamper {
        let challenge = begin(&api);
        let mut credential = browser.sign(&challenge.body["passkey"]);
        tamper(&mut credential);
        let rejected = api.answer_challenge(&challenge, &json!({ "credential": credential }));
        rejected.assert_error(401, "Invalid session or credentials");
    }
}

#[test]
fn twenty_first_passkey_is_rejected() {
    let (api, token) = signed_in("localhost");
    for _ in 0..20 {
        register(&mut Browser::at("http://localhost"), &api, &token);
    }
    api.post_as(&token, "start-passkey", &json!({})).assert_error(400, "Too many passkeys");
    let listed = api.post_as(&token, "passkeys", &json!({})).body["passkeys"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(20));
}

#[test]
fn disabled_passkeys_return_409() {
    let settings = Settings { passkey_domain: None, ..Settings::default() };
    let api = Api::with(settings, [User::new(USER, PASSWORD)]);
    let token = api.log_in(USER).token();
    api.post_as(&token, "start-passkey", &json!({})).assert_error(409, "Passkeys are not enabled");
}
