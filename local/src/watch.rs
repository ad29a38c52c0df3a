//! Watching the functions' source files.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};

use crate::failure::Failure;

/// Files and folders that the functions are built from.
const SOURCES: [&str; 5] = ["Cargo.lock", "Cargo.toml", "cognito-token-verifier", "functions", "shared"];

/// Time without a change after which edits are complete. Editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Changes of source files.
#[derive(Debug)]
pub struct Edits {
    changes: Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl Edits {
    /// Watches the sources of `repository`.
    ///
    /// # Errors
    ///
    /// The system does not allow it.
    pub fn watch(repository: &Path) -> Result<Self, Failure> {
        let sources = SOURCES.map(|source| repository.join(source));
        let (changed, changes) = channel();
        let watch = || {
            let watched = sources.clone();
            let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // An error may stand for lost events.
                if event.map_or(true, |event| is_edit(&event, &watched)) {
                    let _ = changed.send(());
                }
            })?;
            // Files are watched through their folder, since many editors write a new file and rename it.
            watcher.watch(repository, RecursiveMode::NonRecursive)?;
            for folder in sources.iter().filter(|source| source.is_dir()) {
                watcher.watch(folder, RecursiveMode::Recursive)?;
            }
            Ok(watcher)
        };
        let watcher = watch().map_err(|error: notify::Error| {
            Failure::new(format!("cannot watch the sources: {error}"), "Use --no-watch.")
        })?;
        Ok(Self { changes, _watcher: watcher })
    }

    /// Waits for the next edits.
    pub fn wait(&self) {
        let _ = self.changes.recv();
        while self.changes.recv_timeout(QUIET).is_ok() {}
    }
}

/// Whether a source changed. Reading by the compiler is no edit.
fn is_edit(event: &notify::Event, sources: &[PathBuf]) -> bool {
    let is_access = matches!(event.kind, EventKind::Access(_))
        && event.kind != EventKind::Access(AccessKind::Close(AccessMode::Write));
    !is_access && event.paths.iter().any(|path| sources.iter().any(|source| path.starts_with(source)))
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, ModifyKind};

    use super::*;

    fn is_edit_of(kind: EventKind, path: &str) -> bool {
        let sources = ["/repository/functions".into(), "/repository/Cargo.toml".into()];
        is_edit(&notify::Event::new(kind).add_path(path.into()), &sources)
    }

    #[test]
    fn changed_source_is_an_edit() {
        assert!(is_edit_of(EventKind::Modify(ModifyKind::Any), "/repository/functions/login/src/main.rs"));
        assert!(is_edit_of(EventKind::Create(CreateKind::Any), "/repository/Cargo.toml"));
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(is_edit_of(written, "/repository/functions/login/src/main.rs"));
    }

    #[test]
    fn other_files_and_reading_are_no_edits() {
        assert!(!is_edit_of(EventKind::Modify(ModifyKind::Any), "/repository/README.md"));
        let reading = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!is_edit_of(reading, "/repository/functions/login/src/main.rs"));
    }
}
