//! The CPU time that Lambda gives a function, by the kernel's control groups.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

/// With so much memory a function has one vCPU:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
const MEGABYTES_OF_ONE_CPU: u64 = 1_769;

/// How often the share is given anew, in microseconds. Lambda documents the share only.
const PERIOD: u64 = 20_000;

/// A control group whose processes get a part of one CPU.
#[derive(Debug)]
pub struct CpuShare {
    group: PathBuf,
}

impl CpuShare {
    /// The share of a function with `megabytes` of memory.
    ///
    /// # Errors
    ///
    /// Where this machine has no control group for CPU time that we may write to.
    pub fn of_memory(megabytes: u64) -> io::Result<Self> {
        let quota = (PERIOD * megabytes / MEGABYTES_OF_ONE_CPU).min(PERIOD);
        let name = format!("bench-{}", process::id());
        let [first, second] = [
            (PathBuf::from("/sys/fs/cgroup").join(&name), vec![("cpu.max", format!("{quota} {PERIOD}"))]),
            (
                PathBuf::from("/sys/fs/cgroup/cpu").join(&name),
                vec![("cpu.cfs_period_us", PERIOD.to_string()), ("cpu.cfs_quota_us", quota.to_string())],
            ),
        ]
        .map(|(group, limits)| Self::create(group, &limits));
        first.or(second).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("no control group for --cpu-share (root is needed): {error}"),
            )
        })
    }

    fn create(group: PathBuf, limits: &[(&str, String)]) -> io::Result<Self> {
        fs::create_dir(&group)?;
        let share = Self { group };
        for (file, limit) in limits {
            write(&share.group.join(file), limit)?;
        }
        Ok(share)
    }

    /// From now on `process` gets no more than the share.
    ///
    /// # Errors
    ///
    /// Where the kernel refuses.
    pub fn limit(&self, process: u32) -> io::Result<()> {
        write(&self.group.join("cgroup.procs"), &process.to_string())
    }
}

/// Not `fs::write`, which makes a file where the kernel has none.
fn write(file: &Path, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(file)?.write_all(value.as_bytes())
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        // Only an empty group can be removed; one that is left over limits nobody.
        let _ = fs::remove_dir(&self.group);
    }
}
