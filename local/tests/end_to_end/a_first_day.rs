//! A first day in an account. It takes about as long as all other tests, and is begun first, by its name.

use crate::stack::stack;

#[test]
fn in_an_account_holds_as_far_as_the_emulator_goes() {
    let emulator = &stack().description.aws_endpoint_url;
    let (all_held, said) = stack().run_deploy(&["acceptance_test.py", "--emulator", emulator]);
    assert!(all_held, "{said}");
    let count = |of: fn(&&str) -> bool| said.lines().filter(of).count();
    let steps = count(|line| line.starts_with("held ") || line.starts_with("skipped "));
    // What a clone of one commit cannot show is skipped as well.
    let for_the_emulator = count(|line| line.starts_with("skipped ") && line.contains(": the emulator "));
    assert_eq!((steps, for_the_emulator), (24, 9), "{said}");
}
