//! What the functions are built from, and how a change of it is noticed.

use std::{
    env::consts::ARCH,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, folders::Folders};

/// What the functions' code is built from.
const CODE: [&str; 5] = ["Cargo.lock", "Cargo.toml", "functions", "rust-toolchain.toml", "shared"];

/// What says which functions there are, and how they are deployed.
const TEMPLATE: [&str; 2] = ["samconfig.toml", "template.yaml"];

/// All that a change of asks for a build.
pub fn all() -> impl Iterator<Item = &'static str> {
    CODE.into_iter().chain(TEMPLATE)
}

/// A number that changes when a source of the code or of the template does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprints {
    /// Of what the functions' code is built from.
    pub code: u64,
    /// Of the template and of SAM's settings.
    pub template: u64,
}

impl Fingerprints {
    /// Those of the sources as they are now.
    ///
    /// # Errors
    ///
    /// Where a source cannot be read.
    pub fn now(folders: &Folders) -> Result<Self, Failure> {
        let fingerprint = |sources: &[&str]| {
            let mut hasher = DefaultHasher::new();
            ARCH.hash(&mut hasher);
            sources
                .iter()
                .map(|source| folders.root.join(source))
                .filter(|source| source.exists())
                .try_for_each(|source| add(&source, &mut hasher))
                .map_err(|error| Failure::file(&folders.root, error))?;
            Ok(hasher.finish())
        };
        Ok(Self { code: fingerprint(&CODE)?, template: fingerprint(&TEMPLATE)? })
    }
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    path.hash(hasher);
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        // What an editor keeps beside the file that is edited.
        entries.retain(|entry| {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.') && !name.ends_with('~')
        });
        entries.sort();
        entries.iter().try_for_each(|entry| add(entry, hasher))
    } else {
        fs::read(path)?.hash(hasher);
        Ok(())
    }
}
