//! The same sign-in as other people write it: `bench/peers`, with the runtimes that Lambda has for them.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

use crate::program::{Program, Roots, Workshop};

/// Installs and bundles the peers in `target/bench/peers`.
///
/// # Errors
///
/// Where Python or Node.js is missing, or their packages cannot be had.
pub fn all(workshop: &Workshop) -> io::Result<Vec<Program>> {
    let from = workshop.root.join("bench/peers");
    let to = workshop.scratch.join("peers");
    writeln!(io::stdout().lock(), "Installing the peers (a minute the first time)")?;
    // Interpreters leave their caches beside what they run.
    for language in ["python", "node"] {
        fs::create_dir_all(to.join(language))?;
        for file in fs::read_dir(from.join(language))? {
            let file = file?;
            fs::copy(file.path(), to.join(language).join(file.file_name()))?;
        }
    }
    let python = python(&to.join("python"))?;
    let node = bundle(&to.join("node"))?;
    let on_python = |name: &str, handler: &str| Program {
        name: name.to_owned(),
        route: "login".to_owned(),
        executable: python.clone(),
        arguments: vec!["-m".into(), "awslambdaric".into(), handler.into()],
        variables: vec![("PYTHONPATH", to.join("python").into())],
        roots: Roots::System,
        build_of: None,
        size: None,
    };
    Ok(vec![
        on_python("boto3", "plain.handler"),
        on_python("fastapi", "application.handler"),
        Program {
            name: "node".to_owned(),
            route: "login".to_owned(),
            executable: "node".into(),
            arguments: vec![node.into()],
            variables: Vec::new(),
            roots: Roots::System,
            build_of: None,
            size: None,
        },
    ])
}

fn python(folder: &Path) -> io::Result<PathBuf> {
    let python = folder.join("environment/bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv", "environment"]).current_dir(folder))?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(install).arg("requirements.txt").current_dir(folder))?;
    Ok(python)
}

/// One file, as `sam build` makes it with esbuild.
fn bundle(folder: &Path) -> io::Result<PathBuf> {
    run(Command::new("npm").args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(folder))?;
    let options = ["--bundle", "--minify", "--platform=node", "--log-level=warning", "--outfile=bundle.js"];
    run(Command::new("node_modules/.bin/esbuild").arg("runtime.js").args(options).current_dir(folder))?;
    Ok(folder.join("bundle.js"))
}

fn run(command: &mut Command) -> io::Result<()> {
    let status = command.status();
    let program = command.get_program().display();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!("{program}: {status}"))),
        Err(error) => Err(io::Error::new(error.kind(), format!("{program}: {error}"))),
    }
}
