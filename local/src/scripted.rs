//! The functions with a scripted model of Cognito in place of the emulator: it has every step of a sign-in.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    build, compile, console, failure::Failure, folders::Folders, options::Options, pages::Page,
    sources::Fingerprints, stack::Stack, supervisor::Supervisor,
};

/// The package that has the model, and the gateway in front of the functions (`local/scripted`).
const PACKAGE: &str = "scripted-stack";

/// Builds the functions and the model, runs them, and stays until they end.
///
/// # Errors
///
/// Where a step fails, or the model ends, which it should not.
pub fn run(
    options: &Options,
    page: &Page,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    build::functions(Fingerprints::now(folders)?, folders, supervisor)?;
    let model = console::step("Building the model of Cognito", |step| {
        compile::for_this_machine(PACKAGE, step, folders, supervisor)
    })?;
    let (mut stack, mut process) = start(&model, options, page, folders, supervisor)?;
    stack.set_page(page.origin());
    let about = stack.about("a scripted model of Cognito, which is ours and not AWS's", "");
    page.serve(&about, folders, supervisor)?;
    stack.write(&options.stack_file)?;
    stack.introduce(&options.stack_file, false);
    let status = supervisor.watching(process.id(), || {
        // `wait` would close the pipe that keeps it alive.
        let _pipe = process.stdin.take();
        process.wait()
    });
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let log = log(folders);
    Err(Failure::new(
        format!("the scripted stack ended ({status})"),
        format!("Start again; its log: {}", log.display()),
    )
    .with_end_of(&[&log]))
}

fn log(folders: &Folders) -> std::path::PathBuf {
    folders.local.join("scripted.log")
}

/// Starts the model and the functions, and gives what it says of them once all are there.
fn start(
    model: &Path,
    options: &Options,
    page: &Page,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(Stack, Child), Failure> {
    let log = log(folders);
    let errors = File::create(&log).map_err(|error| Failure::file(&log, error))?;
    let failed = |error: std::io::Error| {
        Failure::new(format!("starting the scripted stack: {error}"), "Try again.")
            .with_end_of(&[Path::new(&log)])
    };
    let mut process = Command::new(model)
        .arg(folders.root.join("template.yaml"))
        .arg(compile::executables(folders))
        .arg(page.origin())
        .args(&options.parameters)
        // It ends when the other end of this pipe, which is ours, closes.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    supervisor.watch(process.id());
    let mut described = String::new();
    if let Some(stdout) = process.stdout.take() {
        BufReader::new(stdout).read_line(&mut described).map_err(failed)?;
    }
    Ok((Stack::described(&described, "local/scripted")?, process))
}
