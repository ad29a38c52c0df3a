//! `local --emulator`: the real template, deployed with `sam deploy` to an emulator of AWS (`local/emulator`).

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use lambda_stub::{Executable, build};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::{
    failure::Failure, gateway::DEFAULT_ORIGIN, options::Options, pages::Pages, shutdown, stack::Stack,
};

/// Builds and deploys the functions. Returns only with an error, unless a signal ends the process.
///
/// # Errors
///
/// A step fails, or the emulator ends.
pub fn run(options: &Options) -> Result<(), Failure> {
    let repository =
        options.repository.canonicalize().map_err(|error| Failure::file(&options.repository, error))?;
    let functions = lay_out(&build(&repository).map_err(Failure::build)?, &repository)?;
    let pages = Pages::bind()?;
    let origins = options.parameter("AllowedOrigins").unwrap_or(DEFAULT_ORIGIN);

    let mut python = Command::new("python3");
    python.arg(repository.join("local/emulator/run.py")).arg("--functions").arg(functions);
    for parameter in &options.parameters {
        python.args(["--parameter", parameter]);
    }
    python.args(["--parameter", &format!("AllowedOrigins={origins},{}", pages.origin())]);
    if let Some(port) = options.port {
        python.args(["--port", &port.to_string()]);
    }
    // The script ends when its standard input closes, also if this process is killed.
    python.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
    let mut process = python.spawn().map_err(|error| {
        Failure::new(format!("python3: {error}"), "Install Python 3.10 or later, or run without --emulator.")
    })?;
    let group = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    shutdown::at_exit(move || {
        // The group is gone if the script ended by itself.
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    });

    let mut description = String::new();
    if let Some(stdout) = process.stdout.take() {
        // On failure the script prints nothing here, and the parser reports it.
        let _ = BufReader::new(stdout).read_line(&mut description);
    }
    let mut stack: Stack = serde_json::from_str(&description)
        .map_err(|_| Failure::new("the emulator did not start", "Fix the errors above and try again."))?;
    stack.page_url = Some(pages.origin().to_owned());
    let hint =
        "The emulator sends nothing. Its code is 123456 for a new account and 654321 for a password reset.";
    pages.serve(&repository, stack.about("an emulator of AWS, without passkeys and email codes", hint))?;
    stack.write(&options.stack_file)?;
    stack.print(&options.stack_file, false);

    // `wait` closes standard input first, which would end the script.
    let _stdin = process.stdin.take();
    let ended = process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    Err(Failure::new(format!("the emulator ended: {ended}"), "See target/local/emulator.log."))
}

/// Links each executable to `target/local/lambda/<function>/bootstrap`, as in `target/lambda` after a production build.
fn lay_out(executables: &BTreeMap<String, Executable>, repository: &Path) -> Result<PathBuf, Failure> {
    let folder = repository.join("target/local/lambda");
    for (name, executable) in executables {
        let bootstrap = folder.join(name).join("bootstrap");
        fs::create_dir_all(folder.join(name))
            .and_then(|()| if bootstrap.exists() { fs::remove_file(&bootstrap) } else { Ok(()) })
            .and_then(|()| fs::hard_link(&executable.path, &bootstrap))
            .map_err(|error| Failure::file(&bootstrap, error))?;
    }
    Ok(folder)
}
