//! The whole API on a developer's machine: the real functions, deployed with the real template to
//! an emulator of AWS. `cargo run -p local` sets it up, and stays until Ctrl-C.

mod build;
mod code;
mod command;
mod compile;
mod console;
mod deploy;
mod emulator;
mod failure;
mod folders;
mod options;
mod pages;
mod python;
mod reference;
mod running;
mod scripted;
mod sources;
mod stack;
mod supervisor;
mod watch;

use std::{fs, path::Path, process::ExitCode, sync::mpsc, thread};

use clap::Parser;

use crate::{
    deploy::{Deploy, Tools},
    emulator::Emulator,
    failure::Failure,
    folders::Folders,
    options::{Instead, Options},
    pages::Page,
    running::Running,
    sources::Fingerprints,
    supervisor::Supervisor,
    watch::Event,
};

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.instead {
        Some(Instead::Build) => build(&options),
        Some(Instead::Code { username, secret }) => code::print(&options, username, secret.as_deref()),
        None => run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::say(&format!("\n{failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Compiles the functions, and says where they are.
fn build(options: &Options) -> Result<(), Failure> {
    let supervisor = Supervisor::start(None, options.until_stdin_closes)?;
    let folders = folders(options)?;
    build::functions(Fingerprints::now(&folders)?, &folders, &supervisor)?;
    console::say(&compile::executables(&folders).to_string_lossy());
    Ok(())
}

/// Runs the API until all ends.
fn run(options: &Options) -> Result<(), Failure> {
    // What is deployed into another's emulator is there after we have ended.
    let stack_file = options.into.is_none().then(|| options.stack_file.clone());
    let supervisor = Supervisor::start(stack_file, options.until_stdin_closes)?;
    let folders = folders(options)?;
    // One that was left by a run that was killed outright would promise an API that is not there.
    let _ = fs::remove_file(&options.stack_file);
    let page = options.into.is_none().then(Page::bind).transpose()?;
    match &page {
        Some(page) if options.scripted => scripted::run(options, page, &folders, &supervisor),
        page => emulated(options, page.as_ref(), &folders, &supervisor),
    }
}

fn folders(options: &Options) -> Result<Folders, Failure> {
    let root = &options.repository;
    let root = root.canonicalize().map_err(|error| Failure::file(root, error))?;
    let local = root.join("target/local");
    fs::create_dir_all(&local).map_err(|error| Failure::file(&local, error))?;
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(Folders { root, local, python: own.join("python"), pages: own.join("pages") })
}

/// Deploys the template to the emulator of AWS, and brings edits into it until all ends.
fn emulated(
    options: &Options,
    page: Option<&Page>,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let (events, happens) = mpsc::channel();
    let follows_edits = !options.no_watch && options.into.is_none();
    // From now on, since the first build takes minutes, in which much can be edited.
    let _watched = follows_edits.then(|| watch::start(folders, events.clone())).transpose()?;
    let sources = Fingerprints::now(folders)?;
    let (tools, emulator, deploy) = thread::scope(|scope| {
        // Neither needs the other.
        let others = scope.spawn(|| get_ready(options, folders, supervisor));
        build::functions(sources, folders, supervisor)?;
        python::join(others)
    })?;
    let functions = build::pack(&tools.sam, folders, supervisor)?;
    let mut running = Running {
        options,
        tools: &tools,
        parameters: page
            .map_or_else(|| options.parameters.clone(), |page| page.allowed_by(&options.parameters)),
        page,
        folders,
        supervisor,
        sources,
        template: sources.template,
        functions,
    };
    let stack = running.deploy(deploy, &running.functions)?;
    let (Some(emulator), Some(page)) = (emulator, page) else { return Ok(()) };
    let about = stack.about(
        "the emulator of AWS, which has no passkeys and no codes by e-mail",
        "The emulator sends nothing: its code is 123456 for a new account, and 654321 for a forgotten password.",
    );
    page.serve(&about, folders, supervisor)?;
    stack.introduce(&options.stack_file, follows_edits);
    thread::scope(|scope| {
        scope.spawn(|| events.send(Event::Ended(emulator.wait(supervisor))));
        running.follow(happens)
    })
}

/// All that needs no function: what deploys, the emulator unless another's is used, and a deploy that has been begun.
fn get_ready(
    options: &Options,
    folders: &Folders,
    supervisor: &Supervisor,
) -> Result<(Tools, Option<Emulator>, Deploy), Failure> {
    let [sam, emulator_python] = python::environments(["sam", "emulator"], folders, supervisor)?;
    let mut emulator = options
        .into
        .is_none()
        .then(|| Emulator::start(&emulator_python, options.port, folders, supervisor))
        .transpose()?;
    let emulator_url =
        options.into.clone().or_else(|| emulator.as_ref().map(Emulator::url)).unwrap_or_default();
    let tools = Tools { sam, emulator_python, emulator_url };
    let deploy = Deploy::begin(&tools, &options.stack_name, folders, supervisor)?;
    if let Some(emulator) = &mut emulator {
        emulator.comes_up()?;
    }
    // They are written in time without this, but that takes some.
    build::templates(&tools.sam, folders, supervisor)?;
    Ok((tools, emulator, deploy))
}
