//! The whole API on a developer's machine: the real functions, deployed with the real template to
//! an emulator of AWS. `cargo run -p local` sets it up, and stays until Ctrl-C.

mod build;
mod command;
mod console;
mod emulator;
mod failure;
mod python;
mod running;
mod stack;
mod supervisor;
mod watch;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    thread,
};

use clap::Parser;

use crate::{
    build::Fingerprints, emulator::Emulator, failure::Failure, running::Running, supervisor::Supervisor,
    watch::Event,
};

/// Runs the whole API on this machine, with no AWS account.
#[derive(Debug, Parser)]
struct Options {
    /// The port of 127.0.0.1 to listen on; a free one unless given.
    #[arg(long)]
    port: Option<u16>,
    /// Where to write what a client needs to know once all is ready.
    #[arg(long, default_value = "target/local/stack.json")]
    stack_file: PathBuf,
    /// End when standard input closes, as well as on Ctrl-C.
    #[arg(long)]
    until_stdin_closes: bool,
    /// A parameter of the template, such as LogLevel=DEBUG; may be given several times.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// The stack's name.
    #[arg(long, default_value = "sign-in-local")]
    stack_name: String,
    /// Leave the running stack as it is when a source is edited.
    #[arg(long)]
    no_watch: bool,
    /// The repository to run; the one that this was built in unless given.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    repository: PathBuf,
    /// Deploy to the emulator of another `local`, which runs at this address, and end.
    #[arg(long, value_name = "URL")]
    into: Option<String>,
}

/// The folders that everything works in.
#[derive(Debug)]
struct Folders {
    /// The repository.
    root: PathBuf,
    /// All that this command makes: `target/local`.
    local: PathBuf,
    /// Our own scripts, and what they need.
    python: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // What is deployed into another's emulator is there after we have ended.
    let stack_file = options.into.is_none().then(|| options.stack_file.clone());
    let supervisor = Supervisor::start(stack_file, options.until_stdin_closes);
    match supervisor.and_then(|supervisor| run(&options, &supervisor)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console::say(&format!("\n{failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options, supervisor: &Supervisor) -> Result<(), Failure> {
    let root = &options.repository;
    let root = root.canonicalize().map_err(|error| Failure::file(root, error))?;
    let local = root.join("target/local");
    fs::create_dir_all(&local).map_err(|error| Failure::file(&local, error))?;
    // One that was left by a run that was killed outright would promise an API that is not there.
    let _ = fs::remove_file(&options.stack_file);
    let folders = Folders { root, local, python: Path::new(env!("CARGO_MANIFEST_DIR")).join("python") };

    let sources = Fingerprints::now(&folders)?;
    let [sam, emulator_python] = thread::scope(|scope| {
        scope.spawn(|| build::fetch(&folders, supervisor));
        python::environments(["sam", "emulator"], &folders, supervisor)
    })?;
    let (functions, emulator) = thread::scope(|scope| {
        let emulator = options
            .into
            .is_none()
            .then(|| scope.spawn(|| Emulator::start(&emulator_python, options.port, &folders, supervisor)));
        let functions = build::functions(sources, &sam, &folders, supervisor)?;
        Ok((functions, emulator.map(python::join).transpose()?))
    })?;
    let emulator_url = options.into.clone().or_else(|| emulator.as_ref().map(Emulator::url));
    let mut running = Running {
        options,
        emulator_url: &emulator_url.unwrap_or_default(),
        sam: &sam,
        emulator_python: &emulator_python,
        folders: &folders,
        supervisor,
        sources,
        template: sources.template,
        functions,
    };
    let stack = running.deploy()?;
    let Some(emulator) = emulator else { return Ok(()) };
    let (events, happens) = mpsc::channel();
    let _watched = (!options.no_watch).then(|| watch::sources(&folders, events.clone())).transpose()?;
    stack.introduce(&options.stack_file, !options.no_watch);
    thread::scope(|scope| {
        scope.spawn(|| events.send(Event::Ended(emulator.wait(supervisor))));
        running.follow(happens)
    })
}
