//! The table and the file that a run leaves.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::{Map, Value, json};

use crate::{
    instructions::Instructions,
    lambda::Start,
    statistics::{Summary, quantile, ratio},
};

/// All that was measured of one function.
#[derive(Debug)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Its executable.
    pub binary: PathBuf,
    /// The executable's size in bytes.
    pub size: f64,
    /// The zip file's.
    pub zip: Option<f64>,
    /// Its starts.
    pub starts: Vec<Start>,
    /// What valgrind counted.
    pub instructions: Option<Instructions>,
}

impl Measured {
    fn figures(&self) -> Vec<(&'static str, Option<Summary>)> {
        let each = |of: fn(&Start) -> Option<f64>| {
            Summary::of(&self.starts.iter().filter_map(of).collect::<Vec<_>>())
        };
        let once = |value: Option<f64>| value.and_then(|value| Summary::of(&[value]));
        vec![
            ("size, MB", once(Some(self.size / 1e6))),
            ("zip, MB", once(self.zip.map(|zip| zip / 1e6))),
            ("init, ms", each(|start| Some(start.init / 1e3))),
            ("cold, ms", each(|start| Some(start.cold / 1e3))),
            ("first invocation, ms", each(|start| Some(start.first / 1e3))),
            ("warm above the stub p50, us", each(|start| quantile(&start.warm, 0.5))),
            ("warm above the stub p99, us", each(|start| quantile(&start.warm, 0.99))),
            ("CPU of a cold start, ms", each(|start| Some(start.cold_cpu / 1e3))),
            ("CPU of a warm invocation, us", each(|start| start.warm_cpu)),
            ("instructions cold, M", once(self.instructions.map(|count| count.cold / 1e6))),
            ("instructions warm, K", once(self.instructions.map(|count| count.warm / 1e3))),
            ("peak RSS, MB", once(self.starts.last().map(|start| start.peak_rss * 1024.0 / 1e6))),
        ]
    }
}

/// Prints the table, and writes `file`. The first `references` of `measured` are what all are compared with.
///
/// # Errors
///
/// Where either cannot be written.
pub fn write(measured: &[Measured], references: usize, file: &Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let references: Vec<_> =
        measured.iter().take(references).map(|of| (of.name.as_str(), of.figures())).collect();
    let mut functions = Map::new();
    for function in measured {
        writeln!(out, "\n{}", function.name)?;
        let mut figures = Map::new();
        for (index, (figure, summary)) in function.figures().into_iter().enumerate() {
            let Some(summary) = summary else { continue };
            let (low, high) = summary.quartiles;
            write!(out, "  {figure:<30} {:>10.2}  ({low:.2} to {high:.2})", summary.median)?;
            let mut row = json!({ "median": summary.median, "quartiles": [low, high] });
            for (name, figures) in &references {
                let reference = figures.get(index).and_then(|(_, reference)| *reference);
                if let Some(ratio) = reference.and_then(|of| ratio(summary.median, of.median)) {
                    write!(out, "  {ratio:.3} x {name}")?;
                    row[format!("ratio_to_{name}")] = json!(ratio);
                }
            }
            writeln!(out)?;
            figures.insert(figure.to_owned(), row);
        }
        functions.insert(function.name.clone(), Value::Object(figures));
    }
    fs::write(file, format!("{:#}\n", json!({ "machine": machine(), "functions": functions })))
}

fn machine() -> Value {
    let read = |file| fs::read_to_string(file).unwrap_or_default();
    let processor = read("/proc/cpuinfo").lines().find_map(|line| {
        line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
    });
    json!({
        "processor": processor,
        "cores": read("/proc/cpuinfo").lines().filter(|line| line.starts_with("processor")).count(),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "memory": read("/proc/meminfo").lines().next()
    })
}

/// Says on standard error why there is no report.
pub fn failure(error: &io::Error) -> ExitCode {
    // Where even that fails, the exit code must do.
    let _ = writeln!(io::stderr().lock(), "bench: {error}");
    ExitCode::FAILURE
}
