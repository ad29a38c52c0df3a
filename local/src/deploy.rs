//! Bringing the template, and the functions that were built, into the emulator.

use std::{
    env::consts::ARCH,
    fs, io,
    path::{Path, PathBuf},
    process::{self, Command},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    build::{self, Functions},
    command::{self, Waiting},
    console,
    failure::Failure,
    folders::Folders,
    python::Environment,
    stack::Stack,
    supervisor::Supervisor,
};

/// Where in the emulator the functions' packages are, and what SAM has to upload by itself.
const BUCKET: &str = "sign-in-local";

/// What deploys: the Python of SAM and that of the emulator, and where the emulator's AWS is.
#[derive(Debug)]
pub struct Tools {
    /// SAM's Python.
    pub sam: Environment,
    /// The emulator's.
    pub emulator_python: Environment,
    /// Where the emulator's AWS is.
    pub emulator_url: String,
}

/// What to deploy.
#[derive(Debug)]
pub struct Deployment<'a> {
    /// The stack's name.
    pub stack_name: &'a str,
    /// The template's parameters, such as `LogLevel=DEBUG`.
    pub parameters: &'a [String],
    /// The functions as they were packed.
    pub functions: &'a Functions,
}

/// A deploy that has been begun as far as one can begin before there is anything to deploy, or anywhere to deploy it to:
/// what it consists of has been imported by Python, which takes about as long as all the rest.
#[derive(Debug)]
pub struct Deploy {
    uploads: Waiting,
    sam: Waiting,
}

impl Deploy {
    /// Begins one.
    ///
    /// # Errors
    ///
    /// Where Python cannot be started.
    pub fn begin(
        tools: &Tools,
        stack_name: &str,
        folders: &Folders,
        supervisor: &Supervisor,
    ) -> Result<Self, Failure> {
        let log = |step: &str| folders.local.join(format!("{step}-{stack_name}.log"));
        Ok(Self {
            sam: Waiting::start(
                &mut sam_deploy(tools, folders),
                &log("deploy"),
                "Mend what CloudFormation says of the template, and try again.",
                supervisor,
            )?,
            uploads: Waiting::start(
                tools
                    .emulator_python
                    .command("python")
                    .arg(folders.python.join("upload.py"))
                    .args([&tools.emulator_url, BUCKET])
                    .arg(build::packed(folders)),
                &log("upload"),
                "Mend local/python/upload.py, and try again.",
                supervisor,
            )?,
        })
    }

    /// Deploys the template, as `sam deploy` does to AWS, and creates the demo users where the pool has none.
    ///
    /// # Errors
    ///
    /// Where a step fails.
    pub fn finish(
        self,
        tools: &Tools,
        deployment: &Deployment<'_>,
        folders: &Folders,
        supervisor: &Supervisor,
    ) -> Result<Stack, Failure> {
        let Deployment { stack_name, functions, .. } = *deployment;
        let provision = console::step("Deploying the template with sam deploy", |_| {
            let _built = build::keep_as_built(folders)?;
            self.uploads
                .tell(functions.iter().map(|(logical_id, packed)| key(logical_id, *packed)), supervisor)?;
            // It needs the one processor that SAM and the emulator, who wait for each other, leave.
            let provision = Waiting::start(
                tools
                    .emulator_python
                    .command("python")
                    .arg(folders.python.join("provision.py"))
                    .arg(&tools.emulator_url),
                &folders.local.join(format!("provision-{stack_name}.log")),
                "Mend local/python/provision.py, and try again.",
                supervisor,
            )?;
            let template = template_of(deployment, folders)?;
            let home = sam_home(folders);
            skip_version_check(&home).map_err(|error| Failure::file(&home, error))?;
            self.sam.tell(arguments(deployment, &template, folders), supervisor)?;
            Ok(provision)
        })?;
        let described = console::step("Wiring the routes and creating the demo users", |_| {
            provision.tell([stack_name], supervisor)
        })?;
        Stack::described(&described, "local/python/provision.py")
    }
}

/// Where SAM finds the package of a function that was packed at this time.
fn key(logical_id: &str, packed: SystemTime) -> String {
    format!("{}/{logical_id}.zip", since_1970(packed).as_nanos())
}

/// Writes the template that names the packages where they were uploaded to.
///
/// SAM would ask for each whether it is there, and upload it by itself, one after the other.
fn template_of(deployment: &Deployment<'_>, folders: &Folders) -> Result<PathBuf, Failure> {
    let packed = build::template(folders);
    let template = folders.local.join(format!("deploy-{}.json", deployment.stack_name));
    fs::read_to_string(&packed)
        .and_then(|text| {
            let named = deployment.functions.iter().fold(text, |text, (logical_id, packed)| {
                text.replace(
                    &format!("\"{logical_id}.zip\""),
                    &format!("\"s3://{BUCKET}/{}\"", key(logical_id, *packed)),
                )
            });
            fs::write(&template, named)
        })
        .map_err(|error| Failure::file(&template, error))?;
    Ok(template)
}

/// `sam deploy`, kept off the network; it waits for its [`arguments`].
fn sam_deploy(tools: &Tools, folders: &Folders) -> Command {
    // The first time Python compiles all of it; as long as the functions are compiled, they go first.
    let mut deploy = tools.sam.gentle_command("python");
    deploy
        .current_dir(&folders.root)
        .arg(folders.python.join("sam_deploy.py"))
        .env("AWS_ENDPOINT_URL", &tools.emulator_url)
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", sam_home(folders))
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
    deploy
}

/// What `sam deploy` is to do, in the `local` environment of `samconfig.toml`.
fn arguments(deployment: &Deployment<'_>, template: &Path, folders: &Folders) -> Vec<String> {
    let file = |path: &Path| path.to_string_lossy().into_owned();
    let own = [
        "--config-env".to_owned(),
        "local".to_owned(),
        "--stack-name".to_owned(),
        deployment.stack_name.to_owned(),
        // SAM would look for it beside the template.
        "--config-file".to_owned(),
        file(&folders.root.join("samconfig.toml")),
        "--template-file".to_owned(),
        file(template),
        "--s3-bucket".to_owned(),
        BUCKET.to_owned(),
        "--parameter-overrides".to_owned(),
        // What the functions were built for: this machine's own processor.
        format!("Architecture={}", if ARCH == "aarch64" { "arm64" } else { "x86_64" }),
        // What the template has no default for.
        "AllowedOrigins=http://localhost:3000".to_owned(),
        "ExistingUserPoolId=none".to_owned(),
        // Each deploy is a release of its own, else its functions would go on with the old values.
        format!("Release=local-{}", since_1970(SystemTime::now()).as_millis()),
    ];
    // Where a name stands twice, SAM takes the last.
    own.into_iter().chain(deployment.parameters.iter().cloned()).collect()
}

fn sam_home(folders: &Folders) -> PathBuf {
    folders.local.join("sam-home")
}

/// SAM asks a package index for newer versions of itself, unless it believes it did so just now.
fn skip_version_check(sam_home: &Path) -> io::Result<()> {
    fs::create_dir_all(sam_home)?;
    let metadata = serde_json::json!({ "lastVersionCheck": since_1970(SystemTime::now()).as_secs_f64() });
    // Another deploy may be reading it.
    let unfinished = sam_home.join(format!("metadata.{}.unfinished", process::id()));
    fs::write(&unfinished, metadata.to_string())?;
    fs::rename(&unfinished, sam_home.join("metadata.json"))
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Exchanges the code of the functions with these logical ids, and keeps everything else as it is.
///
/// # Errors
///
/// Where the emulator refuses.
pub fn exchange(
    tools: &Tools,
    stack_name: &str,
    logical_ids: &[String],
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let _built = build::keep_as_built(folders)?;
    let mut exchange = tools.emulator_python.command("python");
    exchange
        .arg(folders.python.join("exchange.py"))
        .args([&tools.emulator_url, stack_name])
        .arg(build::packed(folders))
        .args(logical_ids);
    command::run(
        &mut exchange,
        &folders.local.join(format!("exchange-{stack_name}.log")),
        "Mend local/python/exchange.py, and try again.",
        supervisor,
    )
    .map(drop)
}
