//! The acceptance test of `deploy/`, as far as the emulator supports it.

use crate::{emulated::run_deploy, stack::stack};

#[test]
fn acceptance_test_passes() {
    let emulator = &stack().description.aws_endpoint_url;
    let (all_held, said) = run_deploy(&["acceptance_test.py", "--emulator", emulator]);
    assert!(all_held, "{said}");
    let count = |of: fn(&&str) -> bool| said.lines().filter(of).count();
    let steps = count(|line| line.starts_with("held ") || line.starts_with("skipped "));
    // What a clone of one commit cannot show is skipped as well.
    let for_the_emulator = count(|line| line.starts_with("skipped ") && line.contains(": the emulator "));
    assert_eq!((steps, for_the_emulator), (24, 9), "{said}");
}
