//! What is asserted of many things at once, and that none of them is left out.

#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn entries(folder: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(repository().join(folder)).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path())
}

/// A function may do what it does, and nothing else: that is a part of the laws (`shared::testing::laws`).
#[test]
fn every_function_is_held_to_the_laws() {
    for folder in entries("functions") {
        let tests = fs::read_to_string(folder.join("src/tests.rs")).expect("each has tests");
        assert!(is_held_to_the_laws(&tests), "{folder:?} is not held to the laws");
    }
}

/// Whether there is a statement that holds the route to the laws: not a comment, nor a test that is not run.
fn is_held_to_the_laws(tests: &str) -> bool {
    tests.lines().any(|line| line.trim_start().starts_with("laws::hold(")) && !tests.contains("#[ignore")
}

#[test]
fn a_comment_holds_nothing_to_the_laws() {
    assert!(is_held_to_the_laws("fn the_laws_hold() {\n    laws::hold(&ROUTE, login);\n}"));
    assert!(!is_held_to_the_laws("fn the_laws_hold() {\n    // laws::hold(&ROUTE, login);\n}"));
    assert!(!is_held_to_the_laws("#[ignore]\nfn the_laws_hold() {\n    laws::hold(&ROUTE, login);\n}"));
}

/// What is asked of Cognito is asked by a method of the adapter that is public.
#[test]
fn every_method_of_the_adapter_is_fuzzed() {
    let target = fs::read_to_string(repository().join("fuzz/targets/reply.rs")).expect("the target");
    let code: String = target.split_whitespace().collect();
    let mut methods = 0;
    for file in entries("shared/src/cognito").filter(|path| path.is_file()) {
        let text = fs::read_to_string(&file).expect("text");
        for method in text.lines().filter_map(|line| line.trim_start().strip_prefix("pub async fn ")) {
            let name = method.split('(').next().unwrap_or_default();
            assert!(code.contains(&format!(".cognito.{name}(")), "{name} is not fuzzed ({})", file.display());
            methods += 1;
        }
    }
    assert!(methods > 0, "the adapter has methods");
}
