//! What somebody sees who works on functions: an edit gets into the running stack, and builds do not
//! disturb each other. All on a small workspace of its own, in a copy that the tests can edit. Its name has it run
//! last, while the first day in an account waits for one deploy after the other.

use std::{
    env::consts::ARCH,
    fs,
    io::{BufRead, BufReader, Lines},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{LazyLock, Mutex, PoisonError},
};

use serde_json::Value;
use yaml_rust2::YamlLoader;

/// The repository, whose SAM and emulator serve the small workspace too.
static REPOSITORY: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap());

/// The first `local` installs SAM, and the others find it.
static INSTALLING: Mutex<()> = Mutex::new(());

/// A copy of the small workspace, which builds nothing that another test builds.
fn workspace(name: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if workspace.exists() {
        fs::remove_dir_all(&workspace).unwrap();
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/small"), &workspace);
    for environment in ["emulator", "sam", "uv"] {
        let installed = REPOSITORY.join("target/local").join(environment);
        fs::create_dir_all(&installed).unwrap();
        fs::create_dir_all(workspace.join("target/local")).unwrap();
        symlink(installed, workspace.join("target/local").join(environment)).unwrap();
    }
    edit(&workspace.join("Cargo.toml"), "{repository}", &REPOSITORY.to_string_lossy());
    workspace.canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            assert!(fs::copy(entry.path(), to).is_ok())
        }
    }
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

/// A running `local`, which ends with this.
struct Local {
    process: Child,
    says: Lines<BufReader<ChildStdout>>,
    api_url: String,
    workspace: PathBuf,
}

impl Local {
    fn start(workspace: PathBuf) -> Self {
        let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        let stack_file = workspace.join("stack.json");
        let mut process = Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--until-stdin-closes", "--stack-name", "small", "--repository"])
            .arg(&workspace)
            .arg("--stack-file")
            .arg(&stack_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut local = Self { process, says, api_url: String::new(), workspace };
        local.until_it_says("Ready.");
        let stack: Value = serde_json::from_slice(&fs::read(stack_file).unwrap()).unwrap();
        local.api_url = stack["api_url"].as_str().unwrap().to_owned();
        local
    }

    /// Waits for a line that begins so, and gives all lines up to that.
    fn until_it_says(&mut self, beginning: &str) -> String {
        let mut said = String::new();
        for line in self.says.by_ref() {
            let line = line.unwrap();
            said.push_str(&line);
            said.push('\n');
            if line.starts_with(beginning) {
                return said;
            }
            assert!(!line.starts_with("What was deployed before goes on."), "{said}");
        }
        panic!("it ended without saying {beginning:?}:\n{said}");
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        edit(&self.workspace.join(file), from, to);
    }

    fn answer(&self, route: &str) -> String {
        let mut answer = ureq::get(format!("{}/api/auth/{route}", self.api_url)).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Lets a `local` install SAM, unless one has done so, or is about to.
fn install_sam(workspace: &Path) {
    let is_installed = {
        let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        REPOSITORY.join("target/local/sam/installed.txt").exists()
    };
    if !is_installed {
        drop(Local::start(workspace.to_owned()));
    }
}

/// A `sam build` in `workspace`, which has not ended yet.
fn sam_build(workspace: &Path, build: &str, function: Option<&str>) -> Child {
    let architecture = if ARCH == "aarch64" { "arm64" } else { "x86_64" };
    let bin = REPOSITORY.join("target/local/sam/bin");
    Command::new(bin.join("sam"))
        .current_dir(workspace)
        .arg("build")
        .args(function)
        .args(["--build-dir", build, "--parameter-overrides", &format!("Architecture={architecture}")])
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", REPOSITORY.join("target/local/sam-home"))
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        // zig would first compile musl, which takes longer than all else here.
        .env(format!("CARGO_TARGET_{}_UNKNOWN_LINUX_MUSL_LINKER", ARCH.to_uppercase()), "rust-lld")
        .env_remove("CARGO_TARGET_DIR")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(build: Child) {
    let output = build.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_edit_reaches_the_running_stack_and_a_compile_error_does_not_stop_it() {
    let mut local = Local::start(workspace("edited"));
    assert_eq!((local.answer("hello"), local.answer("goodbye")), ("hello".into(), "goodbye".into()));

    local.edit("functions/hello/src/main.rs", "\"hello\"", "\"good morning\"");
    let said = local.until_it_says("Exchanged:");
    assert!(said.ends_with("Exchanged: HelloFunction.\n"), "only what was edited: {said}");
    assert_eq!((local.answer("hello"), local.answer("goodbye")), ("good morning".into(), "goodbye".into()));

    local.edit("functions/hello/src/main.rs", "\"good morning\"", "good morning");
    let said = local.until_it_says("What was deployed before goes on.");
    assert!(said.contains("error: expected"), "{said}");
    assert!(said.contains("--> functions/hello/src/main.rs:"), "as the compiler wrote it: {said}");
    assert_eq!(local.answer("hello"), "good morning");

    local.edit("template.yaml", "Path: /api/auth/goodbye", "Path: /api/auth/farewell");
    local.edit("functions/hello/src/main.rs", "good morning", "\"good evening\"");
    local.until_it_says("Deployed.");
    assert_eq!((local.answer("hello"), local.answer("farewell")), ("good evening".into(), "goodbye".into()));
}

#[test]
fn two_builds_at_once_do_not_disturb_each_other_and_one_cargo_builds_for_both_functions() {
    let workspace = workspace("built");
    install_sam(&workspace);

    finish(sam_build(&workspace, "alone", Some("HelloFunction")));
    assert!(!workspace.join("target/static/goodbye").exists(), "it was not asked for");

    for build in ["left", "right"].map(|build| sam_build(&workspace, build, None)) {
        finish(build);
    }
    let built = |build: &str, function: &str| {
        fs::read(workspace.join(build).join(function).join("bootstrap")).unwrap()
    };
    for function in ["HelloFunction", "GoodbyeFunction"] {
        assert!(built("left", function) == built("right", function), "{function}");
    }
    assert!(built("left", "HelloFunction") == built("alone", "HelloFunction"));
    assert!(built("left", "HelloFunction") != built("left", "GoodbyeFunction"));
    assert!(
        workspace.join("target/static/hello").exists() && workspace.join("target/static/goodbye").exists()
    );
}

#[test]
fn every_function_can_be_built_alone_since_its_name_in_the_template_follows_from_its_executables() {
    let template = fs::read_to_string(REPOSITORY.join("template.yaml")).unwrap();
    let template = YamlLoader::load_from_str(&template).unwrap().remove(0);
    for (logical_id, resource) in template["Resources"].as_hash().unwrap() {
        if resource["Type"].as_str() == Some("AWS::Serverless::Function") {
            let executable = resource["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
            let name = format!("{}function", executable.replace('-', ""));
            assert_eq!(logical_id.as_str().unwrap().to_lowercase(), name);
        }
    }
}
