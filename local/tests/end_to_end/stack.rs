//! The stack that all tests share: started once, and gone with the process that runs the tests.
//!
//! With `SIGN_IN_API_URL` it is one that somebody has deployed; see `anywhere.rs` for what can be tested of that.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use serde::Deserialize;
use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{Request, Response},
};

/// The password of the demo users who have one for good.
pub const PASSWORD: &str = "SecureP@ssw0rd1";

/// The password of `new@igad.int`, until it is changed.
pub const TEMPORARY_PASSWORD: &str = "TempP@ssw0rd1";

static STACK: LazyLock<Stack> = LazyLock::new(Stack::start);

/// What `local` says of the stack.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct Description {
    pub api_url: String,
    pub aws_endpoint_url: String,
    pub user_pool_id: String,
    pub client_id: String,
}

/// The running stack.
pub struct Stack {
    /// Where it is, and what it is made of.
    pub description: Description,
    agent: Agent,
    /// Holds the pipe whose end tells `local` to end: it closes with this process.
    local: Option<Child>,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The JSON body; null where there is none.
    pub body: Value,
    response: Response<()>,
}

impl Answer {
    /// All headers, with the values that are text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.response.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }
}

/// Where `local` says what it runs.
fn stack_file() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("stack.json")
}

/// The stack, which the first caller starts.
pub fn stack() -> &'static Stack {
    &STACK
}

impl Stack {
    fn start() -> Self {
        match env::var("SIGN_IN_API_URL") {
            Ok(url) => Self::deployed(&url),
            Err(_) => Self::local(),
        }
    }

    /// A stack that somebody has deployed, of which only the API can be reached.
    fn deployed(url: &str) -> Self {
        let nothing = String::new;
        let description = Description {
            api_url: url.trim_end_matches('/').to_owned(),
            aws_endpoint_url: nothing(),
            user_pool_id: nothing(),
            client_id: nothing(),
        };
        Self::new(description, None)
    }

    fn new(description: Description, local: Option<Child>) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
        Self { description, agent, local }
    }

    #[expect(clippy::zombie_processes, reason = "it ends after us: when the pipe that we hold closes")]
    fn local() -> Self {
        let stack_file = stack_file();
        let mut local = Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--until-stdin-closes", "--no-watch", "--stack-file"])
            .arg(&stack_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = Vec::new();
        for line in BufReader::new(local.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let is_ready = line.starts_with("Ready.");
            said.push(line);
            if is_ready {
                let description = serde_json::from_slice(&fs::read(&stack_file).unwrap()).unwrap();
                return Self::new(description, Some(local));
            }
        }
        panic!("local did not become ready:\n{}", said.join("\n"));
    }

    /// Whether it is one that this process has started.
    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Deploys the template once more to the emulator of this stack, as `name`, with `parameters`.
    pub fn deploy(&self, name: &str, parameters: &[&str]) -> Self {
        self.try_to_deploy(name, parameters).unwrap()
    }

    /// Deploys as [`Self::deploy`] does; where that fails, gives what was said.
    pub fn try_to_deploy(&self, name: &str, parameters: &[&str]) -> Result<Self, String> {
        let stack_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
        let mut local = Command::new(env!("CARGO_BIN_EXE_local"));
        local.args(["--into", &self.description.aws_endpoint_url, "--stack-name", name, "--stack-file"]);
        local.arg(&stack_file);
        for parameter in parameters {
            local.args(["--parameter", parameter]);
        }
        let output = local.output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Ok(Self::new(serde_json::from_slice(&fs::read(&stack_file).unwrap()).unwrap(), None))
    }

    /// Whether there is a stack of this name in the emulator, in whatever state.
    pub fn has_stack(&self, name: &str) -> bool {
        let stacks = self.aws(
            "print(*(s['StackName'] for s in client('cloudformation').list_stacks()['StackSummaries'] \
                if s['StackStatus'] not in ('DELETE_COMPLETE', 'REVIEW_IN_PROGRESS')))",
            &[],
        );
        stacks.split_whitespace().any(|stack| stack == name)
    }

    /// Runs a command of `deploy/` on what is built, against the emulator, and gives whether it succeeded, and what it
    /// said.
    pub fn run_deploy(&self, command: &[&str]) -> (bool, String) {
        let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let output = python("sam")
            .arg(repository.join("deploy").join(command[0]))
            .args(&command[1..])
            .arg("--build")
            .arg(repository.join("target/local/packed"))
            .env("AWS_ENDPOINT_URL", &self.description.aws_endpoint_url)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("__SAM_CLI_APP_DIR", repository.join("target/local/sam-home"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.success(), said.concat())
    }

    /// Posts JSON to a route.
    pub fn post(&self, route: &str, body: &Value) -> Answer {
        self.send("POST", route, &[("content-type", "application/json")], body.to_string())
    }

    /// Signs in.
    pub fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.post("login", &serde_json::json!({ "username": username, "password": password }))
    }

    /// Sends any request to a route.
    pub fn send(
        &self,
        method: &str,
        route: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(format!("{}/api/auth/{route}", self.description.api_url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, body) =
            self.agent.run(request.body(body.as_ref().to_vec()).unwrap()).unwrap().into_parts();
        let text = read(body);
        Answer {
            status: head.status.as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            response: Response::from_parts(head, ()),
        }
    }

    /// What the authenticator app of a demo user shows, by `local`'s own words.
    pub fn code_of(&self, username: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--stack-file"])
            .arg(stack_file())
            .args(["code", username])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Creates a user of its own for a test that changes one, with the [`PASSWORD`].
    pub fn create_user(&self, username: &str) {
        self.create(
            username,
            "cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=sys.argv[5], Permanent=True)",
        );
    }

    /// Creates a user who must change the [`TEMPORARY_PASSWORD`] first.
    pub fn create_new_user(&self, username: &str) {
        self.create(username, "");
    }

    /// Creates a user, and does `more` with them.
    fn create(&self, username: &str, more: &str) {
        let script = format!(
            "pool, user, temporary = sys.argv[2:5]; cognito = client('cognito-idp'); \
            attributes = [{{'Name': 'email', 'Value': user}}, {{'Name': 'email_verified', 'Value': 'true'}}]; \
            cognito.admin_create_user(UserPoolId=pool, Username=user, UserAttributes=attributes, \
                TemporaryPassword=temporary, MessageAction='SUPPRESS'); {more}"
        );
        self.aws(&script, &[&self.description.user_pool_id, username, TEMPORARY_PASSWORD, PASSWORD]);
    }

    /// Creates an app client with a secret, puts the secret into Secrets Manager under `name`, and
    /// gives the client's id.
    pub fn create_client_with_secret(&self, name: &str) -> String {
        self.aws(
            "pool, name = sys.argv[2:]; \
            created = client('cognito-idp').create_user_pool_client(UserPoolId=pool, ClientName=name, \
                GenerateSecret=True, PreventUserExistenceErrors='ENABLED', \
                ExplicitAuthFlows=['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'])['UserPoolClient']; \
            client('secretsmanager').create_secret(Name=name, SecretString=created['ClientSecret']); \
            print(created['ClientId'], end='')",
            &[&self.description.user_pool_id, name],
        )
    }

    /// Creates a secret in Secrets Manager.
    pub fn create_secret(&self, name: &str, value: &str) {
        self.aws(
            "client('secretsmanager').create_secret(Name=sys.argv[2], SecretString=sys.argv[3])",
            &[name, value],
        );
    }

    /// Puts the secret of the stack's own app client into Secrets Manager under `name`, and gives that name.
    pub fn keep_client_secret<'a>(&self, name: &'a str) -> &'a str {
        let Description { user_pool_id, client_id, .. } = &self.description;
        self.aws(
            "pool, client_id, name = sys.argv[2:]; \
            secret = client('cognito-idp').describe_user_pool_client(UserPoolId=pool, ClientId=client_id)\
                ['UserPoolClient']['ClientSecret']; \
            client('secretsmanager').create_secret(Name=name, SecretString=secret)",
            &[user_pool_id, client_id, name],
        );
        name
    }

    /// Whether PyJWT takes `token` for one that the pool has signed.
    pub fn is_signed_by_the_pool(&self, token: &str) -> bool {
        let Description { aws_endpoint_url, user_pool_id, .. } = &self.description;
        let keys = format!("{aws_endpoint_url}/{user_pool_id}/.well-known/jwks.json");
        let script = "import jwt, sys; \
            key = jwt.PyJWKClient(sys.argv[1]).get_signing_key_from_jwt(sys.argv[2]); \
            jwt.decode(sys.argv[2], key, algorithms=['RS256'], options={'verify_aud': False})";
        Self::python(script, &[&keys, token]).is_ok()
    }

    /// Runs a script that finds AWS in `client(service)`, and its arguments in `sys.argv[2:]`.
    fn aws(&self, script: &str, arguments: &[&str]) -> String {
        let script = format!(
            "import boto3, sys; \
            client = lambda service: boto3.client(service, endpoint_url=sys.argv[1], region_name='eu-west-1', \
                aws_access_key_id='test', aws_secret_access_key='test'); {script}"
        );
        let arguments: Vec<&str> =
            [self.description.aws_endpoint_url.as_str()].iter().chain(arguments).copied().collect();
        Self::python(&script, &arguments).unwrap()
    }

    /// Runs a script in the emulator's Python environment, and gives what it prints.
    fn python(script: &str, arguments: &[&str]) -> Result<String, String> {
        let output = python("emulator").args(["-c", script]).args(arguments).output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

/// The Python of an environment that `local` has made, which keeps what it compiles where `local` has it kept.
fn python(environment: &str) -> Command {
    let environment = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/local")
        .join(environment)
        .canonicalize()
        .unwrap();
    let mut python = Command::new(environment.join("bin/python"));
    python.env("PYTHONPYCACHEPREFIX", environment.join("pycache")).env_remove("PYTHONDONTWRITEBYTECODE");
    python
}

fn read(mut body: Body) -> String {
    body.read_to_string().unwrap()
}
