//! A function may do what it does, and nothing else: that is a part of the laws (`shared::testing::laws`), which
//! every function's tests hold it to. Here is seen that none is left out.

#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

use std::{fs, path::Path};

#[test]
fn every_function_is_held_to_the_laws() {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let folders = fs::read_dir(functions).expect("the functions");
    for folder in folders.map(|entry| entry.expect("a folder").path()) {
        let tests = fs::read_to_string(folder.join("src/tests.rs")).expect("each has tests");
        assert!(tests.contains("laws::hold("), "{folder:?} is not held to the laws");
    }
}
