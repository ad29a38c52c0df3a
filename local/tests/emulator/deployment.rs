//! The acceptance test of `deploy/`, as far as the emulator supports it.

use crate::{emulated::run_deploy, stack::stack};

#[test]
fn acceptance_test_passes() {
    let emulator = &stack().description.aws_endpoint_url;
    let (succeeded, output) = run_deploy(&["acceptance_test.py", "--emulator", emulator]);
    assert!(succeeded, "{output}");
    let count = |of: fn(&&str) -> bool| output.lines().filter(of).count();
    let steps = count(|line| line.starts_with("held ") || line.starts_with("skipped "));
    // Steps that need the history of the repository are skipped as well.
    let for_the_emulator = count(|line| line.starts_with("skipped ") && line.contains(": the emulator "));
    assert_eq!((steps, for_the_emulator), (39, 14), "{output}");
}
