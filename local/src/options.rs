//! What the command is told.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Runs the whole API on this machine, with no AWS account.
#[derive(Debug, Parser)]
pub struct Options {
    /// The port of 127.0.0.1 to listen on; a free one unless given.
    #[arg(long)]
    pub port: Option<u16>,
    /// Where to write what a client needs to know once all is ready.
    #[arg(long, default_value = "target/local/stack.json")]
    pub stack_file: PathBuf,
    /// End when standard input closes, as well as on Ctrl-C.
    #[arg(long)]
    pub until_stdin_closes: bool,
    /// A parameter of the template, such as LogLevel=DEBUG; may be given several times.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// The stack's name.
    #[arg(long, default_value = "sign-in-local")]
    pub stack_name: String,
    /// Leave the running stack as it is when a source is edited.
    #[arg(long)]
    pub no_watch: bool,
    /// The repository to run; the one that this was built in unless given.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    pub repository: PathBuf,
    /// What to do instead.
    #[command(subcommand)]
    pub instead: Option<Instead>,
    /// Deploy to the emulator of another `local`, which runs at this address, and end.
    #[arg(long, value_name = "URL")]
    pub into: Option<String>,
    /// Run the functions with a scripted model of Cognito, which has every step of a sign-in, in place of the emulator
    /// and of SAM. Of the template's parameters it knows Mfa.
    #[arg(long, conflicts_with_all = ["into", "port", "stack_name"])]
    pub scripted: bool,
}

/// What can be done instead of running the API.
#[derive(Debug, Subcommand)]
pub enum Instead {
    /// Compile the functions, and print the folder that has their executables.
    Build,
    /// Print what an authenticator app shows at the moment, for a user of the running stack who has one.
    Code {
        /// The user's name.
        #[arg(default_value = "app@igad.int")]
        username: String,
        /// What the app was given, for a user who is not a demo user.
        #[arg(long)]
        secret: Option<String>,
    },
}
