//! Building the functions with Cargo.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use serde_json::Value;

/// A function's executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// Path.
    pub path: PathBuf,
    /// Time of its last build. Cargo may have built it in an earlier build that failed for another function.
    pub modified: SystemTime,
}

/// Builds the packages in `functions/` of a repository in the dev profile, with one Cargo. Returns the executables by the
/// functions' names.
///
/// Cargo shows its progress and the compiler's errors on standard error.
///
/// # Errors
///
/// There is no Cargo, or the build fails.
pub fn build(repository: &Path) -> io::Result<BTreeMap<String, Executable>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let functions = packages(&repository.join("functions"))?;
    // The local stack depends on all libraries of the tests. Built with it, the functions use the same features of each
    // dependency as the local stack and the tests, and Cargo compiles each dependency once.
    let local = repository.join("local");
    let mut command = Command::new(cargo);
    // `cargo run` and `cargo test` set these for this process. Build scripts that read them, such as ring's, would run again.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    let output = command
        .current_dir(repository)
        .args(["build", "--message-format", "json-render-diagnostics"])
        .args(functions.values().chain(local.exists().then_some(&local)).map(|folder| package(folder)))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other("the functions do not build"));
    }
    // https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages
    let executables = output.stdout.split(|byte| *byte == b'\n').filter_map(|line| {
        let artifact: Value = serde_json::from_slice(line).ok()?;
        let path = PathBuf::from(artifact["executable"].as_str()?);
        let name = artifact["target"]["name"].as_str().filter(|name| functions.contains_key(*name))?;
        let modified = fs::metadata(&path).ok()?.modified().ok()?;
        Some((name.to_owned(), Executable { path, modified }))
    });
    Ok(executables.collect())
}

/// Folders of packages by name.
fn packages(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut packages = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.join("Cargo.toml").exists(), path.file_name()) {
            packages.insert(name.to_string_lossy().into_owned(), path);
        }
    }
    Ok(packages)
}

/// Argument that selects the package in a folder.
fn package(folder: &Path) -> String {
    format!("--package=path+file://{}", folder.display())
}
