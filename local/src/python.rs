//! Python environments of our own, made from pinned requirement files.

use std::{
    env, fs,
    panic::resume_unwind,
    path::PathBuf,
    process::Command,
    thread::{self, ScopedJoinHandle},
};

use crate::{command, console, failure::Failure, folders::Folders, supervisor::Supervisor};

/// A Python environment.
#[derive(Debug)]
pub struct Environment {
    bin: PathBuf,
}

impl Environment {
    fn of(name: &str, folders: &Folders) -> Self {
        Self { bin: folders.local.join(name).join("bin") }
    }

    /// A command that runs `program` of this environment, which finds the environment's other programs first.
    pub fn command(&self, program: &str) -> Command {
        self.prepared(Command::new(self.bin.join(program)))
    }

    /// A command as [`Self::command`] gives, that leaves the processor to whoever has more to do: to the compiler.
    pub fn gentle_command(&self, program: &str) -> Command {
        let mut nice = Command::new("nice");
        nice.arg(self.bin.join(program));
        self.prepared(nice)
    }

    fn prepared(&self, mut command: Command) -> Command {
        let paths = env::var_os("PATH").unwrap_or_default();
        if let Ok(paths) = env::join_paths([self.bin.clone()].into_iter().chain(env::split_paths(&paths))) {
            command.env("PATH", paths);
        }
        command
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            // Without what Python keeps of its imports, which containers often switch off, SAM takes seconds to start.
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .env("PYTHONPYCACHEPREFIX", self.compiled());
        command
    }

    /// Where Python keeps what it has compiled of this environment, and of our own scripts.
    pub fn compiled(&self) -> PathBuf {
        self.bin.with_file_name("pycache")
    }
}

/// The environments `names`, each made anew where its requirement file has changed.
///
/// # Errors
///
/// Where there is no Python 3.10 or newer, or the packages cannot be installed.
pub fn environments<const COUNT: usize>(
    names: [&str; COUNT],
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<[Environment; COUNT], Failure> {
    let outdated: Vec<&str> = names.into_iter().filter(|name| !is_installed(name, folders)).collect();
    if !outdated.is_empty() {
        console::step("Installing what SAM and the emulator need (first time only)", |_| {
            let python = interpreter()?;
            if !is_installed("uv", folders) {
                install_with_pip("uv", &python, folders, supervisor)?;
            }
            thread::scope(|scope| {
                let installing: Vec<_> = outdated
                    .iter()
                    .map(|name| scope.spawn(|| install(name, &python, folders, supervisor)))
                    .collect();
                installing.into_iter().try_for_each(join)
            })
        })?;
    }
    Ok(names.map(|name| Environment::of(name, folders)))
}

fn requirements(name: &str, folders: &Folders) -> PathBuf {
    folders.python.join(format!("{name}-requirements.txt"))
}

/// What is installed in the environment `name`: a copy of the requirement file.
fn stamp(name: &str, folders: &Folders) -> PathBuf {
    folders.local.join(name).join("installed.txt")
}

fn is_installed(name: &str, folders: &Folders) -> bool {
    let wanted = fs::read(requirements(name, folders));
    wanted.is_ok_and(|wanted| fs::read(stamp(name, folders)).is_ok_and(|installed| installed == wanted))
}

fn install(name: &str, python: &str, folders: &Folders, supervisor: &Supervisor) -> Result<(), Failure> {
    // uv knows nothing of pip's settings, such as another package index.
    install_with_uv(name, python, folders, supervisor)
        .or_else(|_| install_with_pip(name, python, folders, supervisor))
}

fn install_with_uv(
    name: &str,
    python: &str,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let folder = folders.local.join(name);
    let log = folders.local.join(format!("{name}-install.log"));
    let uv = |subcommand: &[&str]| {
        let mut command = Environment::of("uv", folders).gentle_command("uv");
        command.args(subcommand).args(["--native-tls", "--quiet", "--python"]);
        command
    };
    command::run(uv(&["venv", "--clear"]).arg(python).arg(&folder), &log, "", supervisor)?;
    let mut install = uv(&["pip", "install"]);
    install.arg(&folder).arg("--requirement").arg(requirements(name, folders));
    command::run(&mut install, &log, "", supervisor)?;
    finish(name, folders)
}

fn install_with_pip(
    name: &str,
    python: &str,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let log = folders.local.join(format!("{name}-install.log"));
    command::run(
        Command::new(python).args(["-m", "venv", "--clear"]).arg(folders.local.join(name)),
        &log,
        "Install Python's venv module (Debian: apt-get install python3-venv), and try again.",
        supervisor,
    )?;
    command::run(
        Environment::of(name, folders)
            .command("python")
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(requirements(name, folders)),
        &log,
        "Check that pip can reach its package index, and try again.",
        supervisor,
    )?;
    finish(name, folders)
}

fn finish(name: &str, folders: &Folders) -> Result<(), Failure> {
    let stamp = stamp(name, folders);
    fs::copy(requirements(name, folders), &stamp).map_err(|error| Failure::file(&stamp, error))?;
    Ok(())
}

/// What a thread of a scope gives, once it has ended.
pub fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
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
