//! Notices what is edited.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::Sender,
    time::Duration,
};

use notify_debouncer_mini::{
    DebounceEventResult, Debouncer, new_debouncer,
    notify::{self, RecommendedWatcher, RecursiveMode},
};

use crate::{Folders, build, failure::Failure};

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
pub fn sources(folders: &Folders, events: Sender<Event>) -> Result<Debouncer<RecommendedWatcher>, Failure> {
    let sources: Vec<PathBuf> = build::sources().map(|source| folders.root.join(source)).collect();
    let tell = {
        let sources = sources.clone();
        move |result: DebounceEventResult| {
            let is_of_a_source = |path: &Path| sources.iter().any(|source| path.starts_with(source));
            // On an error something may have been missed.
            if result.map_or(true, |seen| seen.iter().any(|event| is_of_a_source(&event.path))) {
                // Nobody listens any more when all ends.
                let _ = events.send(Event::Edited);
            }
        }
    };
    let watch = || -> notify::Result<Debouncer<RecommendedWatcher>> {
        let mut debouncer = new_debouncer(QUIET, tell)?;
        // A file is watched by its folder, since many editors write another file and rename it.
        debouncer.watcher().watch(&folders.root, RecursiveMode::NonRecursive)?;
        for folder in sources.iter().filter(|source| source.is_dir()) {
            debouncer.watcher().watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(debouncer)
    };
    watch().map_err(|error| {
        Failure::new(format!("watching the sources: {error}"), "Go without it: --no-watch.")
    })
}
