//! What a sign-up's time tells of whether somebody has an account: what our own code adds, in either case.
//!
//! The answers are the same, byte for byte. What Cognito itself takes is not in these figures; only AWS can
//! show it (`deploy/timing_probe.py`).

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use crate::{
    cognito::{self, TAKEN},
    core,
    lambda::{self, Plan},
    program::Workshop,
    programs,
    statistics::{Summary, right_guesses},
};

/// Who signs up in `events/sign-up.json`.
const NEW: &str = "somebody@igad.int";

/// Has one sign-up function asked by turns for an account that is new and for one that is there, `requests` times
/// each, and prints how long either took.
///
/// # Errors
///
/// Where the function cannot be built, or answers either with anything but a success.
pub fn compare(workshop: &Workshop, requests: usize) -> io::Result<()> {
    let program = programs::function(workshop, "sign-up")?;
    core::move_to(core::STUBS);
    let cognito = cognito::start(workshop.scratch.join("authorities"))?;
    let new = crate::event(&workshop.root, &program, &cognito)?;
    let taken = new.replace(NEW, TAKEN);
    let plan = Plan {
        program: &program,
        events: &[&new, &taken],
        // The first answer is a cold start's.
        invocations: 2 * requests + 1,
        cognito: &cognito,
        share: None,
        callgrind: None,
    };
    // The first that is warm is the second event.
    let warm = lambda::start(&plan)?.warm;
    let of = |first| warm.iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
    write!(io::stdout().lock(), "\n{}", table(&of(1), &of(0)))
}

fn table(new: &[f64], taken: &[f64]) -> String {
    let mut table = "| sign-up of | warm above the stub, us |\n|---|---|\n".to_owned();
    for (whose, times) in [("a new account", new), ("one that exists", taken)] {
        if let Some(Summary { median, quartiles: (low, high) }) = Summary::of(times) {
            let _ = writeln!(table, "| {whose} | {median:.1} ({low:.1} to {high:.1}) |");
        }
    }
    if let Some(share) = right_guesses(new, taken) {
        table +=
            &format!("\nWhoever guesses by one time alone is right in {:.1} % of cases.\n", share * 100.0);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_either_took_and_what_can_be_guessed() {
        let table = table(&[1.0, 2.0, 1.0, 2.0], &[3.0, 4.0, 3.0, 4.0]);
        assert_eq!(
            table,
            "| sign-up of | warm above the stub, us |\n|---|---|\n\
             | a new account | 1.5 (1.0 to 2.0) |\n| one that exists | 3.5 (3.0 to 4.0) |\n\n\
             Whoever guesses by one time alone is right in 100.0 % of cases.\n"
        );
    }
}
