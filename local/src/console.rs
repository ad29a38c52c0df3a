//! Output for the user of the command.

use std::io::{self, Write};

/// Prints a line. Standard output may be closed already; that is not an error.
pub fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
