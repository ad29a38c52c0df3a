//! Building what is measured, as `sam build` builds what it ships.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// Builds the package `name` of the workspace in `workspace`, and says where its executable is.
///
/// # Errors
///
/// Where `cargo-lambda` is missing, or the build fails.
pub fn function(root: &Path, workspace: &Path, target: &Path, name: &str) -> io::Result<PathBuf> {
    writeln!(io::stdout().lock(), "Building {name} (minutes the first time)")?;
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["lambda", "build", "--release", "-p", name])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .env("PATH", path_with_cargo_lambda(root)?)
        .status()?;
    let binary = target.join("lambda").join(name).join("bootstrap");
    if status.success() && binary.exists() {
        return Ok(binary);
    }
    Err(io::Error::other(format!(
        "{name} could not be built. Where cargo-lambda is missing: `cargo run -p local` installs it, \
         or `pip install cargo-lambda`"
    )))
}

/// `cargo run -p local` has put the cargo-lambda of its SAM there; else the developer's own is used.
fn path_with_cargo_lambda(root: &Path) -> io::Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [root.join("target/local/sam/bin")].into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).map_err(io::Error::other)
}

/// The size of an executable, and of the zip file that Lambda would get, where Python is here to make it.
///
/// # Errors
///
/// Where the executable cannot be read.
pub fn sizes(binary: &Path, scratch: &Path) -> io::Result<(f64, Option<f64>)> {
    let zip = scratch.join("bootstrap.zip");
    let _ = fs::remove_file(&zip);
    let zipped = Command::new("python3").args(["-m", "zipfile", "-c"]).arg(&zip).arg(binary).status();
    let zip = zipped.ok().and_then(|_| fs::metadata(&zip).ok());
    Ok((fs::metadata(binary)?.len() as f64, zip.map(|zip| zip.len() as f64)))
}
