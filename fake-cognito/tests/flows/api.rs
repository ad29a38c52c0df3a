//! Client of the functions.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use fake_cognito::{FakeCognito, Settings, User, code};
use lambda_stub::{Executable, build};
use serde_json::{Value, json};
use shared::Route;
use test_support::{event, process::Function, signed_in};

/// Initial password of all users.
pub const PASSWORD: &str = "SecureP@ssw0rd1";

/// Email address of most users in these tests. Each test has its own pool.
pub const USER: &str = "user@igad.int";

/// The functions' executables by name.
static EXECUTABLES: LazyLock<BTreeMap<String, Executable>> = LazyLock::new(|| {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    build(&repository.canonicalize().expect("a folder")).expect("the functions build")
});

/// Path of a function's executable.
pub fn executable(route: &str) -> String {
    let executable = EXECUTABLES.get(route).unwrap_or_else(|| panic!("no function {route}"));
    executable.path.to_str().expect("a path in UTF-8").to_owned()
}

/// Functions in front of one fake Cognito. Each function starts with its first call.
pub struct Api {
    pub cognito: FakeCognito,
    /// Environment of the functions in addition to what the fake needs.
    variables: Vec<(&'static str, &'static str)>,
    functions: Mutex<HashMap<String, Function>>,
}

/// Response of the API.
#[derive(Debug, PartialEq)]
pub struct ApiResponse {
    pub status: u64,
    pub body: Value,
}

impl Api {
    /// Functions in front of a pool with these settings and users.
    pub fn with(settings: Settings, users: impl IntoIterator<Item = User>) -> Self {
        Self::with_variables(settings, users, &[])
    }

    /// Functions with these environment variables, in front of a pool with these settings and users.
    pub fn with_variables(
        settings: Settings,
        users: impl IntoIterator<Item = User>,
        variables: &[(&'static str, &'static str)],
    ) -> Self {
        let cognito = FakeCognito::start(settings).expect("a free port");
        let mut pool = cognito.pool();
        pool.stop_clock();
        pool.users.extend(users);
        drop(pool);
        Self { cognito, variables: variables.to_vec(), functions: Mutex::default() }
    }

    /// Posts `body` to a route.
    pub fn post(&self, route: &str, body: &Value) -> ApiResponse {
        self.call(route, event(&named(route), body))
    }

    /// Posts `body` to a route with the bearer token `token`.
    pub fn post_as(&self, token: &Value, route: &str, body: &Value) -> ApiResponse {
        self.call(route, signed_in(&named(route), token.as_str().expect("a token"), body))
    }

    /// Sends an event to a route.
    pub fn call(&self, route: &str, event: String) -> ApiResponse {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let function = functions.entry(route.to_owned()).or_insert_with(|| {
            let environment = self.cognito.environment();
            let mut variables = self.variables.clone();
            variables.extend(environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            Function::start(&executable(route), &variables)
        });
        let (status, body) = function.call(event);
        ApiResponse { status, body }
    }

    /// Signs in with a password.
    pub fn log_in(&self, username: &str) -> ApiResponse {
        self.post("login", &json!({ "username": username, "password": PASSWORD }))
    }

    /// Starts a sign-in without a password.
    pub fn start(&self, username: &str, preferred: &str) -> ApiResponse {
        self.post("start-login", &json!({ "username": username, "preferred": preferred }))
    }

    /// Sends `answer` to the challenge in the response `challenge`.
    pub fn answer_challenge(&self, challenge: &ApiResponse, answer: &Value) -> ApiResponse {
        let mut body = answer.clone();
        for member in ["challenge", "session", "username"] {
            body[member] = challenge.body[member].clone();
        }
        self.post("answer-challenge", &body)
    }

    /// Current code of the authenticator app of `username`.
    pub fn totp_code(&self, username: &str) -> String {
        let pool = self.cognito.pool();
        let app = pool.user(username).and_then(|user| user.app.as_ref()).expect("an app");
        code(&app.secret, pool.now())
    }

    /// Last code that was sent.
    pub fn sent_code(&self) -> String {
        self.cognito.pool().sent.last().expect("a code was sent").code.clone()
    }

    /// Advances the clock of Cognito.
    pub fn advance_clock(&self, seconds: u64) {
        self.cognito.pool().advance_clock(Duration::from_secs(seconds));
    }
}

impl ApiResponse {
    /// Asserts that the response has this challenge, and returns the response.
    #[track_caller]
    pub fn assert_challenge(self, challenge: &str) -> Self {
        assert_eq!((self.status, &self.body["challenge"]), (200, &json!(challenge)), "{self:?}");
        self
    }

    /// Asserts that the user is signed in, and returns the access token.
    #[track_caller]
    pub fn token(self) -> Value {
        let token = &self.body["access_token"];
        assert!(self.status == 200 && token.as_str().is_some_and(|token| !token.is_empty()), "{self:?}");
        token.clone()
    }

    /// Member of a successful response.
    #[track_caller]
    pub fn member(&self, member: &str) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.body[member].clone()
    }

    /// Asserts that the response is this error.
    #[track_caller]
    pub fn assert_error(&self, status: u64, detail: &str) {
        assert_eq!((self.status, &self.body), (status, &json!({ "detail": detail })));
    }
}

/// User with an enabled authenticator app.
pub fn with_app(email: &str) -> User {
    let mut user = User::new(email, PASSWORD);
    user.app = Some(fake_cognito::App::enabled("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW"));
    user
}

/// `delivery` of a code before the first factor. It is computed from the username alone.
pub fn masked_delivery(username: &str) -> Value {
    let (mailbox, domain) = username.split_once('@').expect("an email address");
    let destination = format!("{}***@{}***", &mailbox[..1], &domain[..1]);
    json!({ "Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email" })
}

/// A code that is not `code`.
pub fn another(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

fn named(route: &str) -> Route {
    // An event needs the name alone. The leaked name lives as long as the test process.
    Route { name: route.to_owned().leak(), error_prefix: "", failure_prefix: "", error_mappings: &[] }
}
