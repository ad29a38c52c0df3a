//! A program that is measured, and where such programs are built.

use std::{ffi::OsString, path::PathBuf};

/// One program that Lambda would run as a function.
#[derive(Debug)]
pub struct Program {
    /// Its name in the report.
    pub name: String,
    /// The route whose event it is sent.
    pub route: String,
    /// What is started: a function of ours, or the interpreter of a peer.
    pub executable: PathBuf,
    /// What the interpreter is to run.
    pub arguments: Vec<OsString>,
    /// What its environment holds beside Lambda's own variables.
    pub variables: Vec<(&'static str, OsString)>,
    /// Which authorities it reads at its start.
    pub roots: Roots,
    /// The function that it is another build of.
    pub build_of: Option<String>,
    /// Of an executable of ours, in bytes.
    pub size: Option<Size>,
}

/// Which certificate authorities a program trusts in Lambda. Here it reads the stub's in addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// Amazon's five, as the functions do.
    Amazon,
    /// The system's, as most programs do.
    System,
}

/// What is shipped of an executable, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// The executable itself.
    pub executable: f64,
    /// The zip file that Lambda gets, where Python is here to make it.
    pub zip: Option<f64>,
}

/// Where things are.
#[derive(Debug)]
pub struct Workshop {
    /// The workspace's root.
    pub root: PathBuf,
    /// Where the bench builds and writes.
    pub scratch: PathBuf,
}
