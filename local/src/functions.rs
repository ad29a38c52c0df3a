//! The functions' processes. Each starts with its first request.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
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
    executables: Mutex<HashMap<String, PathBuf>>,
    running: Mutex<HashMap<String, Arc<Function>>>,
}

impl Functions {
    /// Functions with `variables` in their environment, which write their logs to `log`.
    ///
    /// # Errors
    ///
    /// `log` cannot be written.
    pub fn new(
        executables: &BTreeMap<String, Executable>,
        variables: Vec<(String, String)>,
        log: &Path,
    ) -> Result<Self, Failure> {
        let file = OpenOptions::new().create(true).append(true).open(log);
        let functions = Self {
            variables,
            log: file.map_err(|error| Failure::file(log, error))?,
            executables: Mutex::default(),
            running: Mutex::default(),
        };
        functions.update(executables);
        Ok(functions)
    }

    /// Uses these executables from now on. Returns the names of the functions that the build changed.
    pub fn update(&self, executables: &BTreeMap<String, Executable>) -> Vec<String> {
        let paths = executables.iter().map(|(name, executable)| (name.clone(), executable.path.clone()));
        *lock(&self.executables) = paths.collect();
        let changed = executables.iter().filter(|(_, executable)| executable.is_new);
        let changed: Vec<String> = changed.map(|(name, _)| name.clone()).collect();
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
        let mut command = Command::new(lock(&self.executables).get(name)?);
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
