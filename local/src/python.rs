//! Python environments of our own, made from pinned requirement files.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Folders,
    command::{self, Failure},
    console,
    supervisor::Supervisor,
};

/// A Python environment.
#[derive(Debug)]
pub struct Environment {
    bin: PathBuf,
}

impl Environment {
    /// A command that runs `program` of this environment, which finds the environment's other programs first.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        let paths = env::var_os("PATH").unwrap_or_default();
        if let Ok(paths) = env::join_paths([self.bin.clone()].into_iter().chain(env::split_paths(&paths))) {
            command.env("PATH", paths);
        }
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        command
    }
}

/// The environment `name`, made anew where its requirement file has changed.
///
/// # Errors
///
/// Where there is no Python 3.10 or newer, or the packages cannot be installed.
pub fn environment(name: &str, folders: &Folders, supervisor: &Supervisor) -> Result<Environment, Failure> {
    let requirements = folders.root.join(format!("local/python/{name}-requirements.txt"));
    let wanted = fs::read_to_string(&requirements).map_err(|error| Failure::file(&requirements, error))?;
    let folder = folders.local.join(name);
    let stamp = folder.join("installed.txt");
    let environment = Environment { bin: folder.join("bin") };
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(environment);
    }

    console::step(&format!("Installing {} (first time only)", requirements_name(&requirements)), || {
        let log = folders.local.join(format!("{name}-install.log"));
        let python = interpreter()?;
        command::run(
            Command::new(&python).args(["-m", "venv", "--clear"]).arg(&folder),
            &log,
            "Install Python's venv module (Debian: apt-get install python3-venv), and try again.",
            supervisor,
        )?;
        command::run(
            environment
                .command("python")
                .args(["-m", "pip", "install", "--quiet", "--requirement"])
                .arg(&requirements),
            &log,
            "Check that pip can reach its package index, and try again.",
            supervisor,
        )?;
        fs::write(&stamp, &wanted).map_err(|error| Failure::file(&stamp, error))
    })?;
    Ok(environment)
}

fn requirements_name(requirements: &Path) -> String {
    requirements.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The first Python on the PATH that is new enough.
fn interpreter() -> Result<String, Failure> {
    ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]
        .into_iter()
        .find(|python| is_new_enough(python))
        .map(str::to_owned)
        .ok_or_else(|| {
            Failure::new(
                "no Python 3.10 or newer on the PATH",
                "Install Python 3.10 or newer, and try again.",
            )
        })
}

fn is_new_enough(python: &str) -> bool {
    Command::new(python)
        .args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"])
        .output()
        .is_ok_and(|output| output.status.success())
}
