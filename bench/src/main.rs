//! Measures the functions as Lambda runs them, beside references.
//!
//! Everything is on loopback: a stub of the Lambda Runtime API hands out invocations, a stub
//! Cognito answers over TLS, and the real release executables run between the two.

mod build;
mod cognito;
mod core;
mod http;
mod instructions;
mod lambda;
mod report;
mod statistics;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use crate::{
    cognito::Cognito,
    lambda::{Plan, Start},
    report::Measured,
};

/// What each figure is compared with: the floor, and the usual way.
const REFERENCES: [&str; 2] = ["hello", "naive"];

/// What is measured.
const FUNCTIONS: [&str; 8] = [
    "login",
    "complete-password-change",
    "refresh-token",
    "logout",
    "forgot-password",
    "reset-password",
    "change-password",
    "me",
];

/// Measures the functions as Lambda runs them, beside references.
#[derive(Debug, Parser)]
struct Options {
    /// Cold starts of each function.
    #[arg(long, default_value_t = 30)]
    runs: usize,
    /// Only this function, and the references; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// A few runs, to see that all of it works.
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::failure(&error),
    }
}

fn run(options: &Options) -> io::Result<()> {
    core::move_to(core::STUBS);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let scratch = root.join("target/bench");
    fs::create_dir_all(&scratch)?;
    let mut measured = build_all(options, &root, &scratch)?;

    let authority = scratch.join("authority.pem");
    let cognito = cognito::start(&authority)?;
    let (runs, warm) = if options.quick { (5, 50) } else { (options.runs, 200) };
    // Interleaved: what the machine does meanwhile falls on all of them alike.
    for run in 0..runs {
        for function in &mut measured {
            let event = event(&root, &function.name, &cognito)?;
            let plan = Plan {
                binary: &function.binary,
                event: &event,
                // The last run is the one for the peak of memory.
                invocations: if run + 1 == runs { 1_000 } else { warm },
                cognito: &cognito,
                authority: &authority,
                callgrind: None,
            };
            let start: Start = lambda::start(&plan).map_err(|error| in_function(&function.name, &error))?;
            function.starts.push(start);
        }
    }
    for function in &mut measured {
        let event = event(&root, &function.name, &cognito)?;
        let plan = |invocations| Plan {
            binary: &function.binary,
            event: &event,
            invocations,
            cognito: &cognito,
            authority: &authority,
            callgrind: Some(scratch.join(format!("callgrind-{}-{invocations}.out", function.name))),
        };
        function.instructions = instructions::count(plan(1), plan(101), 100)?;
    }
    report::write(&measured, REFERENCES.len(), &scratch.join("report.json"))
}

fn build_all(options: &Options, root: &Path, scratch: &Path) -> io::Result<Vec<Measured>> {
    let wanted = |name: &&str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let references = root.join("bench/references");
    let functions = FUNCTIONS.into_iter().filter(wanted);
    REFERENCES
        .into_iter()
        .map(|name| (name, references.as_path(), scratch.join("references")))
        .chain(functions.map(|name| (name, root, scratch.join("cargo"))))
        .map(|(name, workspace, target)| {
            let binary = build::function(root, workspace, &target, name)?;
            let (size, zip) = build::sizes(&binary, scratch)?;
            Ok(Measured { name: name.to_owned(), binary, size, zip, starts: Vec::new(), instructions: None })
        })
        .collect()
}

/// The event that `sam local` and the README use, with tokens of the stub's.
fn event(root: &Path, name: &str, cognito: &Cognito) -> io::Result<String> {
    let route = if REFERENCES.contains(&name) { "login" } else { name };
    let file = root.join("events").join(format!("{route}.json"));
    Ok(fs::read_to_string(file)?
        .replace("{{access_token}}", &cognito.access_token)
        .replace("{{refresh_token}}", &cognito.refresh_token))
}

fn in_function(name: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{name}: {error}"))
}
