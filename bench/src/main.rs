//! Compares `login` with reference programs. Each runs as Lambda runs a function: behind a stub of the Runtime API, with
//! the Cognito double of the tests on loopback.

mod cognito;
mod core;
mod programs;
mod results;
mod start;

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use serde_json::json;

use crate::start::Setup;

/// Compares login with reference programs.
#[derive(Debug, Parser)]
struct Options {
    /// Number of starts of each program.
    #[arg(long, default_value_t = 30)]
    runs: usize,
    /// Program to measure instead of all; repeatable.
    #[arg(long, value_name = "PROGRAM", value_parser = programs::NAMES)]
    only: Vec<String>,
    /// Another build of login; repeatable.
    #[arg(long = "variant", value_name = "NAME=PATH", value_parser = named_path)]
    variants: Vec<(String, PathBuf)>,
    /// Remark for the results file.
    #[arg(long, default_value = "")]
    note: String,
    /// Print the table of a results file, and measure nothing.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

fn named_path(text: &str) -> Result<(String, PathBuf), &'static str> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=PATH")?;
    Ok((name.to_owned(), path.into()))
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the exit code has to do.
            let _ = writeln!(io::stderr(), "bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let file = match &options.table {
        Some(file) => file.clone(),
        None => measure(options)?,
    };
    write!(io::stdout(), "\n{}\n{}", file.display(), results::table(&results::read(&file)?))
}

/// Measures the programs and returns the results file.
fn measure(options: &Options) -> io::Result<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let is_wanted = |name: &&str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let names: Vec<_> = programs::NAMES.into_iter().filter(is_wanted).collect();
    let programs = programs::build(&root, &folder, &names, &options.variants)?;

    // After the builds, which need all cores.
    core::move_to(core::STUBS);
    let endpoint = cognito::start();
    cognito::write_roots(endpoint.certificate(), &folder)?;
    let event = fs::read_to_string(root.join("events/login.json"))?;
    let setup = Setup { folder: &folder, endpoint: endpoint.url(), event: &event };

    let mut lines = vec![results::conditions(&root, &options.note)];
    for program in &programs {
        let mut line = json!({ "program": program.name });
        if program.arguments.is_empty() {
            line["executable_bytes"] = fs::metadata(&program.executable)?.len().into();
        }
        let counted =
            setup.count_instructions(program).map_err(|error| programs::named(&program.name, &error))?;
        if let Some((cold, warm)) = counted {
            line["cold_instructions"] = cold.into();
            line["warm_instructions"] = warm.into();
        }
        lines.push(line);
    }
    // Interleaved, so that a disturbance of the machine affects all programs.
    for _ in 0..options.runs {
        for program in &programs {
            lines.push(setup.measure(program).map_err(|error| programs::named(&program.name, &error))?);
        }
    }
    lines[0]["load_average_at_end"] = results::load_average().into();
    let file = root.join("bench/results").join(format!("{}.jsonl", results::timestamp()));
    results::write(&file, &lines)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variant_is_a_name_and_a_path() {
        assert_eq!(named_path("static=/a=b"), Ok(("static".to_owned(), PathBuf::from("/a=b"))));
        assert!(named_path("static").is_err());
    }
}
