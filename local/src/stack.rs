//! The deployed stack, and what a client needs to know of it.

use std::{
    env::consts::ARCH,
    fs, io,
    path::Path,
    process::{self, Command},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    build, command, console, failure::Failure, folders::Folders, python::Environment, supervisor::Supervisor,
};

/// What to deploy.
#[derive(Debug)]
pub struct Deployment<'a> {
    /// Where the emulator's AWS is.
    pub emulator_url: &'a str,
    /// The stack's name.
    pub stack_name: &'a str,
    /// The template's parameters, such as `LogLevel=DEBUG`.
    pub parameters: &'a [String],
}

/// What a client needs to know of the stack.
#[derive(Debug, Deserialize, Serialize)]
pub struct Stack {
    /// The API's address; the routes are below `/api/auth`.
    api_url: String,
    /// Where an AWS SDK finds the emulator.
    aws_endpoint_url: String,
    /// The region that the stack believes it is in.
    region: String,
    /// The user pool.
    user_pool_id: String,
    /// The app client.
    client_id: String,
    /// Users in every state that a sign-in can meet.
    users: Vec<DemoUser>,
    /// Where what was sent to them can be read, where it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_url: Option<String>,
    /// The page to sign in on, once it is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    page_url: Option<String>,
}

/// A user to sign in with.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DemoUser {
    username: String,
    password: String,
    state: String,
    /// What the codes of their authenticator app are computed from, in base32.
    #[serde(skip_serializing_if = "Option::is_none")]
    totp_secret: Option<String>,
}

/// What the page is told of the stack.
#[derive(Debug, Serialize)]
pub struct About {
    /// Where the API is.
    pub api: String,
    /// Who answers for Cognito.
    pub talks_to: &'static str,
    /// Whom a person can be.
    pub people: Vec<DemoUser>,
    /// Where to read what was sent to them, where it can be read.
    pub sent_url: Option<String>,
    /// What else there is to know of what is sent.
    pub hint: &'static str,
}

/// Deploys the template, as `sam deploy` does to AWS, and creates the demo users where the pool has none.
///
/// # Errors
///
/// Where a step fails.
pub fn deploy(
    sam: &Environment,
    emulator_python: &Environment,
    deployment: &Deployment<'_>,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<Stack, Failure> {
    console::step("Deploying the template with sam deploy", |_| {
        let _built = build::keep_as_built(folders)?;
        command::run(
            &mut sam_deploy(sam, deployment, folders)?,
            &folders.local.join(format!("deploy-{}.log", deployment.stack_name)),
            "Mend what CloudFormation says of the template, and try again.",
            supervisor,
        )
    })?;
    let described = console::step("Wiring the routes and creating the demo users", |_| {
        command::run(
            emulator_python
                .command("python")
                .arg(folders.python.join("provision.py"))
                .args([deployment.emulator_url, deployment.stack_name]),
            &folders.local.join(format!("provision-{}.log", deployment.stack_name)),
            "Mend local/python/provision.py, and try again.",
            supervisor,
        )
    })?;
    Stack::described(&described, "local/python/provision.py")
}

/// `sam deploy` in the `local` environment of `samconfig.toml`, kept off the network.
fn sam_deploy(sam: &Environment, deployment: &Deployment<'_>, folders: &Folders) -> Result<Command, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let home = folders.local.join("sam-home");
    skip_version_check(&home, now).map_err(|error| Failure::file(&home, error))?;
    let mut deploy = sam.command("sam");
    deploy
        .current_dir(&folders.root)
        .args(["deploy", "--config-env", "local", "--stack-name", deployment.stack_name])
        // SAM would look for it beside the built template.
        .arg("--config-file")
        .arg(folders.root.join("samconfig.toml"))
        .arg("--template-file")
        .arg(build::template(folders))
        .arg("--parameter-overrides")
        // What the functions were built for: this machine's own processor.
        .arg(format!("Architecture={}", if ARCH == "aarch64" { "arm64" } else { "x86_64" }))
        // What the template has no default for.
        .args(["AllowedOrigins=http://localhost:3000", "ExistingUserPoolId=none"])
        // Each deploy is a release of its own, else its functions would go on with the old values.
        .arg(format!("Release=local-{}", now.as_millis()))
        // Where a name stands twice, SAM takes the last.
        .args(deployment.parameters)
        .env("AWS_ENDPOINT_URL", deployment.emulator_url)
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", &home)
        // The emulator is done at once, where AWS takes minutes and SAM looks every five seconds.
        .env("SAM_CLI_POLL_DELAY", "0.1")
        // Nothing of the developer's own AWS set-up may reach the emulator, or be reached from here.
        .env("AWS_CONFIG_FILE", folders.local.join("no-aws-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folders.local.join("no-aws-credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    Ok(deploy)
}

/// Has Python compile what `sam deploy` is made of, which it does the first time, while the functions are compiled.
pub fn get_ready(sam: &Environment, folders: &Folders, supervisor: &Supervisor) {
    if !sam.compiled().exists() {
        // Where it cannot be done, the deploy says why.
        let _ = command::run(
            sam.gentle_command("sam")
                .args(["deploy", "--help"])
                .env("SAM_CLI_TELEMETRY", "0")
                .env("__SAM_CLI_APP_DIR", folders.local.join("sam-home")),
            &folders.local.join("get-ready.log"),
            "",
            supervisor,
        );
    }
}

/// SAM asks a package index for newer versions of itself, unless it believes it did so just now.
fn skip_version_check(sam_home: &Path, now: Duration) -> io::Result<()> {
    fs::create_dir_all(sam_home)?;
    let metadata = serde_json::json!({ "lastVersionCheck": now.as_secs_f64() });
    // Another deploy may be reading it.
    let unfinished = sam_home.join(format!("metadata.{}.unfinished", process::id()));
    fs::write(&unfinished, metadata.to_string())?;
    fs::rename(&unfinished, sam_home.join("metadata.json"))
}

/// Exchanges the code of the functions with these logical ids, and keeps everything else as it is.
///
/// # Errors
///
/// Where the emulator refuses.
pub fn exchange(
    emulator_python: &Environment,
    deployment: &Deployment<'_>,
    logical_ids: &[String],
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let _built = build::keep_as_built(folders)?;
    let mut exchange = emulator_python.command("python");
    exchange
        .arg(folders.python.join("exchange.py"))
        .args([deployment.emulator_url, deployment.stack_name])
        .arg(build::packed(folders))
        .args(logical_ids);
    command::run(
        &mut exchange,
        &folders.local.join(format!("exchange-{}.log", deployment.stack_name)),
        "Mend local/python/exchange.py, and try again.",
        supervisor,
    )
    .map(drop)
}

impl Stack {
    /// Reads what [`Stack::write`] wrote.
    ///
    /// # Errors
    ///
    /// Where there is no such file: nothing runs then.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let nothing_runs = |error: io::Error| {
            Failure::new(format!("{}: {error}", file.display()), "Start it first: cargo run -p local")
        };
        let json = fs::read(file).map_err(nothing_runs)?;
        serde_json::from_slice(&json).map_err(|error| nothing_runs(error.into()))
    }

    /// What the codes of a demo user's authenticator app are computed from, where they have one.
    pub fn totp_secret(&self, username: &str) -> Option<&str> {
        self.users.iter().find(|user| user.username == username)?.totp_secret.as_deref()
    }

    /// The stack that `program` has described as JSON.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn described(json: &str, program: &str) -> Result<Self, Failure> {
        serde_json::from_str(json).map_err(|error| {
            Failure::new(format!("{program}: {error}"), format!("Mend what {program} prints, and try again."))
        })
    }

    /// What the page is told of the stack, in which `talks_to` answers for Cognito, and `hint` tells of what it sends.
    pub fn about(&self, talks_to: &'static str, hint: &'static str) -> About {
        About {
            api: self.api_url.clone(),
            talks_to,
            people: self.users.clone(),
            sent_url: self.sent_url.clone(),
            hint,
        }
    }

    /// Names the page to sign in on.
    pub fn set_page(&mut self, url: &str) {
        self.page_url = Some(url.to_owned());
    }

    /// Writes the stack to `file`, which says to a client that all is ready.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        // A reader must never see half a file.
        let unfinished = file.with_extension("unfinished");
        serde_json::to_vec_pretty(self)
            .map_err(Into::into)
            .and_then(|json| fs::write(&unfinished, json))
            .and_then(|()| fs::rename(&unfinished, file))
            .map_err(|error| Failure::file(file, error))
    }

    /// Says where the API is, how to sign in each demo user, and whether edits get into the stack.
    pub fn introduce(&self, file: &Path, follows_edits: bool) {
        console::say(&format!("\nThe API is at {}\n", self.api_url));
        for user in &self.users {
            console::say(&format!("# {} ({})", user.username, user.state));
            console::say(&format!(
                "curl -s {}/api/auth/login -H 'Content-Type: application/json' \\\n  -d '{{\"username\": \"{}\", \"password\": \"{}\"}}'\n",
                self.api_url, user.username, user.password
            ));
            if user.totp_secret.is_some() {
                console::say(&format!(
                    "# and the code of the moment: cargo run -p local -- code {}\n",
                    user.username
                ));
            }
        }
        if let Some(page_url) = &self.page_url {
            console::say(&format!(
                "To sign in by hand: {page_url}\nTo read of the API and to try it: {page_url}/reference/\n"
            ));
        }
        let edits = if follows_edits { "Edits are followed; not with --no-watch. " } else { "" };
        console::say(&format!("All of this for programs: {}\nReady. {edits}Ctrl-C ends it.", file.display()));
    }
}
