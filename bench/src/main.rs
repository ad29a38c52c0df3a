//! Measures the functions as Lambda runs them, beside references.
//!
//! Everything is on loopback: a stub of the Lambda Runtime API hands out invocations, a stub
//! Cognito answers over TLS, and the real release executables run between the two.

mod cognito;
mod core;
mod cpu_share;
mod http;
mod instructions;
mod lambda;
mod peers;
mod program;
mod programs;
mod report;
mod runtime_api;
mod sign_up;
mod statistics;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use crate::{
    cognito::Cognito,
    cpu_share::CpuShare,
    lambda::Plan,
    program::{Program, Workshop},
    programs::Selection,
    report::Measured,
};

/// Measures the functions as Lambda runs them, beside references.
#[derive(Debug, Parser)]
struct Options {
    /// Cold starts of each program.
    #[arg(long, default_value_t = 30)]
    runs: usize,
    /// Only this function, and the references; may be repeated.
    #[arg(long, value_name = "FUNCTION")]
    only: Vec<String>,
    /// Another build: an executable of login's, or a folder with executables named like functions, each of
    /// which is measured beside its function; may be repeated.
    #[arg(long = "variant", value_name = "NAME=PATH", value_parser = named_path)]
    variants: Vec<(String, PathBuf)>,
    /// The same sign-in with boto3, with FastAPI and Mangum, and with Node.js, too.
    #[arg(long)]
    peers: bool,
    /// Once they are initialised, give the programs the CPU time of a function with so much memory.
    #[arg(long, value_name = "MEGABYTES")]
    cpu_share: Option<u64>,
    /// Instead of all that: whether a sign-up takes longer for an account that is new or for one that exists,
    /// by so many requests for each.
    #[arg(long, value_name = "REQUESTS", num_args = 0..=1, default_missing_value = "4000")]
    sign_up: Option<usize>,
    /// A few runs, to see that all of it works.
    #[arg(long)]
    quick: bool,
}

fn named_path(text: &str) -> Result<(String, PathBuf), &'static str> {
    let (name, path) = text.split_once('=').ok_or("a name, an equals sign and a path are wanted")?;
    Ok((name.to_owned(), path.into()))
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::failure(&error),
    }
}

fn run(options: &Options) -> io::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let workshop = Workshop { scratch: root.join("target/bench"), root };
    fs::create_dir_all(&workshop.scratch)?;
    if let Some(requests) = options.sign_up {
        return sign_up::compare(&workshop, requests);
    }
    let selection = Selection { only: &options.only, variants: &options.variants, peers: options.peers };
    let mut measured: Vec<_> =
        programs::all(&workshop, &selection)?.into_iter().map(Measured::nothing_of).collect();

    // Not before: what is built must not share one core.
    core::move_to(core::STUBS);
    let cognito = cognito::start(workshop.scratch.join("authorities"))?;
    let share = options.cpu_share.map(CpuShare::of_memory).transpose()?;
    let (runs, warm) = if options.quick { (5, 50) } else { (options.runs, 200) };
    // Interleaved: what the machine does meanwhile falls on all of them alike.
    for run in 0..runs {
        for Measured { program, starts, .. } in &mut measured {
            let plan = Plan {
                program,
                events: &[&event(&workshop.root, program, &cognito)?],
                // The last run is the one for the peak of memory.
                invocations: if run + 1 == runs { 1_000 } else { warm },
                cognito: &cognito,
                share: share.as_ref(),
                callgrind: None,
            };
            starts.push(lambda::start(&plan).map_err(|error| in_program(program, &error))?);
        }
    }
    for Measured { program, instructions, .. } in &mut measured {
        // An interpreter's are its own.
        if program.size.is_none() || share.is_some() {
            continue;
        }
        let event = event(&workshop.root, program, &cognito)?;
        let events = [event.as_str()];
        let plan = |invocations| Plan {
            program,
            events: &events,
            invocations,
            cognito: &cognito,
            share: None,
            callgrind: Some(workshop.scratch.join(format!("callgrind-{}-{invocations}.out", program.name))),
        };
        *instructions = instructions::count(plan(1), plan(101), 100)?;
    }
    report::write(&measured, options.cpu_share, &workshop.scratch)
}

/// The event that `sam local` and the README use, with tokens of the stub's.
fn event(root: &Path, program: &Program, cognito: &Cognito) -> io::Result<String> {
    let file = root.join("events").join(format!("{}.json", program.route));
    Ok(fs::read_to_string(file)?
        .replace("{{access_token}}", &cognito.access_token)
        .replace("{{refresh_token}}", &cognito.refresh_token)
        .replace("{{totp_code}}", "123456"))
}

fn in_program(program: &Program, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", program.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_a_name_and_a_path() {
        assert_eq!(named_path("static=/a=b"), Ok(("static".to_owned(), PathBuf::from("/a=b"))));
        assert!(named_path("static").is_err());
    }
}
