//! Instructions, as valgrind counts them: steadier than any clock.

use std::{fs, io, path::Path, process::Command};

use crate::lambda::{self, Plan};

/// What valgrind counted.
#[derive(Debug, Clone, Copy)]
pub struct Instructions {
    /// From the start to the first answer, and the end.
    pub cold: f64,
    /// Of each later invocation.
    pub warm: f64,
}

/// Counts two runs, of which `longer` makes `more` invocations more; `None` without valgrind.
///
/// # Errors
///
/// Where a run fails, or valgrind's file cannot be read.
pub fn count(shorter: Plan<'_>, longer: Plan<'_>, more: usize) -> io::Result<Option<Instructions>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let [cold, all] = [shorter, longer].map(|plan| {
        lambda::start(&plan)?;
        plan.callgrind.as_deref().map_or(Ok(0.0), total)
    });
    let (cold, all) = (cold?, all?);
    Ok(Some(Instructions { cold, warm: (all - cold) / more as f64 }))
}

fn total(file: &Path) -> io::Result<f64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix("totals:").or(line.strip_prefix("summary:")));
    line.and_then(|count| count.trim().parse().ok())
        .ok_or_else(|| io::Error::other("valgrind has written no total"))
}
