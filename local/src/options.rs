//! Command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Runs the API on this machine, without an AWS account.
#[derive(Debug, Parser)]
pub struct Options {
    /// Port of the API on 127.0.0.1 (with --emulator, of the emulator). Default: a free port.
    #[arg(long)]
    pub port: Option<u16>,
    /// Parameter of the template, such as LogLevel=DEBUG. May be repeated.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Use this user pool instead of the fake. Needs AWS credentials in the environment, and COGNITO_CLIENT_SECRET if
    /// the app client has a secret.
    #[arg(long, value_name = "ID", requires = "client_id", conflicts_with = "emulator")]
    pub user_pool: Option<String>,
    /// App client of the user pool.
    #[arg(long, value_name = "ID", requires = "user_pool")]
    pub client_id: Option<String>,
    /// Deploy the template to an emulator of AWS instead. Needs Python 3.10 or later.
    #[arg(long)]
    pub emulator: bool,
    /// Do not rebuild functions when a source file changes.
    #[arg(long)]
    pub no_watch: bool,
    /// File that describes the running stack.
    #[arg(long, default_value = "target/local/stack.json")]
    pub stack_file: PathBuf,
    /// Stop when standard input closes, in addition to Ctrl-C.
    #[arg(long)]
    pub until_stdin_closes: bool,
    /// Repository to run. Default: the one that this program was built from.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    pub repository: PathBuf,
    /// Subcommand.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the current codes of a user of the running stack: of an authenticator app, and the last one sent.
    Code {
        /// Username.
        #[arg(default_value = "app@igad.int")]
        username: String,
        /// Secret of an authenticator app, in base32. Prints the code of this app only.
        #[arg(long)]
        secret: Option<String>,
    },
}

impl Options {
    /// Value of the last `--parameter` with this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let value = |parameter: &'_ String| parameter.strip_prefix(name)?.strip_prefix('=').map(str::len);
        let (parameter, length) =
            self.parameters.iter().rev().find_map(|parameter| Some((parameter, value(parameter)?)))?;
        parameter.get(parameter.len() - length..)
    }
}
