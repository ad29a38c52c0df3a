//! Links a function statically, where `sam build` can ask cargo-lambda for glibc alone.
//!
//! A function without shared libraries starts in seven tenths of the time and with seven tenths of
//! the memory (`docs/performance.md`). Only the musl targets give such a file, but SAM passes nothing
//! on to cargo-lambda but `--arm64`, which means glibc's target. So cargo-lambda calls this instead of
//! `cargo build` (`workspace.metadata.lambda.build.compiler` in `Cargo.toml`); it builds for musl, with
//! cargo-lambda's own zig, and puts the result where glibc's is looked for.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const GLIBC: &str = "-linux-gnu";
const MUSL: &str = "-linux-musl";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match build(&arguments) {
        Ok(code) => code,
        Err(error) => {
            // Where even that fails, the exit code must do.
            let _ = writeln!(io::stderr(), "static-build: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build(arguments: &[String]) -> io::Result<ExitCode> {
    let wanted = output_folder(arguments)
        .ok_or_else(|| io::Error::other("cargo-lambda has named no target for glibc"))?;
    let target = target_folder()?;
    let built = target.join("static");
    // What an earlier build has left would look as if this one had built it.
    if built.exists() {
        fs::remove_dir_all(&built)?;
    }
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["lambda", "build", "--compiler", "cargo-zigbuild", "--lambda-dir"])
        .arg(&built)
        .args(arguments.iter().map(|argument| argument.replace(GLIBC, MUSL)))
        .status()?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    copy_functions(&built, &target.join(wanted))?;
    Ok(ExitCode::SUCCESS)
}

/// Where, in Cargo's target folder, `cargo build` with these arguments would put what it builds.
fn output_folder(arguments: &[String]) -> Option<PathBuf> {
    let target = arguments
        .iter()
        .map(|argument| argument.strip_prefix("--target=").unwrap_or(argument))
        .find(|argument| argument.ends_with(GLIBC))?;
    let optimised = arguments.iter().any(|argument| argument == "--release");
    Some(Path::new(target).join(if optimised { "release" } else { "debug" }))
}

/// Cargo's, in which this very program was built: `<target>/debug/static-build`.
fn target_folder() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    program.ancestors().nth(2).map(Path::to_owned).ok_or_else(|| io::Error::other("no target folder"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(arguments: &[&str]) -> Option<PathBuf> {
        output_folder(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_result_goes_where_cargo_would_put_the_one_that_was_asked_for() {
        for (arguments, expected) in [
            (["--release", "--target=aarch64-unknown-linux-gnu"], "aarch64-unknown-linux-gnu/release"),
            (["--bin=login", "--target=x86_64-unknown-linux-gnu"], "x86_64-unknown-linux-gnu/debug"),
        ] {
            assert_eq!(folder(&arguments), Some(PathBuf::from(expected)));
        }
        let apart = ["--release", "--target", "aarch64-unknown-linux-gnu", "--bin", "login"];
        assert_eq!(folder(&apart), Some(PathBuf::from("aarch64-unknown-linux-gnu/release")));
    }

    #[test]
    fn a_target_that_is_not_for_glibc_is_not_taken_for_one() {
        assert_eq!(folder(&["--release", "--target=aarch64-unknown-linux-musl"]), None);
    }
}
