//! The functions, as a client sees them.

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

/// The password of everybody, unless they change it.
pub const PASSWORD: &str = "SecureP@ssw0rd1";

/// The address of most users in these tests; each test has a pool of its own.
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

/// Functions in front of one fake of Cognito. Each starts with its first call.
pub struct Api {
    pub cognito: FakeCognito,
    /// Environment of the functions in addition to what the fake needs.
    variables: Vec<(&'static str, &'static str)>,
    functions: Mutex<HashMap<String, Function>>,
}

/// What a client reads.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u64,
    pub body: Value,
}

impl Api {
    /// In front of a pool with `settings` and these users.
    pub fn with(settings: Settings, users: impl IntoIterator<Item = User>) -> Self {
        Self::with_variables(settings, users, &[])
    }

    /// The same, with functions that have these variables in their environment.
    pub fn with_variables(
        settings: Settings,
        users: impl IntoIterator<Item = User>,
        variables: &[(&'static str, &'static str)],
    ) -> Self {
        let cognito = FakeCognito::start(settings).expect("a free port");
        let mut pool = cognito.pool();
        pool.stop_the_clock();
        pool.users.extend(users);
        drop(pool);
        Self { cognito, variables: variables.to_vec(), functions: Mutex::default() }
    }

    /// Posts `body` to a route.
    pub fn post(&self, route: &str, body: &Value) -> Answer {
        self.call(route, event(&named(route), body))
    }

    /// Posts `body` to a route as whoever holds `token`.
    pub fn post_as(&self, token: &Value, route: &str, body: &Value) -> Answer {
        self.call(route, signed_in(&named(route), token.as_str().expect("a token"), body))
    }

    /// Sends an event to a route.
    pub fn call(&self, route: &str, event: String) -> Answer {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let function = functions.entry(route.to_owned()).or_insert_with(|| {
            let environment = self.cognito.environment();
            let mut variables = self.variables.clone();
            variables.extend(environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            Function::start(&executable(route), &variables)
        });
        let (status, body) = function.call(event);
        Answer { status, body }
    }

    /// Signs in with a password.
    pub fn log_in(&self, username: &str) -> Answer {
        self.post("login", &json!({ "username": username, "password": PASSWORD }))
    }

    /// Begins without a password.
    pub fn start(&self, username: &str, preferred: &str) -> Answer {
        self.post("start-login", &json!({ "username": username, "preferred": preferred }))
    }

    /// Answers the challenge in `asked` with the members of `answer`.
    pub fn answer(&self, asked: &Answer, answer: &Value) -> Answer {
        let mut body = answer.clone();
        for member in ["challenge", "session", "username"] {
            body[member] = asked.body[member].clone();
        }
        self.post("answer-challenge", &body)
    }

    /// What the authenticator app of `username` shows now.
    pub fn app_shows(&self, username: &str) -> String {
        let pool = self.cognito.pool();
        let app = pool.user(username).and_then(|user| user.app.as_ref()).expect("an app");
        code(&app.secret, pool.now())
    }

    /// The code that was sent last.
    pub fn sent(&self) -> String {
        self.cognito.pool().sent.last().expect("a code was sent").code.clone()
    }

    /// Lets so much time pass for Cognito.
    pub fn pass(&self, seconds: u64) {
        self.cognito.pool().pass(Duration::from_secs(seconds));
    }
}

impl Answer {
    /// Asserts that it asks for `challenge`, and gives it.
    #[track_caller]
    pub fn asks(self, challenge: &str) -> Self {
        assert_eq!((self.status, &self.body["challenge"]), (200, &json!(challenge)), "{self:?}");
        self
    }

    /// Asserts that somebody is signed in, and gives their access token.
    #[track_caller]
    pub fn token(self) -> Value {
        let token = &self.body["access_token"];
        assert!(self.status == 200 && token.as_str().is_some_and(|token| !token.is_empty()), "{self:?}");
        token.clone()
    }

    /// A member of a success.
    #[track_caller]
    pub fn clone_of(&self, member: &str) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.body[member].clone()
    }

    /// Asserts that it is a refusal.
    #[track_caller]
    pub fn refuses(&self, status: u64, detail: &str) {
        assert_eq!((self.status, &self.body), (status, &json!({ "detail": detail })));
    }
}

/// Somebody with an app that is asked for.
pub fn with_app(email: &str) -> User {
    let mut user = User::new(email, PASSWORD);
    user.app = Some(fake_cognito::App::enabled("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW"));
    user
}

/// `delivery` of a code by email before the user has proven a factor: computed from the username alone.
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
    // A route's name is all that an event needs; one lives as long as its test.
    Route { name: route.to_owned().leak(), error_prefix: "", failure_prefix: "", error_mappings: &[] }
}
