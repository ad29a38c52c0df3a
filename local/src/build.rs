//! Building the functions with `sam build`.

use std::{
    env::consts::ARCH,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Folders,
    command::{self, Failure},
    console,
    python::Environment,
    supervisor::Supervisor,
};

/// What the functions are built from.
const SOURCES: [&str; 7] =
    ["Cargo.lock", "Cargo.toml", "functions", "samconfig.toml", "shared", "static-build", "template.yaml"];

/// Where the built functions and the template that names them are.
pub fn template(folders: &Folders) -> PathBuf {
    folders.local.join("build/template.yaml")
}

/// The parameter that makes SAM build for, and deploy on, this machine's own processor.
pub fn architecture() -> String {
    format!("Architecture={}", if ARCH == "aarch64" { "arm64" } else { "x86_64" })
}

/// A command of SAM in the `local` environment of `samconfig.toml`, kept off the network.
///
/// `parameters`, such as `LogLevel=DEBUG`, are the template's.
pub fn sam(environment: &Environment, subcommand: &str, parameters: &[String], folders: &Folders) -> Command {
    let mut sam = environment.command("sam");
    sam.current_dir(&folders.root)
        .args([subcommand, "--config-env", "local", "--parameter-overrides", &architecture()])
        .args(parameters)
        // SAM would look for it beside the built template.
        .arg("--config-file")
        .arg(folders.root.join("samconfig.toml"))
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", folders.local.join("sam-home"))
        // Nothing of the developer's own AWS set-up may reach the emulator, or be reached from here.
        .env("AWS_CONFIG_FILE", folders.local.join("no-aws-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folders.local.join("no-aws-credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    sam
}

/// Builds the functions, unless nothing has changed since they were built.
///
/// # Errors
///
/// Where `sam build` fails.
pub fn functions(
    environment: &Environment,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let stamp = folders.local.join("built.txt");
    let fingerprint = fingerprint(&folders.root).map_err(|error| Failure::file(&folders.root, error))?;
    if template(folders).exists() && fs::read_to_string(&stamp).is_ok_and(|built| built == fingerprint) {
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    let sam_home = folders.local.join("sam-home");
    skip_version_check(&sam_home).map_err(|error| Failure::file(&sam_home, error))?;

    console::step("Building the functions with sam build (minutes the first time)", || {
        command::run(
            sam(environment, "build", &[], folders)
                .arg("--build-dir")
                .arg(folders.local.join("build"))
                // The same code with less optimisation: a cold build takes minutes less, and no
                // answer changes. `sam build` on its own makes what production runs.
                .env("CARGO_TARGET_DIR", folders.local.join("cargo"))
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            &folders.local.join("build.log"),
            "Mend what the compiler says, and try again.",
            supervisor,
        )
    })?;
    fs::write(&stamp, fingerprint).map_err(|error| Failure::file(&stamp, error))
}

/// SAM asks a package index for newer versions of itself, unless it believes it did so just now.
fn skip_version_check(sam_home: &Path) -> io::Result<()> {
    fs::create_dir_all(sam_home)?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let metadata = serde_json::json!({ "lastVersionCheck": now.as_secs_f64() });
    fs::write(sam_home.join("metadata.json"), metadata.to_string())
}

/// A number that changes when a source changes.
fn fingerprint(root: &Path) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    architecture().hash(&mut hasher);
    for source in SOURCES {
        add(&root.join(source), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    path.hash(hasher);
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        entries.sort();
        entries.iter().try_for_each(|entry| add(entry, hasher))
    } else {
        fs::read(path)?.hash(hasher);
        Ok(())
    }
}
