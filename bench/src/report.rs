//! The table and the files that a run leaves.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use serde_json::{Value, json};

use crate::{
    instructions::Instructions,
    lambda::Start,
    program::Program,
    statistics::{Summary, quantile, ratio},
};

/// What every program is compared with, where it was measured: the floor, the usual way, the sign-in.
const COMPARED_WITH: [&str; 3] = ["hello", "naive", "login"];

/// All that was measured of one program.
#[derive(Debug)]
pub struct Measured {
    /// What it is.
    pub program: Program,
    /// Its starts.
    pub starts: Vec<Start>,
    /// What valgrind counted.
    pub instructions: Option<Instructions>,
}

/// A figure's name, how its numbers are made, and how many digits of it mean something.
struct Figure {
    name: &'static str,
    digits: usize,
    of: fn(&Measured) -> Option<Summary>,
}

/// Every figure, in the order of the table.
const FIGURES: [Figure; 12] = [
    Figure {
        name: "executable, MB",
        digits: 2,
        of: |it| once(it.program.size.map(|size| size.executable / 1e6)),
    },
    Figure {
        name: "zip, MB",
        digits: 2,
        of: |it| once(it.program.size.and_then(|size| size.zip).map(|zip| zip / 1e6)),
    },
    Figure { name: "start to first /next, ms", digits: 2, of: |it| it.each(|start| Some(start.init / 1e3)) },
    Figure { name: "start to first answer, ms", digits: 2, of: |it| it.each(|start| Some(start.cold / 1e3)) },
    Figure {
        name: "CPU of a cold start, ms",
        digits: 2,
        of: |it| it.each(|start| Some(start.cold_cpu / 1e3)),
    },
    Figure { name: "first invocation, ms", digits: 2, of: |it| it.each(|start| Some(start.first / 1e3)) },
    Figure {
        name: "warm above the stub, p50, us",
        digits: 0,
        of: |it| it.each(|start| quantile(&start.warm, 0.5)),
    },
    Figure {
        name: "warm above the stub, p99, us",
        digits: 0,
        of: |it| it.each(|start| quantile(&start.warm, 0.99)),
    },
    Figure { name: "CPU of a warm invocation, us", digits: 0, of: |it| it.each(|start| start.warm_cpu) },
    Figure {
        name: "instructions, cold, M",
        digits: 2,
        of: |it| once(it.instructions.map(|count| count.cold / 1e6)),
    },
    Figure {
        name: "instructions, warm, K",
        digits: 0,
        of: |it| once(it.instructions.map(|count| count.warm / 1e3)),
    },
    Figure {
        name: "peak memory after 1,000, MB",
        digits: 2,
        of: |it| once(it.starts.last().map(|start| start.peak_rss * 1024.0 / 1e6)),
    },
];

fn once(value: Option<f64>) -> Option<Summary> {
    value.and_then(|value| Summary::of(&[value]))
}

impl Measured {
    /// A program of which nothing was measured yet.
    pub fn nothing_of(program: Program) -> Self {
        Self { program, starts: Vec::new(), instructions: None }
    }

    fn each(&self, of: fn(&Start) -> Option<f64>) -> Option<Summary> {
        Summary::of(&self.starts.iter().filter_map(of).collect::<Vec<_>>())
    }
}

/// Prints what was measured, and writes `report.json` and `report.md` into `folder`.
///
/// # Errors
///
/// Where one of them cannot be written.
pub fn write(measured: &[Measured], cpu_share: Option<u64>, folder: &Path) -> io::Result<()> {
    let conditions = json!({ "machine": machine(), "cpu_share_of_megabytes": cpu_share });
    let report = json!({ "conditions": conditions, "programs": to_json(measured) });
    fs::write(folder.join("report.json"), format!("{report:#}\n"))?;
    let table = to_markdown(measured) + &growth(measured);
    fs::write(folder.join("report.md"), &table)?;
    write!(io::stdout().lock(), "\n{table}")
}

/// Every figure of every program, with its spread and its ratios.
fn to_json(measured: &[Measured]) -> Value {
    let programs = measured.iter().map(|it| {
        let figures = FIGURES.iter().filter_map(|figure| {
            let Summary { median, quartiles: (low, high) } = (figure.of)(it)?;
            let mut row = json!({ "median": median, "quartiles": [low, high] });
            for reference in references(measured) {
                let of_reference = (figure.of)(reference).and_then(|of| ratio(median, of.median));
                row[format!("ratio_to_{}", reference.program.name)] = json!(of_reference);
            }
            Some((figure.name.to_owned(), row))
        });
        (it.program.name.clone(), Value::Object(figures.collect()))
    });
    Value::Object(programs.collect())
}

/// A column for each program, and in a cell the median, its quartiles, and how often the
/// references' medians fit into it.
fn to_markdown(measured: &[Measured]) -> String {
    let mut table = String::from("| figure |");
    for it in measured {
        let _ = write!(table, " {} |", it.program.name);
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(measured.len()));
    for figure in &FIGURES {
        let _ = write!(table, "\n| {} |", figure.name);
        for it in measured {
            let Some(summary) = (figure.of)(it) else {
                table.push_str(" |");
                continue;
            };
            let (digits, (low, high)) = (figure.digits, summary.quartiles);
            let _ = write!(table, " {:.digits$}", summary.median);
            if low < high {
                let _ = write!(table, " ({low:.digits$} to {high:.digits$})");
            }
            for reference in references(measured).filter(|of| of.program.name != it.program.name) {
                let of_reference = (figure.of)(reference).and_then(|of| ratio(summary.median, of.median));
                if let Some(ratio) = of_reference {
                    let _ = write!(table, "; {ratio:.2}x {}", reference.program.name);
                }
            }
            table.push_str(" |");
        }
    }
    table.push('\n');
    table
}

/// How much each function has grown over its other builds, in percent: a row for each pair. Nothing where there is
/// no other build.
fn growth(measured: &[Measured]) -> String {
    let mut rows = String::new();
    for other in measured {
        let is_its_function = |it: &&Measured| Some(&it.program.name) == other.program.build_of.as_ref();
        let Some(function) = measured.iter().find(is_its_function) else { continue };
        let _ = write!(rows, "| {} to {} |", other.program.name, function.program.name);
        for figure in &FIGURES {
            let grown = (figure.of)(function).zip((figure.of)(other));
            match grown.and_then(|(new, old)| ratio(new.median, old.median)) {
                Some(ratio) => drop(write!(rows, " {:+.1} % |", (ratio - 1.0) * 100.0)),
                None => rows.push_str(" |"),
            }
        }
        rows.push('\n');
    }
    if rows.is_empty() {
        return rows;
    }
    let names = FIGURES.map(|figure| figure.name).join(" | ");
    format!("\n| growth | {names} |\n|---|{}\n{rows}", "---|".repeat(FIGURES.len()))
}

fn references(measured: &[Measured]) -> impl Iterator<Item = &Measured> {
    COMPARED_WITH.iter().filter_map(|name| measured.iter().find(|it| it.program.name == *name))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Roots, Size};

    fn measured(name: &str, milliseconds: [f64; 3]) -> Measured {
        let size = Some(Size { executable: 6.2e6, zip: None });
        Measured {
            program: Program {
                name: name.to_owned(),
                route: "login".to_owned(),
                executable: "bootstrap".into(),
                arguments: Vec::new(),
                variables: Vec::new(),
                roots: Roots::Amazon,
                build_of: None,
                size,
            },
            starts: milliseconds.map(|time| Start { cold: time * 1e3, ..Start::default() }).into(),
            instructions: None,
        }
    }

    fn row<'a>(table: &'a str, figure: &str) -> &'a str {
        table.lines().find(|line| line.starts_with(&format!("| {figure} |"))).unwrap()
    }

    #[test]
    fn the_table_has_a_column_for_each_program_and_a_row_for_each_figure() {
        let table = to_markdown(&[measured("hello", [1.0, 2.0, 4.0]), measured("me", [3.0, 6.0, 9.0])]);
        let mut lines = table.lines();
        assert_eq!(lines.next(), Some("| figure | hello | me |"));
        assert_eq!(lines.next(), Some("|---|---|---|"));
        assert_eq!(lines.count(), FIGURES.len());
        assert!(table.lines().all(|line| line.matches('|').count() == 4), "{table}");
    }

    #[test]
    fn a_cell_holds_the_median_its_spread_and_the_ratio_to_each_reference_that_was_measured() {
        let table = to_markdown(&[measured("hello", [1.0, 2.0, 4.0]), measured("me", [3.0, 6.0, 9.0])]);
        assert_eq!(
            row(&table, "start to first answer, ms"),
            "| start to first answer, ms | 2.00 (1.50 to 3.00) | 6.00 (4.50 to 7.50); 3.00x hello |"
        );
    }

    #[test]
    fn what_was_measured_once_has_no_spread_and_what_was_not_measured_has_an_empty_cell() {
        let table = to_markdown(&[measured("login", [1.0, 2.0, 4.0])]);
        assert_eq!(row(&table, "executable, MB"), "| executable, MB | 6.20 |");
        assert_eq!(row(&table, "zip, MB"), "| zip, MB | |");
    }

    #[test]
    fn a_function_beside_its_other_build_has_a_row_of_how_much_it_has_grown() {
        let mut before = measured("me-before", [1.0, 2.0, 4.0]);
        before.program.build_of = Some("me".to_owned());
        let all = [measured("me", [1.0, 1.9, 4.0]), before];
        let table = growth(&all);
        let row = table.lines().last().unwrap();
        assert!(row.starts_with("| me-before to me | +0.0 % | | | -5.0 % |"), "{row}");
        assert!(table.trim().lines().all(|line| line.matches('|').count() == FIGURES.len() + 2), "{table}");
        assert_eq!(growth(&all[..1]), "");
    }

    #[test]
    fn the_file_holds_every_figure_with_its_ratios() {
        let report = to_json(&[measured("naive", [10.0, 20.0, 40.0]), measured("login", [1.0, 2.0, 4.0])]);
        let cold = &report["login"]["start to first answer, ms"];
        assert_eq!(cold["median"], 2.0);
        assert_eq!(cold["quartiles"], json!([1.5, 3.0]));
        assert_eq!(cold["ratio_to_naive"], 0.1);
        assert!(cold.get("ratio_to_hello").is_none());
    }
}
