//! Edits of functions while the local stack runs, in a small workspace that the test can edit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    local::Local,
    stack::{Description, Stack},
};

/// A copy of the small workspace.
fn workspace(name: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if workspace.exists() {
        fs::remove_dir_all(&workspace).unwrap();
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/workspace"), &workspace);
    workspace.canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn edit_updates_only_the_function() {
    let workspace = workspace("hot-reload");
    let source = workspace.join("functions/hello/src/main.rs");
    let mut local = Local::start("hot-reload", &["--repository", workspace.to_str().unwrap()], &[]);
    let stack = Stack::at(local.description::<Description>());
    let word = |route: &str| stack.send("GET", route, &[], "").body;
    assert_eq!((word("hello"), word("goodbye")), ("hello".into(), "goodbye".into()));

    edit(&source, r#""hello""#, r#""good morning""#);
    assert_eq!(local.wait_for("Updated:").lines().last(), Some("Updated: hello."));
    assert_eq!((word("hello"), word("goodbye")), ("good morning".into(), "goodbye".into()));

    edit(&source, r#""good morning""#, "good morning");
    local.wait_for("The previous build keeps running.");
    assert_eq!(word("hello"), "good morning");

    edit(&source, "good morning", r#""good evening""#);
    local.wait_for("Updated:");
    assert_eq!(word("hello"), "good evening");
}

#[test]
fn function_built_by_a_failed_build_is_updated() {
    let workspace = workspace("failed-build");
    let sources = ["hello", "goodbye"].map(|name| workspace.join(format!("functions/{name}/src/main.rs")));
    let mut local = Local::start("failed-build", &["--repository", workspace.to_str().unwrap()], &[]);
    let stack = Stack::at(local.description::<Description>());
    let word = |route: &str| stack.send("GET", route, &[], "").body;
    assert_eq!((word("hello"), word("goodbye")), ("hello".into(), "goodbye".into()));

    // Cargo may build one function in the build that fails for the other.
    edit(&sources[1], r#""goodbye""#, r#""farewell""#);
    edit(&sources[0], r#""hello""#, "hello");
    local.wait_for("The previous build keeps running.");
    edit(&sources[0], "= hello", r#"= "good morning""#);
    local.wait_for("Updated:");
    assert_eq!((word("hello"), word("goodbye")), ("good morning".into(), "farewell".into()));
}
