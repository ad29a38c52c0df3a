//! Links a function statically, where `sam build` can ask cargo-lambda for glibc alone.
//!
//! A function without shared libraries starts in two thirds of the time and holds three quarters of
//! the memory (`docs/performance.md`). Only the musl targets give such a file, but SAM passes nothing
//! on to cargo-lambda but `--arm64`, which means glibc's target. So cargo-lambda calls this instead of
//! `cargo build` (`workspace.metadata.lambda.build.compiler` in `Cargo.toml`); it builds for musl, with
//! cargo-lambda's own zig, and puts the result where glibc's is looked for.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const GLIBC: &str = "-linux-gnu";
const MUSL: &str = "-linux-musl";

fn main() -> ExitCode {
    match build(env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            // Where even that fails, the exit code must do.
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("static-build: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: Vec<String>) -> io::Result<ExitCode> {
    let target = target_directory()?;
    let built = target.join("static");
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["lambda", "build", "--compiler", "cargo-zigbuild", "--lambda-dir"])
        .arg(&built)
        .args(arguments.iter().map(|argument| argument.replace(GLIBC, MUSL)))
        .status()?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let glibc = arguments
        .iter()
        .map(|argument| argument.strip_prefix("--target=").unwrap_or(argument))
        .find(|argument| argument.ends_with(GLIBC))
        .ok_or_else(|| io::Error::other("cargo-lambda has named no target for glibc"))?;
    copy_functions(&built, &target.join(glibc).join("release"))?;
    Ok(ExitCode::SUCCESS)
}

/// Cargo's, in which this very program was built: `<target>/debug/static-build`.
fn target_directory() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    program.ancestors().nth(2).map(Path::to_owned).ok_or_else(|| io::Error::other("no target directory"))
}

/// From a folder for each function, as cargo-lambda leaves them, to files named like the functions.
fn copy_functions(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for function in fs::read_dir(from)? {
        let function = function?;
        fs::copy(function.path().join("bootstrap"), to.join(function.file_name()))?;
    }
    Ok(())
}
