//! The functions' processes. Each starts with its first request.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    path::Path,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lambda_stub::{Executable, Function, Invocation};
use serde_json::Value;

use crate::failure::Failure;

/// Limit for a response: `Timeout` in `template.yaml`.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Functions by name.
#[derive(Debug)]
pub struct Functions {
    variables: Vec<(String, String)>,
    log: File,
    executables: Mutex<BTreeMap<String, Executable>>,
    running: Mutex<HashMap<String, Arc<Function>>>,
}

impl Functions {
    /// Functions with `variables` in their environment, which write their logs to `log`.
    ///
    /// # Errors
    ///
    /// `log` cannot be written.
    pub fn new(
        executables: BTreeMap<String, Executable>,
        variables: Vec<(String, String)>,
        log: &Path,
    ) -> Result<Self, Failure> {
        let file = OpenOptions::new().create(true).append(true).open(log);
        Ok(Self {
            variables,
            log: file.map_err(|error| Failure::file(log, error))?,
            executables: Mutex::new(executables),
            running: Mutex::default(),
        })
    }

    /// Uses these executables from now on. Returns the names of the functions that changed.
    pub fn update(&self, executables: BTreeMap<String, Executable>) -> Vec<String> {
        let mut current = lock(&self.executables);
        let changed = executables.iter().filter(|(name, executable)| current.get(*name) != Some(executable));
        let changed: Vec<String> = changed.map(|(name, _)| name.clone()).collect();
        *current = executables;
        lock(&self.running).retain(|name, _| !changed.contains(name));
        changed
    }

    /// Ends all processes.
    pub fn stop(&self) {
        lock(&self.running).clear();
    }

    /// Response of a function to an event, as payload format 2.0 has it; `None` if the function fails or takes too
    /// long. Blocks.
    pub fn invoke(&self, name: &str, event: String) -> Option<Value> {
        let pending = self.running(name)?.invoke(Invocation::of(event));
        pending.wait(TIMEOUT)?.result.ok()
    }

    fn running(&self, name: &str) -> Option<Arc<Function>> {
        let mut running = lock(&self.running);
        if let Some(function) = running.get(name) {
            return Some(Arc::clone(function));
        }
        let mut command = Command::new(&lock(&self.executables).get(name)?.path);
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdout(self.log.try_clone().ok()?)
            .stderr(self.log.try_clone().ok()?);
        let function = Arc::new(Function::start(&mut command).ok()?);
        running.insert(name.to_owned(), Arc::clone(&function));
        Some(function)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
