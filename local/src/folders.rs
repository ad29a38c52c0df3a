//! Where everything is.

use std::path::PathBuf;

/// The folders that everything works in.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The repository.
    pub root: PathBuf,
    /// All that this command makes: `target/local`.
    pub local: PathBuf,
    /// Our own scripts, and what they need.
    pub python: PathBuf,
    /// The pages.
    pub pages: PathBuf,
}
