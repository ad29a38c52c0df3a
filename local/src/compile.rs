//! Compiling the functions for the local stack, as for production, but in a fraction of the time. What was measured is
//! in `docs/building.md`.

use std::{
    env::{
        self,
        consts::{ARCH, OS},
    },
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command,
    console::{self, Step},
    failure::Failure,
    folders::Folders,
    supervisor::Supervisor,
};

/// The crates of the AWS SDK, of which the functions call one operation in six, or none.
const MOSTLY_UNUSED: [&str; 2] = ["aws-sdk-cognitoidentityprovider", "aws-sdk-sts"];

/// Target of static executables, as in production, but for this machine's architecture. `None` outside Linux, where such
/// executables cannot run.
fn target() -> Option<String> {
    (OS == "linux").then(|| format!("{ARCH}-unknown-linux-musl"))
}

/// Compiles all functions by one Cargo, for the local stack.
///
/// They are what the production build makes, without optimisation. What links them is the linker that comes with the
/// compiler: zig, which links for production, first compiles the C library for everyone who has never used it,
/// and that takes longer than all functions together.
///
/// # Errors
///
/// Where Cargo fails; what the compiler says has been shown then.
pub fn for_the_stack(step: &Step, folders: &Folders, supervisor: &Supervisor) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&folders.root).args(["build", "--release"]).args(packages(folders)?);
    if let Some(target) = target() {
        add_target(&target, folders, supervisor)?;
        cargo.args(["--target", &target]);
        link_and_compile_c(&mut cargo, &target);
    }
    cargo
        .env("CARGO_TARGET_DIR", folders.local.join("cargo"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true");
    leave_out_what_is_not_called(&mut cargo, folders);
    run(&mut cargo, &folders.local.join("build.log"), step, supervisor)
}

/// Where the functions' executables are, by their names.
pub fn executables(folders: &Folders) -> PathBuf {
    folders.local.join("cargo").join(target().unwrap_or_default()).join("release")
}

/// Compiles a package of ours for this machine, as Cargo would, and gives its executable.
///
/// # Errors
///
/// Where Cargo fails; what the compiler says has been shown then.
pub fn for_this_machine(
    package: &str,
    step: &Step,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<PathBuf, Failure> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&folders.root).args(["build", "--package", package]);
    cargo.arg("--target-dir").arg(folders.root.join("target"));
    run(&mut cargo, &folders.local.join(format!("build-{package}.log")), step, supervisor)?;
    Ok(folders.root.join("target/debug").join(package))
}

/// The arguments with which Cargo builds every function.
fn packages(folders: &Folders) -> Result<Vec<String>, Failure> {
    let functions = folders.root.join("functions");
    let packages = fs::read_dir(&functions)
        .and_then(|packages| {
            packages.map(|package| Ok(package?.path())).collect::<io::Result<Vec<PathBuf>>>()
        })
        .map_err(|error| Failure::file(&functions, error))?;
    let packages = packages.iter().filter(|package| package.join("Cargo.toml").exists());
    Ok(packages.map(|package| format!("--package=path+file://{}", package.display())).collect())
}

/// Installs the standard library for the functions' target, where it is missing.
fn add_target(target: &str, folders: &Folders, supervisor: &Supervisor) -> Result<(), Failure> {
    let log = folders.local.join("target.log");
    let advice = format!("Install Rust's standard library for {target}, and try again.");
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command::run(command.current_dir(&folders.root).args(arguments), &log, &advice, supervisor)
    };
    let libraries = run("rustc", &["--print", "target-libdir", "--target", target])?;
    if Path::new(libraries.trim_end()).exists() {
        return Ok(());
    }
    console::step(&format!("Installing Rust for {target} (first time only)"), |_| {
        run("rustup", &["target", "add", target]).map(drop)
    })
}

/// Has everything linked as in production, but by the linker that comes with the compiler; and the C in our dependencies,
/// which calls no C library, compiled by the compiler that this machine has anyway.
fn link_and_compile_c(cargo: &mut Command, target: &str) {
    let target = target.replace('-', "_");
    let variable = |name: &str| format!("CARGO_TARGET_{}_{name}", target.to_uppercase());
    cargo
        .env(variable("LINKER"), "rust-lld")
        // workspace.metadata.lambda.build in Cargo.toml.
        .env(variable("RUSTFLAGS"), "-Crelocation-model=static");
    let variable = |name: &str| format!("{name}_{target}");
    if env::var_os(variable("CC")).is_none() {
        cargo.env(variable("CC"), "cc");
        // Debian's and Ubuntu's would call functions that only glibc has.
        cargo.env(variable("CFLAGS"), "-U_FORTIFY_SOURCE");
    }
}

/// Has the compiler make code of what is called of the SDK alone, and not of all that it has.
///
/// The compiler calls that unstable, so it must be told that we know, for these crates alone. It changes no answer,
/// and nothing that production runs is built so.
fn leave_out_what_is_not_called(cargo: &mut Command, folders: &Folders) {
    let lock = fs::read_to_string(folders.root.join("Cargo.lock")).unwrap_or_default();
    for package in MOSTLY_UNUSED.iter().filter(|package| lock.contains(**package)) {
        cargo.args(["--config", &format!("profile.release.package.{package}.hint-mostly-unused=true")]);
    }
    let crates = MOSTLY_UNUSED.join(",").replace('-', "_");
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("-Zprofile-hint-mostly-unused")
        .args(["--config", &format!("env.RUSTC_BOOTSTRAP.value='{crates}'")])
        .args(["--config", "env.RUSTC_BOOTSTRAP.force=true"]);
}

/// Runs Cargo, and shows how far it has come.
fn run(cargo: &mut Command, log: &Path, step: &Step, supervisor: &Supervisor) -> Result<(), Failure> {
    if console::is_terminal() {
        // Cargo alone knows how much there is to build; as JSON it says only what it has built.
        cargo.envs([("CARGO_TERM_PROGRESS_WHEN", "always"), ("CARGO_TERM_PROGRESS_WIDTH", "200")]);
    }
    let result =
        command::run_read(cargo, log, "Mend what the compiler says, and try again.", supervisor, |line| {
            progress(line).map(|progress| step.shows(progress.to_owned())).is_some()
        });
    result.map(drop).map_err(|failure| match compiler_says(log) {
        Some(words) => {
            console::say(&words);
            Failure::new("the functions could not be built", "Mend what the compiler says.")
        }
        None => failure,
    })
}

/// How far Cargo has come, if that is what the line says: `    Building [==>   ] 37/219: tokio, ring`.
fn progress(line: &str) -> Option<&str> {
    let (_, progress) = line.split_once("Building [")?.1.split_once("] ")?;
    Some(progress.trim_end_matches(|end: char| end.is_control()))
}

/// What the compiler has written to the log, without Cargo's list of what it has compiled.
fn compiler_says(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let is_a_message = |line: &&str| line.starts_with("error") || line.starts_with("warning");
    let first = text.lines().position(|line| is_a_message(&line))?;
    let lines: Vec<&str> = text.lines().skip(first).collect();
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_line_of_progress_is_known_by_its_bar() {
        let line = "    Building [=====>      ] 37/219: tokio, ring(build)\r";
        assert_eq!(progress(line), Some("37/219: tokio, ring(build)"));
        assert_eq!(progress("   Compiling login v0.1.0 (/functions/login)\n"), None);
    }
}
