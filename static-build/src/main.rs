//! Builds the functions that `sam build` asks for: statically linked, and all of them at once.
//!
//! Statically, where SAM can ask cargo-lambda for glibc alone. A function without shared libraries
//! starts in seven tenths of the time and with seven tenths of the memory (`docs/decisions.md`).
//! Only the musl targets give such a file, but SAM passes nothing on to cargo-lambda but `--arm64`,
//! which means glibc's target. So cargo-lambda calls this instead of `cargo build`
//! (`workspace.metadata.lambda.build.compiler` in `Cargo.toml`); it builds for musl, with
//! cargo-lambda's own zig.
//!
//! At once, where SAM asks for one function after the other. The first time that a `sam build` asks,
//! all functions are built by one Cargo, which keeps all cores busy; the other times they are there.

mod sam;

use std::{
    env,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::sam::SamBuild;

const GLIBC: &str = "-linux-gnu";
const MUSL: &str = "-linux-musl";

/// What was built for whom.
const BUILT_FOR: &str = "built-for.txt";

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
    let output = output_folder(arguments)
        .ok_or_else(|| io::Error::other("cargo-lambda has named no target for glibc"))?;
    let target = target_folder()?;
    let output = target.join(output);
    // Cargo has a lock of its own, but lets go of it before cargo-lambda takes away what it built.
    let lock = File::create(target.join("static.lock"))?;
    lock.lock()?;
    let built = target.join("static");
    match (SamBuild::above_us(), function(arguments)) {
        (Some(sam), Some(function)) => {
            let packages = if sam.names(function) {
                arguments.to_vec()
            } else {
                for_all_functions(arguments, &workspace_folder()?)?
            };
            let asked = format!("{}\n{}", sam.identity, packages.join("\n"));
            let stamp = built.join(BUILT_FOR);
            if !fs::read_to_string(&stamp).is_ok_and(|built_for| built_for == asked) {
                if !build_statically(&packages, &built)? {
                    return Ok(ExitCode::FAILURE);
                }
                fs::write(&stamp, asked)?;
            }
            hand_to_sam(function, &built, &target, &output)?;
        }
        // Whoever else calls cargo-lambda may call it again after an edit.
        _ => {
            if !build_statically(arguments, &built)? {
                return Ok(ExitCode::FAILURE);
            }
            hand_to_cargo_lambda(&built, &output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds into `built`, in a folder for each function, and says whether it could be done.
fn build_statically(arguments: &[String], built: &Path) -> io::Result<bool> {
    // What an earlier build has left would look as if this one had built it.
    if built.exists() {
        fs::remove_dir_all(built)?;
    }
    let status = cargo()
        .args(["lambda", "build", "--compiler", "cargo-zigbuild", "--lambda-dir"])
        .arg(built)
        .args(arguments.iter().map(|argument| argument.replace(GLIBC, MUSL)))
        .status()?;
    Ok(status.success())
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

/// The one function that is asked for by its name, as SAM does.
fn function(arguments: &[String]) -> Option<&str> {
    let named = arguments.iter().position(|argument| argument == "--bin");
    named
        .and_then(|at| arguments.get(at + 1).map(String::as_str))
        .or_else(|| arguments.iter().find_map(|argument| argument.strip_prefix("--bin=")))
}

/// The arguments, with every function in the place of the one that they name.
fn for_all_functions(arguments: &[String], workspace: &Path) -> io::Result<Vec<String>> {
    let mut all = Vec::new();
    let mut names_follow = false;
    for argument in arguments {
        if !names_follow && argument != "--bin" && !argument.starts_with("--bin=") {
            all.push(argument.clone());
        }
        names_follow = argument == "--bin";
    }
    let mut packages = fs::read_dir(workspace.join("functions"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    packages.retain(|package| package.join("Cargo.toml").exists());
    packages.sort();
    for package in packages {
        all.push(format!("--package=path+file://{}", package.display()));
    }
    Ok(all)
}

/// Cargo's, in which this very program was built: `<target>/debug/static-build`.
fn target_folder() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    program.ancestors().nth(2).map(Path::to_owned).ok_or_else(|| io::Error::other("no target folder"))
}

/// The workspace of the function that is asked for, in whose folder we are.
fn workspace_folder() -> io::Result<PathBuf> {
    let manifest = cargo().args(["locate-project", "--workspace", "--message-format", "plain"]).output()?;
    let manifest = String::from_utf8_lossy(&manifest.stdout).into_owned();
    let folder = Path::new(manifest.trim_end()).parent();
    folder.map(Path::to_owned).ok_or_else(|| io::Error::other("this is no folder of a workspace"))
}

/// The Cargo that has started this program.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Puts a function where SAM takes it from.
///
/// cargo-lambda would copy it there, over a file that another `sam build` may just be reading. It
/// copies nothing where it finds nothing.
fn hand_to_sam(function: &str, built: &Path, target: &Path, output: &Path) -> io::Result<()> {
    match fs::remove_file(output.join(function)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let folder = target.join("lambda").join(function);
    fs::create_dir_all(&folder)?;
    let unfinished = folder.join("unfinished");
    fs::copy(built.join(function).join("bootstrap"), &unfinished)?;
    fs::rename(&unfinished, folder.join("bootstrap"))
}

/// Puts the functions where cargo-lambda looks for what `cargo build` has made: in files named like them.
fn hand_to_cargo_lambda(built: &Path, output: &Path) -> io::Result<()> {
    fs::create_dir_all(output)?;
    for function in fs::read_dir(built)? {
        let function = function?;
        fs::copy(function.path().join("bootstrap"), output.join(function.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_result_goes_where_cargo_would_put_the_one_that_was_asked_for() {
        for (arguments, expected) in [
            ("--release --target=aarch64-unknown-linux-gnu", "aarch64-unknown-linux-gnu/release"),
            ("--bin=login --target=x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnu/debug"),
            ("--release --target aarch64-unknown-linux-gnu --bin login", "aarch64-unknown-linux-gnu/release"),
        ] {
            assert_eq!(output_folder(&words(arguments)), Some(PathBuf::from(expected)));
        }
    }

    #[test]
    fn a_target_that_is_not_for_glibc_is_not_taken_for_one() {
        assert_eq!(output_folder(&words("--release --target=aarch64-unknown-linux-musl")), None);
    }

    #[test]
    fn the_function_that_sam_asks_for_is_known_by_its_name() {
        assert_eq!(function(&words("--release --bin login --target x")), Some("login"));
        assert_eq!(function(&words("--release --bin=login")), Some("login"));
        assert_eq!(function(&words("--release --package login")), None);
    }

    #[test]
    fn every_function_of_the_workspace_takes_the_place_of_the_one_asked_for() {
        let workspace = workspace_folder().unwrap();
        for asked in ["--release --bin login --target x", "--release --bin=login --target x"] {
            let all = for_all_functions(&words(asked), &workspace).unwrap();
            assert_eq!(all[..3], words("--release --target x"));
            let expected = fs::read_dir(workspace.join("functions")).unwrap().count();
            assert_eq!(all[3..].len(), expected);
            assert!(all[3..].iter().any(|package| package.ends_with("/functions/login")), "{all:?}");
        }
    }
}
