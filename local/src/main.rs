//! The whole API on a developer's machine: the real functions, deployed with the real template to
//! an emulator of AWS. `cargo run -p local` sets it up, and stays until Ctrl-C.

mod build;
mod command;
mod console;
mod emulator;
mod python;
mod stack;
mod supervisor;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use crate::{command::Failure, emulator::Emulator, stack::Deployment, supervisor::Supervisor};

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().map_err(|error| Failure::file(&root, error))?;
    let local = root.join("target/local");
    fs::create_dir_all(&local).map_err(|error| Failure::file(&local, error))?;
    // One that was left by a run that was killed outright would promise an API that is not there.
    let _ = fs::remove_file(&options.stack_file);
    let folders = Folders { root, local };

    let sam = python::environment("sam", &folders, supervisor)?;
    let emulator_python = python::environment("emulator", &folders, supervisor)?;
    build::functions(&sam, &folders, supervisor)?;
    let deploy = |emulator_url: &str| {
        let deployment =
            Deployment { emulator_url, stack_name: &options.stack_name, parameters: &options.parameters };
        let stack = stack::deploy(&sam, &emulator_python, &deployment, &folders, supervisor)?;
        stack.write(&options.stack_file)?;
        Ok(stack)
    };
    if let Some(emulator_url) = &options.into {
        return deploy(emulator_url).map(drop);
    }
    let emulator = Emulator::start(&emulator_python, options.port, &folders, supervisor)?;
    let stack = deploy(&emulator.url())?;
    stack.introduce(&options.stack_file);
    emulator.wait(supervisor)
}
