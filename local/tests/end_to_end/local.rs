//! The command `local` as a child process.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

/// A running `local`. It ends when this is dropped, or with this process: the pipe to its standard input closes.
pub struct Local {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// File with the description of its stack.
    pub stack_file: PathBuf,
}

impl Local {
    /// Starts `local` with these options and waits until it is ready.
    pub fn start(name: &str, options: &[&str], variables: &[(&str, &str)]) -> Self {
        let stack_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
        let mut process = Command::new(env!("CARGO_BIN_EXE_local"))
            .arg("--until-stdin-closes")
            .arg("--stack-file")
            .arg(&stack_file)
            .args(options)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut local = Self { process, output, stack_file };
        local.wait_for("Ready.");
        local
    }

    /// Waits for a line of output that begins like this, and returns the output up to it.
    pub fn wait_for(&mut self, beginning: &str) -> String {
        let mut output = String::new();
        for line in self.output.by_ref() {
            let line = line.unwrap();
            output.push_str(&line);
            output.push('\n');
            if line.starts_with(beginning) {
                return output;
            }
        }
        panic!("`local` ended without the line {beginning:?}:\n{output}");
    }

    /// Description of the stack.
    pub fn description<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&fs::read(&self.stack_file).unwrap()).unwrap()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
