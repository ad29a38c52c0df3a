//! Replays the corpora of the fuzz targets.

#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

use std::{fs, panic, path::Path};

use fuzz_checks::{bearer_token, body, event, reply, username};

/// Runs each file of a target's corpus. A failure names the file.
fn replay(target: &str, run: fn(&[u8]) -> bool) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut files = 0;
    for entry in fs::read_dir(&corpus).expect("a corpus") {
        let path = entry.expect("an entry").path();
        let input = fs::read(&path).expect("a file");
        assert!(panic::catch_unwind(|| run(&input)).is_ok(), "{} fails", path.display());
        files += 1;
    }
    assert!(files > 0, "{} is empty", corpus.display());
}

#[test]
fn bearer_token_corpus_holds() {
    replay("bearer_token", bearer_token::run);
}

#[test]
fn body_corpus_holds() {
    replay("body", body::run);
}

#[test]
fn event_corpus_holds() {
    replay("event", event::run);
}

#[test]
fn reply_corpus_holds() {
    replay("reply", reply::run);
}

#[test]
fn username_corpus_holds() {
    replay("username", username::run);
}
