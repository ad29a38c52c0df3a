//! The `sam build` that this program works for.
//!
//! SAM tells the builders of a function nothing of the other functions, so that is read off its
//! command line. Nothing goes wrong where it cannot be read: then each function is built by itself.

use std::{os::unix::process::parent_id, process::Command};

/// How far up SAM may be. It is the second, above cargo-lambda, unless a shell stands between them.
const GENERATIONS: usize = 4;

/// How many words `ps` writes before the command line: the parent, and `Tue Nov 24 18:30:02 2026`.
const WORDS_OF_PS: usize = 6;

/// A running `sam build`.
#[derive(Debug, PartialEq, Eq)]
pub struct SamBuild {
    /// No other process has this: a process's number comes back, but not with the same start.
    pub identity: String,
    arguments: Vec<String>,
}

impl SamBuild {
    /// The `sam build` that this process descends from.
    pub fn above_us() -> Option<Self> {
        let mut process = parent_id().to_string();
        for _ in 0..GENERATIONS {
            let description = Command::new("ps")
                .args(["-o", "ppid=", "-o", "lstart=", "-o", "args=", "-p", &process])
                .output()
                .ok()
                .filter(|output| output.status.success())?;
            let description = String::from_utf8_lossy(&description.stdout).into_owned();
            let words: Vec<&str> = description.split_whitespace().collect();
            if let Some(sam) = Self::described(&process, &words) {
                return Some(sam);
            }
            process = (*words.first()?).to_owned();
        }
        None
    }

    fn described(process: &str, words: &[&str]) -> Option<Self> {
        let (start, command) = words.split_at_checked(WORDS_OF_PS)?;
        let sam = command.iter().position(|word| word.rsplit('/').next() == Some("sam"))?;
        let (subcommand, arguments) = command[sam + 1..].split_first()?;
        (*subcommand == "build").then(|| Self {
            identity: format!("{process}, since {}", start[1..].join(" ")),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        })
    }

    /// Whether it was asked for this one function, such as `complete-password-change`, by its name in
    /// the template: `CompletePasswordChangeFunction`.
    pub fn names(&self, function: &str) -> bool {
        let mut name: String = function.split('-').map(capitalised).collect();
        name.push_str("Function");
        self.arguments.contains(&name)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(description: &str) -> Option<SamBuild> {
        SamBuild::described("71", &description.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn a_sam_build_is_known_by_its_command_line_and_told_apart_by_its_start() {
        let sam =
            described("1 Tue Nov 24 18:30:02 2026 /venv/bin/python /venv/bin/sam build --debug").unwrap();
        assert_eq!(sam.identity, "71, since Tue Nov 24 18:30:02 2026");
        for other in ["bash -c x", "cargo lambda build --release", "sam sync --watch", "sam"] {
            assert_eq!(described(&format!("1 Tue Nov 24 18:30:02 2026 {other}")), None, "{other}");
        }
        assert_eq!(described(""), None);
    }

    #[test]
    fn only_the_function_that_sam_was_asked_for_is_built_alone() {
        let sam = described(
            "1 Tue Nov 24 18:30:02 2026 python sam build CompletePasswordChangeFunction --build-dir x",
        );
        let sam = sam.unwrap();
        assert!(sam.names("complete-password-change"));
        assert!(!sam.names("login"));
    }
}
