//! The stack that all tests share. The first test starts it.

use std::{
    env,
    process::Command,
    sync::{LazyLock, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::{
    Agent,
    http::{Request, Response},
};

use crate::local::Local;

/// Password of the demo users, and of those that tests create.
pub const PASSWORD: &str = "SecureP@ssw0rd1";

/// Temporary password of `new@igad.int`.
pub const TEMPORARY_PASSWORD: &str = "TempP@ssw0rd1";

static STACK: LazyLock<Stack> = LazyLock::new(|| match env::var("SIGN_IN_API_URL") {
    Ok(url) => {
        Stack::at(Description { api_url: url.trim_end_matches('/').to_owned(), ..Description::default() })
    }
    Err(_) => {
        let local = Local::start("stack", &[&["--no-watch"], crate::OPTIONS].concat(), &[]);
        Stack { local: Some(Mutex::new(local)), ..Stack::at(Description::default()) }.described()
    }
});

/// Description of a stack, as `local` writes it.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
pub struct Description {
    pub api_url: String,
    #[serde(default)]
    pub aws_endpoint_url: String,
    pub user_pool_id: String,
    pub client_id: String,
    pub issuer: String,
    pub jwks_uri: String,
    #[serde(default)]
    pub sent_url: Option<String>,
    #[serde(default)]
    pub reset_url: Option<String>,
}

/// A stack.
pub struct Stack {
    pub description: Description,
    agent: Agent,
    local: Option<Mutex<Local>>,
}

/// Response of the API.
#[derive(Debug)]
pub struct ApiResponse {
    /// Status.
    pub status: u16,
    /// JSON body; null if there is none.
    pub body: Value,
    response: Response<()>,
}

impl ApiResponse {
    /// Headers with values that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.response.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }
}

/// The shared stack.
pub fn stack() -> &'static Stack {
    &STACK
}

impl Stack {
    /// The stack with this description.
    pub fn at(description: Description) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        Self { description, agent, local: None }
    }

    fn described(self) -> Self {
        let local = self.local.as_ref().unwrap().lock().unwrap_or_else(PoisonError::into_inner);
        let description = local.description();
        drop(local);
        Self { description, ..self }
    }

    /// Whether this process started the stack.
    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Posts JSON to a route.
    pub fn post(&self, route: &str, body: &Value) -> ApiResponse {
        self.send("POST", route, &[("content-type", "application/json")], body.to_string())
    }

    /// Signs in.
    pub fn sign_in(&self, username: &str, password: &str) -> ApiResponse {
        self.post("login", &json!({ "username": username, "password": password }))
    }

    /// Sends any request to a route.
    pub fn send(
        &self,
        method: &str,
        route: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> ApiResponse {
        let url = format!("{}/api/auth/{route}", self.description.api_url);
        self.request(method, &url, headers, body)
    }

    /// Sends any request.
    pub fn request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> ApiResponse {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.agent.run(request.body(body.as_ref().to_vec()).unwrap()).unwrap();
        let (head, mut body) = response.into_parts();
        let text = body.read_to_string().unwrap();
        ApiResponse {
            status: head.status.as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            response: Response::from_parts(head, ()),
        }
    }

    /// The last code that was sent to `username`. The emulator has no such list; its code is always `emulated`.
    pub fn sent_code(&self, username: &str, emulated: &str) -> String {
        let Some(url) = &self.description.sent_url else { return emulated.to_owned() };
        let sent = self.request("GET", url, &[], "").body;
        let sent = sent.as_array().unwrap().iter().rev().find(|sent| sent["to"] == username);
        sent.unwrap()["code"].as_str().unwrap().to_owned()
    }

    /// Output of `local code` for a user.
    pub fn code_of(&self, username: &str) -> String {
        let local = self.local.as_ref().unwrap().lock().unwrap_or_else(PoisonError::into_inner);
        let output = Command::new(env!("CARGO_BIN_EXE_local"))
            .arg("--stack-file")
            .arg(&local.stack_file)
            .args(["code", username])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Creates a user with the [`PASSWORD`].
    pub fn create_user(&self, username: &str) {
        self.create_new_user(username);
        let password = json!({ "Username": username, "Password": PASSWORD, "Permanent": true });
        self.cognito("AdminSetUserPassword", password);
    }

    /// Creates a user who must change the [`TEMPORARY_PASSWORD`].
    pub fn create_new_user(&self, username: &str) {
        let attributes = [("email", username), ("email_verified", "true")];
        let attributes = attributes.map(|(name, value)| json!({ "Name": name, "Value": value }));
        let user = json!({
            "Username": username,
            "UserAttributes": attributes,
            "TemporaryPassword": TEMPORARY_PASSWORD,
            "MessageAction": "SUPPRESS"
        });
        self.cognito("AdminCreateUser", user);
    }

    /// Calls an operation of Cognito, as an administrator of the pool.
    fn cognito(&self, operation: &str, mut input: Value) {
        input["UserPoolId"] = self.description.user_pool_id.clone().into();
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        // Neither the fake nor the emulator checks the signature; the emulator reads the service's name.
        let authorization = "AWS4-HMAC-SHA256 \
            Credential=test/20260101/eu-west-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0";
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
            ("authorization", authorization),
        ];
        let response = self.request("POST", &self.description.aws_endpoint_url, &headers, input.to_string());
        assert_eq!(response.status, 200, "{operation}: {response:?}");
    }

    /// Whether a token names the issuer of the pool, and the pool's keys verify its signature.
    pub fn is_issued_by_the_pool(&self, token: &str) -> bool {
        let keys = self.request("GET", &self.description.jwks_uri, &[], "").body;
        let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        let (content, signature) = token.rsplit_once('.').unwrap();
        let [header, claims] = [0, 1].map(|part| {
            serde_json::from_slice::<Value>(&bytes(content.split('.').nth(part).unwrap())).unwrap()
        });
        if claims["iss"] != self.description.issuer.as_str() {
            return false;
        }
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
        let component = |name: &str| bytes(key[name].as_str().unwrap());
        RsaPublicKeyComponents { n: component("n"), e: component("e") }
            .verify(&RSA_PKCS1_2048_8192_SHA256, content.as_bytes(), &bytes(signature))
            .is_ok()
    }
}
