//! Edits of functions and of the template in a running stack, on a copy of a small workspace that the tests can edit. Its
//! name has it run last, while the first day in an account waits for one deploy after the other.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{LazyLock, Mutex, PoisonError},
};

use serde_json::Value;

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
