//! What is measured, built: the functions, their references, their peers.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    peers,
    program::{Program, Roots, Size, Workshop},
};

/// The floor, and the usual way.
const REFERENCES: [&str; 2] = ["hello", "naive"];

const FUNCTIONS: [&str; 21] = [
    "login",
    "complete-password-change",
    "answer-challenge",
    "start-login",
    "refresh-token",
    "logout",
    "forgot-password",
    "reset-password",
    "change-password",
    "me",
    "factors",
    "set-up-totp",
    "verify-totp",
    "prefer-factor",
    "start-passkey",
    "complete-passkey",
    "passkeys",
    "delete-passkey",
    "sign-up",
    "confirm-sign-up",
    "resend-code",
];

/// Which programs are wanted.
#[derive(Debug)]
pub struct Selection<'a> {
    /// Of the functions, or all where none is named.
    pub only: &'a [String],
    /// More executables that are sent login's event: a name and a path each.
    pub variants: &'a [(String, PathBuf)],
    /// The same sign-in in other languages.
    pub peers: bool,
}

/// Builds what is to be measured; the references come first.
///
/// # Errors
///
/// Where something cannot be built, or a variant is not there.
pub fn all(workshop: &Workshop, selection: &Selection<'_>) -> io::Result<Vec<Program>> {
    let mut programs = Vec::new();
    let references = workshop.root.join("bench/references");
    for name in REFERENCES {
        let target = workshop.scratch.join("references");
        let executable = build(workshop, &references, &target, name)?;
        programs.push(executable_program(workshop, name, "login", executable, Roots::System)?);
    }
    let wanted = |name: &str| selection.only.is_empty() || selection.only.iter().any(|only| only == name);
    for name in FUNCTIONS.into_iter().filter(|name| wanted(name)) {
        let executable = build(workshop, &workshop.root, &workshop.scratch.join("cargo"), name)?;
        programs.push(executable_program(workshop, name, name, executable, Roots::Amazon)?);
    }
    for (name, executable) in selection.variants {
        // The report and the copies go by the name.
        if programs.iter().any(|program| program.name == *name) {
            return Err(io::Error::other(format!(
                "{name} is measured already; call the variant something else"
            )));
        }
        programs.push(executable_program(workshop, name, "login", executable.clone(), Roots::Amazon)?);
    }
    if selection.peers {
        programs.extend(peers::all(workshop)?);
    }
    Ok(programs)
}

fn executable_program(
    workshop: &Workshop,
    name: &str,
    route: &str,
    executable: PathBuf,
    roots: Roots,
) -> io::Result<Program> {
    let executable = copy(&executable, &workshop.scratch.join("executables"), name)?;
    Ok(Program {
        name: name.to_owned(),
        route: route.to_owned(),
        size: Some(size(&executable, &workshop.scratch)?),
        executable,
        arguments: Vec::new(),
        variables: Vec::new(),
        roots,
    })
}

/// Builds a package of `workspace` as `sam build` does, and says where its executable is.
fn build(workshop: &Workshop, workspace: &Path, target: &Path, name: &str) -> io::Result<PathBuf> {
    writeln!(io::stdout().lock(), "Building {name} (minutes the first time)")?;
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["lambda", "build", "--release", "-p", name])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .env("PATH", path_with_cargo_lambda(&workshop.root)?)
        .status()?;
    let executable = target.join("lambda").join(name).join("bootstrap");
    if status.success() && executable.exists() {
        return Ok(executable);
    }
    Err(io::Error::other(format!(
        "{name} could not be built. Where cargo-lambda is missing: `cargo run -p local` installs it, \
         or `pip install cargo-lambda`"
    )))
}

/// `cargo run -p local` has put the cargo-lambda of its SAM there; else the developer's own is used.
fn path_with_cargo_lambda(root: &Path) -> io::Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [root.join("target/local/sam/bin")].into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).map_err(io::Error::other)
}

/// How a file was written shows in how the kernel maps it: one and the same executable started up
/// to 0.4 ms slower as a linker or `strip` had left it than as a copy. So all of them are copies.
fn copy(executable: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let (new, copy) = (folder.join(format!("{name}.new")), folder.join(name));
    // Not into an older one, whose pages the kernel may have kept; and that one may be what is copied.
    fs::copy(executable, &new)?;
    fs::rename(&new, &copy)?;
    Ok(copy)
}

fn size(executable: &Path, scratch: &Path) -> io::Result<Size> {
    let zip = scratch.join("bootstrap.zip");
    let _ = fs::remove_file(&zip);
    let zipped = Command::new("python3").args(["-m", "zipfile", "-c"]).arg(&zip).arg(executable).status();
    let zip = zipped.ok().and_then(|_| fs::metadata(&zip).ok());
    Ok(Size { executable: fs::metadata(executable)?.len() as f64, zip: zip.map(|zip| zip.len() as f64) })
}
