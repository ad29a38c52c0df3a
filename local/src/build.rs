//! Building the functions, and laying them out for `sam local` and `sam deploy`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process,
    time::SystemTime,
};

use yaml_rust2::YamlLoader;

use crate::{
    command, compile, console, failure::Failure, folders::Folders, python::Environment,
    sources::Fingerprints, supervisor::Supervisor,
};

/// What is built: when each function was packed, by the function's logical id.
pub type Functions = BTreeMap<String, SystemTime>;

/// A function of the template.
#[derive(Debug)]
pub struct Function {
    logical_id: String,
    /// `CodeUri` in the template: `target/lambda/login`.
    code_uri: String,
    executable: PathBuf,
}

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
    packed(folders).join("template.json")
}

/// Compiles the functions, unless they were compiled from these sources.
///
/// # Errors
///
/// Where Cargo fails; what the compiler says has been shown then.
pub fn functions(sources: Fingerprints, folders: &Folders, supervisor: &Supervisor) -> Result<(), Failure> {
    let _one_at_a_time = lock(folders, File::lock)?;
    let stamp = folders.local.join("built-code.txt");
    let code = sources.code.to_string();
    if !fs::read_to_string(&stamp).is_ok_and(|built| built == code) {
        // A build that is not ended is none.
        let _ = fs::remove_file(&stamp);
        console::step("Building the functions", |step| compile::for_the_stack(step, folders, supervisor))?;
        // What was edited meanwhile may be half in what was built.
        if Fingerprints::now(folders)?.code == sources.code {
            fs::write(&stamp, code).map_err(|error| Failure::file(&stamp, error))?;
        }
    }
    Ok(())
}

/// Writes the template as `sam local` wants it, and as `sam deploy` does, where it has changed, and gives the functions
/// that it names.
///
/// # Errors
///
/// Where the template cannot be read.
pub fn templates(
    sam: &Environment,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<Vec<Function>, Failure> {
    let path = folders.root.join("template.yaml");
    let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, error))?;
    let functions = named(&text, folders).map_err(|error| {
        Failure::new(format!("{}: {error}", path.display()), "Mend the template, and try again.")
    })?;
    let with_code = |code: fn(&Function) -> String| {
        functions.iter().fold(text.clone(), |text, function| {
            text.replace(
                &format!("CodeUri: {}\n", function.code_uri),
                &format!("CodeUri: {}\n", code(function)),
            )
        })
    };
    let for_sam_local = built(folders).join("template.yaml");
    write(&for_sam_local, &with_code(|function| function.logical_id.clone()))
        .map_err(|error| Failure::file(&for_sam_local, error))?;

    let packed = packed(folders).join("template.yaml");
    let text = with_code(|function| format!("{}.zip", function.logical_id));
    if !template(folders).exists() || !fs::read_to_string(&packed).is_ok_and(|old| old == text) {
        let no_template = |error| Failure::file(&packed, error);
        // Else a template that SAM cannot read would be followed by the one before, as if that were it.
        let _ = fs::remove_file(&packed);
        let yaml = unfinished(&packed);
        let json = unfinished(&template(folders));
        write(&yaml, &text).map_err(no_template)?;
        let mut as_json = sam.command("python");
        as_json.arg(folders.python.join("as_json.py")).args([&yaml, &json]);
        let log = folders.local.join("as-json.log");
        command::run(&mut as_json, &log, "Mend what SAM says of the template, and try again.", supervisor)?;
        fs::rename(&json, template(folders))
            .and_then(|()| fs::rename(&yaml, &packed))
            .map_err(no_template)?;
    }
    Ok(functions)
}

/// The functions that a template names.
fn named(template: &str, folders: &Folders) -> io::Result<Vec<Function>> {
    let template = YamlLoader::load_from_str(template).map_err(io::Error::other)?;
    let resources = template.first().and_then(|template| template["Resources"].as_hash());
    let functions = resources.into_iter().flatten().filter_map(|(logical_id, resource)| {
        let code_uri = resource["Properties"]["CodeUri"].as_str()?;
        Some(Function {
            logical_id: logical_id.as_str()?.to_owned(),
            code_uri: code_uri.to_owned(),
            executable: compile::executables(folders).join(code_uri.rsplit('/').next()?),
        })
    });
    Ok(functions.collect())
}

/// Lays out the functions as `sam local` wants them, packs those that have changed, and says when each was packed.
///
/// # Errors
///
/// Where the template cannot be read, or a file not be written.
pub fn pack(sam: &Environment, folders: &Folders, supervisor: &Supervisor) -> Result<Functions, Failure> {
    let _one_at_a_time = lock(folders, File::lock)?;
    let functions = templates(sam, folders, supervisor)?;
    let zip = |function: &Function| packed(folders).join(format!("{}.zip", function.logical_id));
    let mut outdated = Vec::new();
    for function in &functions {
        let executable = built(folders).join(&function.logical_id).join("bootstrap");
        lay_out(&function.executable, &executable).map_err(|error| Failure::file(&executable, error))?;
        if !is_newer(&zip(function), &executable).unwrap_or(false) {
            outdated.push(&function.logical_id);
        }
    }
    if !outdated.is_empty() {
        let mut pack = sam.command("python");
        pack.arg(folders.python.join("pack.py")).arg(built(folders)).arg(packed(folders)).args(outdated);
        let log = folders.local.join("pack.log");
        command::run(&mut pack, &log, "Mend local/python/pack.py, and try again.", supervisor)?;
    }
    functions
        .into_iter()
        .map(|function| {
            let zip = zip(&function);
            let packed = modified(&zip).map_err(|error| Failure::file(&zip, error))?;
            Ok((function.logical_id, packed))
        })
        .collect()
}

/// Puts what was compiled in the place of what was laid out before, where it is something else.
fn lay_out(compiled: &Path, place: &Path) -> io::Result<()> {
    if is_newer(place, compiled).unwrap_or(false) || place.exists() && fs::read(place)? == fs::read(compiled)?
    {
        return Ok(());
    }
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    // The old one may be running in `sam local`, and cannot be written to then.
    let unfinished = unfinished(place);
    fs::copy(compiled, &unfinished)?;
    fs::rename(&unfinished, place)
}

/// Gives a file this text, where it has another.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    // Whoever reads it meanwhile has the old text or the new one, and nothing between.
    let unfinished = unfinished(file);
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, file)
}

/// Where a file is written, beside its place, before it is put there.
fn unfinished(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{name}.{}.unfinished", process::id()))
}

fn modified(file: &Path) -> io::Result<SystemTime> {
    file.metadata().and_then(|file| file.modified())
}

fn is_newer(file: &Path, than: &Path) -> io::Result<bool> {
    Ok(modified(file)? > modified(than)?)
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
