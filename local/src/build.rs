//! Building the functions, and laying them out as `sam build` does.

use std::{
    collections::BTreeMap,
    env::consts::ARCH,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use yaml_rust2::YamlLoader;

use crate::{
    command,
    console::{self, Step},
    failure::Failure,
    folders::Folders,
    python::Environment,
    supervisor::Supervisor,
};

/// What the functions' code is built from.
const CODE: [&str; 6] =
    ["Cargo.lock", "Cargo.toml", "functions", "rust-toolchain.toml", "shared", "static-build"];

/// What says which functions there are, and how they are deployed.
const TEMPLATE: [&str; 2] = ["samconfig.toml", "template.yaml"];

/// All that a change of asks for a build.
pub fn sources() -> impl Iterator<Item = &'static str> {
    CODE.into_iter().chain(TEMPLATE)
}

/// A number that changes when a source of the code or of the template does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprints {
    /// Of what the functions' code is built from.
    pub code: u64,
    /// Of the template and of SAM's settings.
    pub template: u64,
}

impl Fingerprints {
    /// Those of the sources as they are now.
    ///
    /// # Errors
    ///
    /// Where a source cannot be read.
    pub fn now(folders: &Folders) -> Result<Self, Failure> {
        let fingerprint = |sources: &[&str]| {
            let mut hasher = DefaultHasher::new();
            architecture().hash(&mut hasher);
            sources
                .iter()
                .map(|source| folders.root.join(source))
                .filter(|source| source.exists())
                .try_for_each(|source| add(&source, &mut hasher))
                .map_err(|error| Failure::file(&folders.root, error))?;
            Ok(hasher.finish())
        };
        Ok(Self { code: fingerprint(&CODE)?, template: fingerprint(&TEMPLATE)? })
    }
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    path.hash(hasher);
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        // What an editor keeps beside the file that is edited.
        entries.retain(|entry| {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.') && !name.ends_with('~')
        });
        entries.sort();
        entries.iter().try_for_each(|entry| add(entry, hasher))
    } else {
        fs::read(path)?.hash(hasher);
        Ok(())
    }
}

/// What is built: when each function was packed, by the function's logical id.
pub type Functions = BTreeMap<String, SystemTime>;

/// Where the built functions are, and the template that names them, as `sam local` wants them.
fn built(folders: &Folders) -> PathBuf {
    folders.local.join("build")
}

/// Where each function is packed, in `<logical id>.zip`.
pub fn packed(folders: &Folders) -> PathBuf {
    folders.local.join("packed")
}

/// The template that names the packed functions.
///
/// `sam deploy` would pack them all anew each time, which takes longer than all else that it does.
pub fn template(folders: &Folders) -> PathBuf {
    packed(folders).join("template.yaml")
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
        // The emulator is done at once, where AWS takes minutes and SAM looks every five seconds.
        .env("SAM_CLI_POLL_DELAY", "0.1")
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

/// Fetches the crates that [`functions`] will need, if nothing was ever built, while something else is done.
pub fn fetch(folders: &Folders, supervisor: &Supervisor) {
    if folders.local.join("cargo").exists() {
        return;
    }
    // Where it cannot be done, the build says why.
    let _ = console::step("Fetching the crates (first time only)", |_| {
        command::run(
            Command::new("cargo")
                .current_dir(&folders.root)
                .args(["fetch", "--locked", "--target"])
                .arg(format!("{ARCH}-unknown-linux-musl")),
            &folders.local.join("fetch.log"),
            "",
            supervisor,
        )
    });
}

/// Builds what has changed, and says what there is then.
///
/// # Errors
///
/// Where Cargo or `sam build` fails; what the compiler says has been shown then.
pub fn functions(
    sources: Fingerprints,
    environment: &Environment,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<Functions, Failure> {
    let _one_at_a_time = lock(folders, File::lock)?;
    if changed("code", sources.code, folders) {
        forget("code", folders);
        console::step("Building the functions", |step| compile(step, environment, folders, supervisor))?;
        keep("code", sources, |sources| sources.code, folders)?;
    }
    if !template(folders).exists() || changed("template", sources.template, folders) {
        forget("template", folders);
        console::step("Reading the template with sam build", |_| {
            sam_build(environment, folders, supervisor)
        })?;
        keep("template", sources, |sources| sources.template, folders)?;
    }
    let functions = lay_out(folders).map_err(|error| Failure::file(&folders.local, error))?;
    pack(functions, environment, folders, supervisor)
}

/// Keeps other commands of this kind from building, until what it gives is dropped.
///
/// # Errors
///
/// Where the system cannot lock files.
pub fn keep_as_built(folders: &Folders) -> Result<File, Failure> {
    lock(folders, File::lock_shared)
}

fn lock(folders: &Folders, kind: impl FnOnce(&File) -> io::Result<()>) -> Result<File, Failure> {
    let path = folders.local.join("build.lock");
    let lock = File::create(&path).and_then(|file| kind(&file).map(|()| file));
    lock.map_err(|error| Failure::file(&path, error))
}

/// Where the fingerprint is kept of what was last built.
fn stamp(name: &str, folders: &Folders) -> PathBuf {
    folders.local.join(format!("built-{name}.txt"))
}

/// Whether a fingerprint is another than when the build was last done.
fn changed(name: &str, fingerprint: u64, folders: &Folders) -> bool {
    !fs::read_to_string(stamp(name, folders)).is_ok_and(|built| built == fingerprint.to_string())
}

/// A build that is not ended is none.
fn forget(name: &str, folders: &Folders) {
    let _ = fs::remove_file(stamp(name, folders));
}

fn keep(
    name: &str,
    built: Fingerprints,
    of: impl Fn(Fingerprints) -> u64,
    folders: &Folders,
) -> Result<(), Failure> {
    // What was edited meanwhile may be half in what was built.
    if of(Fingerprints::now(folders)?) != of(built) {
        return Ok(());
    }
    let stamp = stamp(name, folders);
    fs::write(&stamp, of(built).to_string()).map_err(|error| Failure::file(&stamp, error))
}

/// Where the executables are as they were built: `<function>/bootstrap`.
fn compiled(folders: &Folders) -> PathBuf {
    folders.local.join("functions")
}

/// Builds all functions by one Cargo, in the way in which SAM has each built, so that SAM finds them built.
fn compile(
    step: &Step,
    environment: &Environment,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let mut cargo = environment.command("cargo-lambda");
    cargo.current_dir(&folders.root).args(["lambda", "build", "--release", "--lambda-dir"]);
    cargo.arg(compiled(folders));
    if ARCH == "aarch64" {
        cargo.arg("--arm64");
    }
    cargo.args(packages(folders)?);
    run_cargo(quickly(&mut cargo, folders), &folders.local.join("build.log"), step, supervisor)
}

/// What tells Cargo to build each function.
fn packages(folders: &Folders) -> Result<Vec<String>, Failure> {
    let functions = folders.root.join("functions");
    let folders = fs::read_dir(&functions)
        .and_then(|folders| folders.map(|folder| Ok(folder?.path())).collect::<io::Result<Vec<PathBuf>>>())
        .map_err(|error| Failure::file(&functions, error))?;
    let packages = folders.iter().filter(|folder| folder.join("Cargo.toml").exists());
    Ok(packages.map(|folder| format!("--package=path+file://{}", folder.display())).collect())
}

/// Where what is built for this machine is.
pub fn on_this_machine(folders: &Folders) -> PathBuf {
    folders.root.join("target/debug")
}

/// Builds `package` and the functions as tests do, to be run as they are.
///
/// # Errors
///
/// Where Cargo fails; what the compiler says has been shown then.
pub fn for_this_machine(
    package: &str,
    step: &Step,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&folders.root).args(["build", "--package", package, "--target-dir"]);
    cargo.arg(folders.root.join("target")).args(packages(folders)?);
    run_cargo(&mut cargo, &folders.local.join(format!("build-{package}.log")), step, supervisor)
}

/// Runs Cargo, and shows how far it has come.
fn run_cargo(cargo: &mut Command, log: &Path, step: &Step, supervisor: &Supervisor) -> Result<(), Failure> {
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

/// The same code without optimisation, which takes minutes less (`docs/building.md`), and no answer changes.
/// `sam build` on its own makes what production runs.
fn quickly<'a>(command: &'a mut Command, folders: &Folders) -> &'a mut Command {
    command
        .env("CARGO_TARGET_DIR", folders.local.join("cargo"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true")
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

/// Lays out the template, and the functions that it names, in the folder that SAM deploys from.
fn sam_build(environment: &Environment, folders: &Folders, supervisor: &Supervisor) -> Result<(), Failure> {
    let sam_home = folders.local.join("sam-home");
    skip_version_check(&sam_home).map_err(|error| Failure::file(&sam_home, error))?;
    let mut sam = sam(environment, "build", &[], folders);
    sam.arg("--build-dir").arg(built(folders));
    command::run(
        quickly(&mut sam, folders),
        &folders.local.join("sam-build.log"),
        "Mend what SAM says of the template, and try again.",
        supervisor,
    )
    .map(drop)
}

/// SAM asks a package index for newer versions of itself, unless it believes it did so just now.
fn skip_version_check(sam_home: &Path) -> io::Result<()> {
    fs::create_dir_all(sam_home)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let metadata = serde_json::json!({ "lastVersionCheck": now.as_secs_f64() });
    fs::write(sam_home.join("metadata.json"), metadata.to_string())
}

/// Puts each function that was built after `sam build` in the place of the one that SAM has laid out, and
/// gives the functions' logical ids.
fn lay_out(folders: &Folders) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(built(folders).join("template.yaml"))?;
    let template = YamlLoader::load_from_str(&text).map_err(io::Error::other)?;
    let resources = template.first().and_then(|template| template["Resources"].as_hash());
    let functions = resources.into_iter().flatten().filter_map(|(logical_id, resource)| {
        Some((logical_id.as_str()?, resource["Metadata"]["BuildProperties"]["Binary"].as_str()?))
    });
    fs::create_dir_all(packed(folders))?;
    let mut packed_template = text.clone();
    let mut logical_ids = Vec::new();
    for (logical_id, function) in functions {
        let compiled = compiled(folders).join(function).join("bootstrap");
        let executable = built(folders).join(logical_id).join("bootstrap");
        if fs::read(&executable)? != fs::read(&compiled)? {
            // The old one may be running in `sam local`, and cannot be written to then.
            let unfinished = executable.with_extension("unfinished");
            fs::copy(&compiled, &unfinished)?;
            fs::rename(&unfinished, &executable)?;
        }
        packed_template = packed_template
            .replace(&format!("CodeUri: {logical_id}\n"), &format!("CodeUri: {logical_id}.zip\n"));
        logical_ids.push(logical_id.to_owned());
    }
    fs::write(self::template(folders), packed_template)?;
    Ok(logical_ids)
}

/// Packs the functions that are newer than their packages, and says when each was packed.
fn pack(
    logical_ids: Vec<String>,
    environment: &Environment,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<Functions, Failure> {
    let modified = |file: &Path| file.metadata().and_then(|file| file.modified());
    let zip = |logical_id: &str| packed(folders).join(format!("{logical_id}.zip"));
    let outdated = logical_ids.iter().filter(|logical_id| {
        let built = modified(&built(folders).join(logical_id).join("bootstrap"));
        !built.is_ok_and(|built| modified(&zip(logical_id)).is_ok_and(|packed| packed > built))
    });
    let outdated: Vec<&String> = outdated.collect();
    if !outdated.is_empty() {
        let mut pack = environment.command("python");
        pack.arg(folders.python.join("pack.py")).arg(built(folders)).arg(packed(folders)).args(outdated);
        command::run(
            &mut pack,
            &folders.local.join("pack.log"),
            "Mend local/python/pack.py, and try again.",
            supervisor,
        )?;
    }
    logical_ids
        .into_iter()
        .map(|logical_id| {
            let zip = zip(&logical_id);
            Ok((logical_id, modified(&zip).map_err(|error| Failure::file(&zip, error))?))
        })
        .collect()
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
