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
    /// Other builds: a name and a path each, of an executable that is sent login's event or of a folder
    /// with executables that are named like functions.
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
    let built = build(workshop, &references, &workshop.scratch.join("references"), &REFERENCES)?;
    for (name, executable) in REFERENCES.into_iter().zip(built) {
        programs.push(executable_program(workshop, name, "login", executable, Roots::System)?);
    }
    let wanted = |name: &&str| selection.only.is_empty() || selection.only.iter().any(|only| only == name);
    let functions: Vec<_> = FUNCTIONS.into_iter().filter(wanted).collect();
    let built = build(workshop, &workshop.root, &workshop.scratch.join("cargo"), &functions)?;
    for (&name, executable) in functions.iter().zip(built) {
        programs.push(executable_program(workshop, name, name, executable, Roots::Amazon)?);
    }
    for (name, path) in selection.variants {
        for variant in Variant::at(name, path, &functions)? {
            // The report and the copies go by the name.
            if programs.iter().any(|program| program.name == variant.name) {
                return Err(io::Error::other(format!(
                    "{} is measured already; call the variant something else",
                    variant.name
                )));
            }
            let Variant { name, function, executable } = variant;
            let program = executable_program(workshop, &name, function, executable, Roots::Amazon)?;
            let program = Program { build_of: Some(function.to_owned()), ..program };
            // Right after its function: what the machine does at that time falls on both.
            let place = programs.iter().position(|program| program.name == function);
            programs.insert(place.map_or(programs.len(), |place| place + 1), program);
        }
    }
    if selection.peers {
        programs.extend(peers::all(workshop)?);
    }
    Ok(programs)
}

/// Builds one function alone.
///
/// # Errors
///
/// Where it cannot be built.
pub fn function(workshop: &Workshop, name: &str) -> io::Result<Program> {
    let built = build(workshop, &workshop.root, &workshop.scratch.join("cargo"), &[name])?;
    let executable = built.into_iter().next().ok_or_else(|| io::Error::other("nothing was built"))?;
    executable_program(workshop, name, name, executable, Roots::Amazon)
}

/// Another build of a function.
#[derive(Debug, PartialEq, Eq)]
struct Variant<'a> {
    name: String,
    function: &'a str,
    executable: PathBuf,
}

impl<'a> Variant<'a> {
    /// The one executable at `path`, of login, or those of `functions` that are in the folder `path`: as this bench
    /// copies them, or as cargo-lambda leaves them.
    fn at(name: &str, path: &Path, functions: &[&'a str]) -> io::Result<Vec<Self>> {
        if !path.is_dir() {
            return Ok(vec![Self { name: name.to_owned(), function: "login", executable: path.to_owned() }]);
        }
        let variants: Vec<_> = functions
            .iter()
            .filter_map(|&function| {
                let places = [path.join(function), path.join(function).join("bootstrap")];
                let executable = places.into_iter().find(|place| place.is_file())?;
                Some(Self { name: format!("{function}-{name}"), function, executable })
            })
            .collect();
        if variants.is_empty() {
            return Err(io::Error::other(format!("no function's executable is in {}", path.display())));
        }
        Ok(variants)
    }
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
        build_of: None,
    })
}

/// Builds packages of `workspace` with `cargo lambda build --release`, and returns the executable of each.
fn build(workshop: &Workshop, workspace: &Path, target: &Path, names: &[&str]) -> io::Result<Vec<PathBuf>> {
    let all = names.join(", ");
    writeln!(io::stdout().lock(), "Building {all} (minutes the first time)")?;
    // Functions are built as for production, but for this machine; the references for glibc, which is cargo-lambda's default.
    let target_option =
        (workspace == workshop.root).then(|| format!("--target={}-unknown-linux-musl", env::consts::ARCH));
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["lambda", "build", "--release"])
        .args(target_option)
        .args(names.iter().flat_map(|&name| ["-p", name]))
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .env("PATH", path_with_cargo_lambda(&workshop.root)?)
        .status()?;
    let executables: Vec<_> =
        names.iter().map(|name| target.join("lambda").join(name).join("bootstrap")).collect();
    if status.success() && executables.iter().all(|executable| executable.exists()) {
        return Ok(executables);
    }
    Err(io::Error::other(format!(
        "{all} could not be built. Where cargo-lambda is missing: `cargo run -p local` installs it, \
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executable_is_another_build_of_login() {
        let file = env::current_exe().unwrap();
        let variants = Variant::at("thin", &file, &["login", "me"]).unwrap();
        assert_eq!(variants, [Variant { name: "thin".to_owned(), function: "login", executable: file }]);
    }

    #[test]
    fn a_folder_holds_other_builds_of_the_functions_that_its_executables_are_named_like() {
        let folder = env::temp_dir().join(format!("bench-variants-{}", std::process::id()));
        fs::create_dir_all(folder.join("logout")).unwrap();
        let (copied, left) = (folder.join("me"), folder.join("logout/bootstrap"));
        fs::write(&copied, "").unwrap();
        fs::write(&left, "").unwrap();

        let variants = Variant::at("before", &folder, &["login", "me", "logout"]);
        let none = Variant::at("before", &folder, &["factors"]);
        fs::remove_dir_all(&folder).unwrap();

        let variant = |function: &'static str, executable: PathBuf| Variant {
            name: format!("{function}-before"),
            function,
            executable,
        };
        assert_eq!(variants.unwrap(), [variant("me", copied), variant("logout", left)]);
        assert!(none.unwrap_err().to_string().starts_with("no function's executable is in "));
    }
}
