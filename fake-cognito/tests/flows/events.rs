//! Events in `events/`. Each file name contains the status of the response.

use std::{collections::BTreeMap, fs, path::Path};

use fake_cognito::{Federation, Pool, Settings, Status, User};
use serde_json::{Value, json};

use crate::api::{Api, PASSWORD, USER};

const NEW_USER: &str = "new@igad.int";
const TEMPORARY_PASSWORD: &str = "TempP@ssw0rd1";

/// Events for which the fake returns another status than the file name says.
const EXCEPTIONS: [(&str, u64); 3] = [
    // Its code was not issued; `federation` has one that is.
    ("complete-federated-login.json", 401),
    // Its credential is not signed by an authenticator; `passkeys` has one that is.
    ("complete-passkey.json", 400),
    // Its passkey does not exist.
    ("delete-passkey.json", 404),
];

/// Settings of a pool with federated sign-in.
fn settings() -> Settings {
    let federation = Federation {
        providers: vec!["Google".to_owned()],
        callback_urls: vec!["https://app.example.org/signed-in".to_owned()],
        logout_urls: vec!["https://app.example.org/".to_owned()],
        accounts: Vec::new(),
    };
    Settings { federation: Some(federation), ..Settings::default() }
}

fn users() -> Vec<User> {
    let user = |email: &str, change: fn(&mut User)| {
        let mut user = User::new(email, PASSWORD);
        change(&mut user);
        user
    };
    vec![
        user(USER, |_| {}),
        user("admin@igad.int", |user| user.groups.push("admin".to_owned())),
        user("disabled@igad.int", |user| user.is_disabled = true),
        user("unconfirmed@igad.int", |user| user.status = Status::Unconfirmed),
        user("reset@igad.int", |user| user.status = Status::ResetRequired),
        user(NEW_USER, |user| {
            user.status = Status::ForceChangePassword;
            user.password = TEMPORARY_PASSWORD.to_owned();
        }),
    ]
}

/// Events by file name.
fn events() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            (name, fs::read_to_string(entry.path()).expect("an event"))
        })
        .collect()
}

/// Route and status in a file name: `login.json`, `login-401-wrong-password.json`.
fn expectation(name: &str) -> (&str, u64) {
    let name = name.strip_suffix(".json").expect("a JSON file");
    let status = name.split('-').find_map(|word| Some((word, word.parse::<u64>().ok()?)));
    match status {
        Some((word, status)) => (name.split_once(&format!("-{word}-")).expect("a case").0, status),
        None => (name, 200),
    }
}

/// Event with values in place of its placeholders.
fn filled_in(api: &Api, route: &str, event: &str) -> String {
    let username = || {
        let event: Value = serde_json::from_str(event).expect("JSON");
        let body: Value = serde_json::from_str(event["body"].as_str().expect("a body")).expect("JSON");
        body["username"].clone()
    };
    let mut values: Vec<(&str, String)> = Vec::new();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    if event.contains("{{access_token}}") || event.contains("{{refresh_token}}") {
        let tokens = api.log_in(USER);
        values.push(("{{access_token}}", text(&tokens.body["access_token"])));
        values.push(("{{refresh_token}}", text(&tokens.body["refresh_token"])));
        if route == "verify-totp" {
            let set_up = api.post_as(&tokens.body["access_token"], "set-up-totp", &json!({}));
            let secret = text(&set_up.member("secret"));
            values.push(("{{totp_code}}", fake_cognito::code(&secret, api.cognito.pool().now())));
        }
        if route == "verify-email" {
            api.post_as(&tokens.body["access_token"], "send-email-code", &json!({})).member("message");
            values.push(("{{code}}", api.sent_code()));
        }
    }
    if event.contains("{{session}}") {
        let login = json!({ "username": NEW_USER, "password": TEMPORARY_PASSWORD });
        let challenge = api.post("login", &login);
        values.push(("{{session}}", text(&challenge.member("session"))));
        values.push(("{{username}}", text(&challenge.member("username"))));
    }
    if event.contains("{{code}}") && route != "verify-email" {
        let send = if route == "confirm-sign-up" { "resend-code" } else { "forgot-password" };
        api.post(send, &json!({ "username": username() })).member("success");
        values.push(("{{code}}", api.sent_code()));
    }
    values.into_iter().fold(event.to_owned(), |event, (name, value)| event.replace(name, &value))
}

#[test]
fn event_returns_the_status_in_its_name() {
    let api = Api::with(settings(), []);
    let mut wrong = Vec::new();
    for (name, event) in events() {
        *api.cognito.pool() = Pool::new(settings());
        api.cognito.pool().users.extend(users());
        let (route, expected) = expectation(&name);
        let expected =
            EXCEPTIONS.iter().find(|(event, _)| *event == name).map_or(expected, |(_, status)| *status);
        let response = api.call(route, filled_in(&api, route, &event));
        if response.status != expected {
            wrong.push(format!("{name}: {response:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
