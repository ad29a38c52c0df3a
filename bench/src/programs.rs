//! The programs that are measured, and how they are built.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// Names of the programs: the function, and the references in `bench/references`.
pub const NAMES: [&str; 4] = ["login", "hello", "naive", "fastapi"];

/// A program that runs as a Lambda function.
#[derive(Debug)]
pub struct Program {
    /// Name in the results.
    pub name: String,
    /// Executable, or the interpreter.
    pub executable: PathBuf,
    /// Arguments of the interpreter; none for an executable of its own.
    pub arguments: &'static [&'static str],
    /// Folder in which the program starts.
    pub folder: PathBuf,
    /// Certificate authorities that the program reads in Lambda.
    pub roots: Roots,
}

/// Certificate authorities that a program reads when it starts.
#[derive(Debug, Clone, Copy)]
pub enum Roots {
    /// Amazon's five, which are built into the functions.
    Amazon,
    /// Those of the system, as most programs.
    System,
}

impl Roots {
    /// File with these authorities in the benchmark's folder.
    pub fn file(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Self::Amazon => "amazon.pem",
            Self::System => "system.pem",
        })
    }
}

/// Builds the programs named in `names`, and adds other builds of `login`.
///
/// # Errors
///
/// A program cannot be built, a variant does not exist, or its name is in use.
pub fn build(
    root: &Path,
    folder: &Path,
    names: &[&str],
    variants: &[(String, PathBuf)],
) -> io::Result<Vec<Program>> {
    let mut executables = Vec::new();
    for &name in names.iter().filter(|&&name| name != "fastapi") {
        let (workspace, target, roots) = match name {
            "login" => (root.to_owned(), folder.join("cargo"), Roots::Amazon),
            _ => (root.join("bench/references"), folder.join("references"), Roots::System),
        };
        announce(name)?;
        // `login` as for production, but for this machine; the others with the defaults of cargo-lambda.
        let target_option =
            (name == "login").then(|| format!("--target={}-unknown-linux-musl", env::consts::ARCH));
        run(Command::new("cargo")
            .args(["lambda", "build", "--release", "--package", name])
            .args(target_option)
            .current_dir(workspace)
            .env("CARGO_TARGET_DIR", &target)
            .env("PATH", path_with_cargo_lambda(root)?))?;
        executables.push((name.to_owned(), target.join("lambda").join(name).join("bootstrap"), roots));
    }
    for (name, executable) in variants {
        if NAMES.contains(&name.as_str()) || executables.iter().any(|(other, ..)| other == name) {
            return Err(io::Error::other(format!("{name} is already a program; choose another name")));
        }
        executables.push((name.clone(), executable.clone(), Roots::Amazon));
    }
    let mut programs = Vec::new();
    for (name, executable, roots) in executables {
        let executable = copy(&executable, &folder.join("executables"), &name)?;
        programs.push(Program { name, executable, arguments: &[], folder: folder.to_owned(), roots });
    }
    if names.contains(&"fastapi") {
        announce("fastapi")?;
        programs.push(fastapi(&root.join("bench/references/fastapi"), &folder.join("fastapi"))?);
    }
    Ok(programs)
}

/// Installs the Python program with Lambda's runtime for Python.
fn fastapi(from: &Path, to: &Path) -> io::Result<Program> {
    fs::create_dir_all(to)?;
    // Python writes its caches beside the files.
    for file in ["application.py", "requirements.txt"] {
        fs::copy(from.join(file), to.join(file))?;
    }
    let python = to.join("environment/bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv", "environment"]).current_dir(to))?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(install).arg("requirements.txt").current_dir(to))?;
    Ok(Program {
        name: "fastapi".to_owned(),
        executable: python,
        arguments: &["-m", "awslambdaric", "application.handler"],
        folder: to.to_owned(),
        roots: Roots::System,
    })
}

/// `PATH` with the cargo-lambda that `local/emulator/environments.py` installs.
fn path_with_cargo_lambda(root: &Path) -> io::Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [root.join("target/local/sam/bin")].into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).map_err(io::Error::other)
}

/// Copies an executable. The same executable starts more slowly as a linker wrote it than as a copy, so all are copies.
fn copy(executable: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let copy = folder.join(name);
    // Overwriting would keep the old file's pages in the kernel's cache.
    let _ = fs::remove_file(&copy);
    fs::copy(executable, &copy).map_err(|error| named(&executable.display().to_string(), &error))?;
    Ok(copy)
}

fn announce(name: &str) -> io::Result<()> {
    writeln!(io::stdout(), "Building {name} (takes minutes the first time)")
}

fn run(command: &mut Command) -> io::Result<()> {
    let status = command.status();
    let program = command.get_program().display().to_string();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!("{command:?}: {status}"))),
        Err(error) => Err(named(&program, &error)),
    }
}

/// The error with the name of what failed.
pub fn named(name: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{name}: {error}"))
}
