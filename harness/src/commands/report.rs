//! `monkeybench report`: the report of a results file. What `run` says at its end is said here
//! too, so that both say the same.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reports::schema::Results;
use reports::{Written, splice, store};

use crate::console;
use crate::failure::{Failure, Outcome};
use crate::summary::Summary;

/// Write the report of a results file again, byte for byte the same
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The results file
    #[arg(value_name = "RESULTS.json")]
    results: PathBuf,
    /// Where to write the report [default: beside the results file]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also put headline, table and chart into this file, between the markers
    /// <!-- monkeybench:begin EXPERIMENT --> and <!-- monkeybench:end EXPERIMENT -->
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
    /// Print a summary as JSON instead of the tables
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let results = Results::read(&arguments.results)?;
    let beside = arguments.results.parent().unwrap_or(Path::new(""));
    let out = arguments
        .out
        .as_deref()
        .unwrap_or(match beside.as_os_str().is_empty() {
            true => Path::new("."),
            false => beside,
        });
    let written = reports::write_report(&results, out)?;
    if let Some(file) = &arguments.splice {
        splice_into(file, &results, out)?;
    }
    present(&results, &written, arguments.json)
}

/// Prints what the results say, and tells how well it went.
pub(crate) fn present(results: &Results, written: &Written, json: bool) -> Outcome {
    let summary = Summary::new(results, written);
    let printed = if json {
        console::print_json(&summary)
    } else {
        let width = u16::try_from(console::stdout_width()).unwrap_or(u16::MAX);
        let tables = reports::terminal_tables(results, width, console::stdout_has_colors());
        let report = written.report.display();
        console::print(&format!("{tables}\nThe whole report: {report}\n"))
    };
    match printed {
        // The files are written, and their state is worth more than who reads the tables.
        Ok(()) | Err(Failure::ReaderGone) => Ok(summary.status()),
        Err(failure) => Err(failure),
    }
}

/// Replaces the experiment's fragment of a text file, such as a README.
fn splice_into(file: &Path, results: &Results, charts: &Path) -> anyhow::Result<()> {
    let context = || format!("can't splice into {}", file.display());
    let text = fs::read_to_string(file).with_context(context)?;
    // Links are relative to the file that has them.
    let beside = file.parent().unwrap_or(Path::new(""));
    let folder = charts.strip_prefix(beside).unwrap_or(charts);
    let fragment = reports::readme_fragment(results, &folder.to_string_lossy());
    let spliced =
        splice::splice(&text, &results.experiment.name, &fragment).with_context(context)?;
    store::write_atomically(file, spliced.as_bytes())?;
    Ok(())
}
