//! The stack that all tests share: started once, and gone with the process that runs the tests.

use std::{
    fs,
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
#[derive(Debug, Deserialize)]
struct Description {
    api_url: String,
    aws_endpoint_url: String,
    user_pool_id: String,
}

/// The running stack.
pub struct Stack {
    description: Description,
    agent: Agent,
    /// Holds the pipe whose end tells `local` to end: it closes with this process.
    _local: Child,
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
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }
}

/// The stack, which the first caller starts.
pub fn stack() -> &'static Stack {
    &STACK
}

impl Stack {
    #[expect(clippy::zombie_processes, reason = "it ends after us: when the pipe that we hold closes")]
    fn start() -> Self {
        let stack_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stack.json");
        let mut local = Command::new(env!("CARGO_BIN_EXE_local"))
            .arg("--until-stdin-closes")
            .arg("--stack-file")
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
                let agent = Agent::config_builder().http_status_as_error(false).build().into();
                return Self { description, agent, _local: local };
            }
        }
        panic!("local did not become ready:\n{}", said.join("\n"));
    }

    /// Posts JSON to a route.
    pub fn post(&self, route: &str, body: &Value) -> Answer {
        self.send("POST", route, &[("content-type", "application/json")], &body.to_string())
    }

    /// Signs in.
    pub fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.post("login", &serde_json::json!({ "username": username, "password": password }))
    }

    /// Sends any request to a route.
    pub fn send(&self, method: &str, route: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            Request::builder().method(method).uri(format!("{}/api/auth/{route}", self.description.api_url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, body) = self.agent.run(request.body(body.to_owned()).unwrap()).unwrap().into_parts();
        let text = read(body);
        Answer {
            status: head.status.as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            response: Response::from_parts(head, ()),
        }
    }

    /// Creates a user of its own for a test that changes one, with the [`PASSWORD`].
    pub fn create_user(&self, username: &str) {
        let Description { aws_endpoint_url, user_pool_id, .. } = &self.description;
        Self::python(
            "import boto3, sys; \
            endpoint, pool, user, password = sys.argv[1:]; \
            cognito = boto3.client('cognito-idp', endpoint_url=endpoint, region_name='eu-west-1', \
                aws_access_key_id='test', aws_secret_access_key='test'); \
            attributes = [{'Name': 'email', 'Value': user}, {'Name': 'email_verified', 'Value': 'true'}]; \
            cognito.admin_create_user(UserPoolId=pool, Username=user, UserAttributes=attributes, \
                MessageAction='SUPPRESS'); \
            cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=password, Permanent=True)",
            &[aws_endpoint_url, user_pool_id, username, PASSWORD],
        )
        .unwrap();
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

    /// Runs a script in the emulator's Python environment.
    fn python(script: &str, arguments: &[&str]) -> Result<(), String> {
        let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/local/emulator/bin/python");
        let output = Command::new(python).args(["-c", script]).args(arguments).output().unwrap();
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

fn read(mut body: Body) -> String {
    body.read_to_string().unwrap()
}
