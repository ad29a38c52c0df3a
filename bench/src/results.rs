//! Result files and the table made from one.
//!
//! A file has one JSON object per line: first the conditions of the run, then for each program its size and
//! instructions, then one line per start with every sample.

use std::{fmt::Write as _, fs, io, path::Path, process::Command};

use serde_json::{Value, json};

/// Program that the others are compared with.
const BASELINE: &str = "login";

/// Name of a figure, its number of decimals, and its value in a line of the file.
type Figure = (&'static str, usize, fn(&Value) -> Option<f64>);

const FIGURES: [Figure; 11] = [
    ("executable, MB", 2, |line| scaled(&line["executable_bytes"], 1e6)),
    ("init: start to first poll, ms", 2, |line| scaled(&line["init_us"], 1e3)),
    ("start to first response, ms", 2, |line| scaled(&line["first_response_us"], 1e3)),
    ("first invocation, ms", 2, |line| scaled(&line["first_invocation_us"], 1e3)),
    ("CPU until the first response, ms", 2, |line| scaled(&line["cold_cpu_us"], 1e3)),
    ("warm invocation, p50, µs", 0, |line| quantile(&samples(line), 0.5)),
    ("warm invocation, p99, µs", 0, |line| quantile(&samples(line), 0.99)),
    ("CPU of a warm invocation, µs", 0, |line| scaled(&line["warm_cpu_us"], samples(line).len() as f64)),
    ("instructions until the first response, millions", 2, |line| scaled(&line["cold_instructions"], 1e6)),
    ("instructions of a warm invocation, thousands", 0, |line| scaled(&line["warm_instructions"], 1e3)),
    ("peak memory, MB", 2, |line| scaled(&line["peak_memory_bytes"], 1e6)),
];

/// Date and time as in the names of result files.
pub fn timestamp() -> String {
    output("date", &["-u", "+%Y-%m-%d-%H%M"])
}

/// Conditions of a run: the first line of its file.
pub fn conditions(root: &Path, note: &str) -> Value {
    let read = |file| fs::read_to_string(file).unwrap_or_default();
    let (processor, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let field = |text: &str, name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
        value.map(|(_, value)| value.trim().to_owned())
    };
    json!({
        "started": timestamp(),
        "note": note,
        "commit": output("git", &["-C", &root.display().to_string(), "describe", "--always", "--dirty"]),
        "processor": field(&processor, "model name"),
        "cores": processor.lines().filter(|line| line.starts_with("processor")).count(),
        "memory": field(&memory, "MemTotal"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load_average": load_average(),
        "rustc": output("rustc", &["--version"]),
        "python": output("python3", &["--version"]),
        "valgrind": output("valgrind", &["--version"]),
    })
}

/// Load of the machine in the last 1, 5 and 15 minutes.
pub fn load_average() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}

/// Output of a command; empty if the command is missing.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// Writes the lines of a run.
///
/// # Errors
///
/// The file cannot be written.
pub fn write(file: &Path, lines: &[Value]) -> io::Result<()> {
    fs::write(file, lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

/// Reads the lines of a run.
///
/// # Errors
///
/// The file cannot be read, or is not a results file.
pub fn read(file: &Path) -> io::Result<Vec<Value>> {
    fs::read_to_string(file)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Table in Markdown: a column per program, and in a cell the median, the quartiles, and the ratio to the baseline.
pub fn table(lines: &[Value]) -> String {
    let mut programs: Vec<&str> = Vec::new();
    for name in lines.iter().filter_map(|line| line["program"].as_str()) {
        if !programs.contains(&name) {
            programs.push(name);
        }
    }
    let mut table = format!("| | {} |\n|---|{}\n", programs.join(" | "), "---|".repeat(programs.len()));
    for (name, decimals, value) in FIGURES {
        let values = |program: &str| -> Vec<f64> {
            lines.iter().filter(|line| line["program"] == program).filter_map(value).collect()
        };
        let baseline = quantile(&values(BASELINE), 0.5);
        let _ = write!(table, "| {name} |");
        for &program in &programs {
            let values = values(program);
            if let [Some(low), Some(median), Some(high)] =
                [0.25, 0.5, 0.75].map(|share| quantile(&values, share))
            {
                let _ = write!(table, " {median:.decimals$}");
                if values.len() > 1 {
                    let _ = write!(table, " ({low:.decimals$} to {high:.decimals$})");
                }
                if let Some(baseline) = baseline.filter(|_| program != BASELINE) {
                    let _ = write!(table, "; {:.2}x", median / baseline);
                }
            }
            table.push_str(" |");
        }
        table.push('\n');
    }
    table
}

fn scaled(value: &Value, unit: f64) -> Option<f64> {
    value.as_f64().map(|value| value / unit)
}

fn samples(line: &Value) -> Vec<f64> {
    line["warm_us"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Value below which `share` of `values` lie, interpolated between its neighbors; `None` without values.
fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = share * (sorted.len().checked_sub(1)? as f64);
    let (below, above) = (sorted.get(position.floor() as usize)?, sorted.get(position.ceil() as usize)?);
    Some(below + (above - below) * position.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_interpolates_between_values() {
        assert_eq!(quantile(&[9.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn cell_has_median_quartiles_and_ratio() {
        let start = |program: &str, time: u64| json!({ "program": program, "first_response_us": time });
        let mut lines = vec![json!({ "note": "conditions" })];
        lines.push(json!({ "program": "login", "executable_bytes": 6_200_000 }));
        lines.extend([2_000, 1_000, 4_000].map(|time| start("login", time)));
        lines.extend([6_000, 3_000, 9_000].map(|time| start("naive", time)));

        let table = table(&lines);
        let row = |name: &str| table.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        assert_eq!(table.lines().next(), Some("| | login | naive |"));
        assert_eq!(row("| executable, MB |").as_deref(), Some("| executable, MB | 6.20 | |"));
        assert_eq!(
            row("| start to first response, ms |").as_deref(),
            Some("| start to first response, ms | 2.00 (1.50 to 3.00) | 6.00 (4.50 to 7.50); 3.00x |")
        );
    }
}
