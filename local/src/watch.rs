//! Notices what is edited.

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::Duration,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};

use crate::{failure::Failure, folders::Folders, sources};

/// How long it must be quiet after an edit. An editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// What happens while the stack runs.
#[derive(Debug)]
pub enum Event {
    /// A source may have changed.
    Edited,
    /// The emulator is gone.
    Ended(Failure),
}

/// Watches the sources, until what it gives is dropped.
///
/// # Errors
///
/// Where the system does not let us watch.
pub fn start(folders: &Folders, events: Sender<Event>) -> Result<RecommendedWatcher, Failure> {
    let sources: Vec<PathBuf> = sources::all().map(|source| folders.root.join(source)).collect();
    let watch = |sources: Vec<PathBuf>| {
        let watched = sources.clone();
        let mut watcher = notify::recommended_watcher(move |seen: notify::Result<notify::Event>| {
            // On an error something may have been missed.
            if seen.map_or(true, |event| is_an_edit(&event, &watched)) {
                // Nobody listens any more when all ends.
                let _ = events.send(Event::Edited);
            }
        })?;
        // A file is watched by its folder, since many editors write another file and rename it.
        watcher.watch(&folders.root, RecursiveMode::NonRecursive)?;
        for folder in sources.iter().filter(|source| source.is_dir()) {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(watcher)
    };
    watch(sources).map_err(|error: notify::Error| {
        Failure::new(format!("watching the sources: {error}"), "Go without it: --no-watch.")
    })
}

/// Whether a source was changed, and not only read, as by ourselves and the compiler.
fn is_an_edit(event: &notify::Event, sources: &[PathBuf]) -> bool {
    let is_read = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    };
    !is_read && event.paths.iter().any(|path| sources.iter().any(|source| path.starts_with(source)))
}

/// Waits for the next thing to happen; edits that follow each other closely are one.
pub fn next(happens: &Receiver<Event>) -> Option<Event> {
    let first = happens.recv().ok()?;
    let Event::Edited = first else { return Some(first) };
    loop {
        match happens.recv_timeout(QUIET) {
            Ok(Event::Edited) => (),
            Ok(other) => return Some(other),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Some(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, ModifyKind};

    use super::*;

    fn is_edit(kind: EventKind, path: &str) -> bool {
        let sources = ["/repository/functions".into(), "/repository/template.yaml".into()];
        is_an_edit(&notify::Event::new(kind).add_path(path.into()), &sources)
    }

    #[test]
    fn an_edit_is_what_changes_a_source() {
        assert!(is_edit(EventKind::Modify(ModifyKind::Any), "/repository/functions/login/src/main.rs"));
        assert!(is_edit(EventKind::Create(CreateKind::Any), "/repository/template.yaml"));
        assert!(!is_edit(EventKind::Modify(ModifyKind::Any), "/repository/README.md"));
        let reading = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!is_edit(reading, "/repository/functions/login/src/main.rs"), "the compiler reads them all");
    }
}
