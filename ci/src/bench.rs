//! The host layer: builds the benches, runs them under valgrind, and collects what it wrote.
//!
//! The runner is asked for nothing but to run: what it prints, and the schema of its summaries,
//! change between versions. The counts are taken from callgrind's own files, and which files there
//! must be is known beforehand.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use ci::cells::Cell;
use reports::counts::HostCell;
use serde::Deserialize;

use crate::arguments::Selection;
use crate::callgrind;
use crate::leftovers;
use crate::output;
use crate::project::{self, Project, capture};
use crate::runner;

/// The bench's name, and how the runner calls its only group and function.
const BENCH: &str = "instructions";
const GROUP: &str = "phases";
const FUNCTION: &str = "phase";

/// Functions with a smaller part of a cell than this, in per cent, are left out of files.
const SMALLEST_PERCENT: f64 = 0.05;

/// Counts what is selected.
///
/// # Errors
/// If anything keeps any bench from being counted: there is no count of a part.
pub(crate) fn all(project: &Project, selection: &Selection) -> anyhow::Result<Vec<HostCell>> {
    let runner = runner::find(project)?;
    let executable = build(project, &runner)?;
    let workshop = project.workshop();
    // A new folder each time: what an earlier run left can't be taken for this one's.
    let home = tempfile::Builder::new()
        .prefix(leftovers::COUNTING)
        .tempdir_in(&workshop)
        .with_context(|| format!("can't make a folder in {}", workshop.display()))?;
    let benches = selection.benches();
    output::note(format_args!("counting {} benches", benches.len()));
    if selection.is_whole {
        run(project, &executable, home.path(), None)?;
    } else {
        for (number, cell) in &benches {
            run(project, &executable, home.path(), Some(&id(*number, cell)))?;
        }
    }
    collect(home.path(), &benches)
}

/// A line of what Cargo prints in JSON.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds the benches with the features of this program, and gives their executable.
fn build(project: &Project, runner: &Path) -> anyhow::Result<PathBuf> {
    let mut cargo = project::cargo();
    cargo
        .args(["bench", "--package", "ci", "--bench", BENCH, "--no-run"])
        .args(["--message-format", "json-render-diagnostics", "--quiet"])
        .args(["--no-default-features", "--features"])
        .arg(catalog::features(true).join(","))
        .env("GUNGRAUN_RUNNER", runner)
        .current_dir(project.root());
    let printed = capture(&mut cargo).context("can't build the benches")?;
    printed
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.target.as_ref().is_some_and(|it| it.name == BENCH))
        .find_map(|message| message.executable)
        .context("Cargo names no executable of the benches")
}

/// Runs all benches, or the one of this name.
fn run(
    project: &Project,
    executable: &Path,
    home: &Path,
    bench: Option<&str>,
) -> anyhow::Result<()> {
    let mut command = Command::new(executable);
    // The runner's settings have variables, too; those of the user are for other projects.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GUNGRAUN_") || text.starts_with("IAI_CALLGRIND_") {
            command.env_remove(name);
        }
    }
    command
        .args(bench.map(|id| format!("{BENCH}::{GROUP}::{id}")))
        .args(["--bench", "--nosummary=true", "--parallel=auto"])
        .arg(format!("--home={}", home.display()))
        .env("CARGO_PKG_NAME", env!("CARGO_PKG_NAME"))
        .env_remove("LD_PRELOAD")
        .current_dir(project.root().join("ci"));
    project::run(&mut command).context("can't count")
}

/// What the runner calls a bench.
fn id(number: usize, cell: &Cell) -> String {
    format!("{FUNCTION}::{}_{number}", cell.bench)
}

/// Reads the counts of the benches that must be there.
fn collect(home: &Path, benches: &[(usize, Cell)]) -> anyhow::Result<Vec<HostCell>> {
    let group = home.join(env!("CARGO_PKG_NAME")).join(BENCH).join(GROUP);
    let folder = |number, cell| id(number, cell).replace("::", ".");
    let expected: Vec<String> = benches
        .iter()
        .map(|(number, cell)| folder(*number, cell))
        .collect();
    let missing = || {
        let (_, cell) = benches
            .iter()
            .zip(&expected)
            .find(|(_, name)| !group.join(name).is_dir())
            .map(|(cell, _)| cell)?;
        Some(cell)
    };
    if let Some(cell) = missing() {
        bail!("the bench \"{cell}\" was not run, so nothing of it is counted");
    }
    for entry in fs::read_dir(&group).with_context(|| format!("can't read {}", group.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        ensure!(
            expected.contains(&name),
            "the benches have {name}, which this program doesn't know"
        );
    }
    benches
        .iter()
        .zip(&expected)
        .map(|((_, cell), name)| {
            read(&group.join(name), name, cell).with_context(|| format!("the bench \"{cell}\""))
        })
        .collect()
}

/// Reads the count of a bench from the folder that the runner made for it.
fn read(folder: &Path, name: &str, cell: &Cell) -> anyhow::Result<HostCell> {
    let file = |ending| folder.join(format!("callgrind.{name}.{ending}"));
    let text = |path: PathBuf| {
        fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))
    };
    let profile = callgrind::parse(&text(file("out"))?)?;
    ensure!(
        profile.total > 0,
        "counts 0 instructions: no function is named {}, as in an executable without symbols",
        catalog::COUNTED_REGION
    );
    // Callgrind follows calls by the stack, and loses them when the program moves to another.
    ensure!(
        !text(file("log"))?.contains("client switching stacks"),
        "moves to another stack while it is counted, so its count can't be trusted"
    );
    let least = profile.total as f64 * SMALLEST_PERCENT / 100.0;
    let functions = profile.functions.into_iter();
    Ok(HostCell {
        bench: cell.bench,
        variant: cell.variant.name.clone(),
        workload: cell.workload.name.clone(),
        instructions: profile.total,
        functions: functions
            .filter(|(_, cost)| *cost as f64 >= least)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use ci::cells;
    use reports::schema::Measure;
    use tempfile::TempDir;

    use super::*;

    const GOOD: &str = "positions: line\nevents: Ir\nfn=f\n0 9999\nfn=g\n0 1\ntotals: 10000\n";
    const NOTHING: &str = "positions: line\nevents: Ir\nsummary: 0\ntotals: 0\n";

    /// A folder with these files in the first of two benches, and with the second bench's.
    fn counted(files: &[(&str, &str)]) -> anyhow::Result<Vec<HostCell>> {
        let home = TempDir::new()?;
        let good = [("out", GOOD), ("log", "")];
        for (number, files) in [(0, files), (1, &good)] {
            let name = format!("phase.parse_{number}");
            let folder = home.path().join("ci/instructions/phases").join(&name);
            if !files.is_empty() {
                fs::create_dir_all(&folder)?;
            }
            for (ending, content) in files {
                fs::write(folder.join(format!("callgrind.{name}.{ending}")), content)?;
            }
        }
        let benches: Vec<_> = cells::of(Measure::Parse)
            .into_iter()
            .enumerate()
            .take(2)
            .collect();
        collect(home.path(), &benches)
    }

    #[test]
    fn counts_are_those_of_the_files() {
        let cells = counted(&[("out", GOOD), ("log", "")]).unwrap();
        assert_eq!(cells.len(), 2);
        assert_eq!(cells[0].instructions, 10_000);
        let functions: Vec<&String> = cells[0].functions.keys().collect();
        assert_eq!(functions, ["f"], "g is too small");
    }

    #[test]
    fn what_measures_nothing_fails_and_names_the_bench() {
        for (files, reason) in [
            (&[][..], "was not run"),
            (&[("log", "")], "can't read"),
            (&[("out", NOTHING), ("log", "")], "counts 0 instructions"),
            (
                &[("out", "positions: line\nevents: Ir\n"), ("log", "")],
                "cut off",
            ),
            (
                &[("out", GOOD), ("log", "Warning: client switching stacks?")],
                "another stack",
            ),
        ] {
            let error = format!("{:#}", counted(files).unwrap_err());
            assert!(error.contains(reason), "{error}");
            assert!(error.contains("parse of tree on fibonacci"), "{error}");
        }
    }

    #[test]
    fn a_bench_that_nobody_knows_fails() {
        let home = TempDir::new().unwrap();
        for number in 0..2 {
            let folder = format!("ci/instructions/phases/phase.parse_{number}");
            fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        let benches: Vec<_> = cells::of(Measure::Parse)
            .into_iter()
            .enumerate()
            .take(1)
            .collect();
        let error = collect(home.path(), &benches).unwrap_err().to_string();
        assert!(error.contains("phase.parse_1"), "{error}");
    }
}
