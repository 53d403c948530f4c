//! `monkeybench report`: the report of a results file. What `run` says at its end is said here
//! too, so that both say the same.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use reports::schema::Results;
use reports::splice::{self, Spliced};
use reports::{Written, store};

use crate::console;
use crate::failure::{Failure, Outcome};
use crate::output::{self, OutputFolder};
use crate::summary::Summary;

/// Write the report of a results file again, byte for byte the same
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The results file
    #[arg(value_name = "RESULTS.json")]
    results: PathBuf,
    /// Where to write the report [default: beside the results file]
    #[arg(long, value_name = "DIR", value_parser = output::folder())]
    out: Option<PathBuf>,
    /// Also put headline, table and chart into this file, between the markers
    /// <!-- monkeybench:begin EXPERIMENT --> and <!-- monkeybench:end EXPERIMENT -->
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Printing {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "json")]
    format: Format,
    /// Print a summary as JSON instead of the tables
    #[arg(long)]
    pub(crate) json: bool,
}

/// How tables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for a terminal
    Text,
    /// Tables for a pull request
    Markdown,
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
    // Not into a folder where a run is going on.
    let folder = OutputFolder::open(out)?;
    let written = reports::write_report(&results, folder.path())?;
    if let Some(file) = &arguments.splice {
        splice_into(file, &results, out)?;
    }
    present(&results, Some(&written), arguments.printing)
}

/// Prints what the results say, and tells how well it went. Without `written` there is no report to
/// be named.
pub(crate) fn present(results: &Results, written: Option<&Written>, printing: Printing) -> Outcome {
    let summary = Summary::new(results, written);
    let printed = if printing.json {
        console::print_json(&summary)
    } else if printing.format == Format::Markdown {
        console::print(&reports::readme_fragment(results, ""))
    } else {
        let width = u16::try_from(console::stdout_width()).unwrap_or(u16::MAX);
        let mut text = reports::terminal_tables(results, width, console::stdout_has_colors());
        if let Some(Written { report, .. }) = written {
            text += &format!("\nThe whole report: {}\n", report.display());
        }
        console::print(&text)
    };
    match printed {
        // The files are written, and their state is worth more than who reads the tables.
        Ok(()) | Err(Failure::ReaderGone) => Ok(summary.status()),
        Err(failure) => Err(failure),
    }
}

/// Replaces the experiment's fragment of a text file, such as a README, and says so.
fn splice_into(file: &Path, results: &Results, charts: &Path) -> anyhow::Result<()> {
    let context = || format!("can't splice into {}", file.display());
    let text = fs::read_to_string(file).with_context(context)?;
    let name = &results.experiment.name;
    let charts = link_to(charts, file).with_context(context)?;
    let fragment = reports::readme_fragment(results, &charts);
    let Spliced { text: new, lines } =
        splice::splice(&text, name, &fragment).with_context(context)?;
    let (first, last) = (lines.start(), lines.end());
    if new == text {
        console::note(format_args!(
            "{}: lines {first} to {last}, {name}, are up to date",
            file.display()
        ));
        return Ok(());
    }
    store::write_atomically(file, new.as_bytes()).with_context(context)?;
    console::note(format_args!(
        "{}: lines {first} to {last}, {name}, are new",
        file.display()
    ));
    Ok(())
}

/// A folder, as a link in a text file names it: relative to the place of the file itself, whatever
/// leads there.
fn link_to(folder: &Path, file: &Path) -> io::Result<String> {
    let (folder, file) = (folder.canonicalize()?, file.canonicalize()?);
    let beside = file.parent().unwrap_or(Path::new(""));
    let path = pathdiff::diff_paths(&folder, beside).unwrap_or(folder);
    let parts = path.components().map(|part| encoded(part.as_os_str()));
    let parts: Vec<_> = parts.collect();
    Ok(match &*parts {
        [] => ".".to_owned(),
        parts => parts.join("/"),
    })
}

/// A part of a path, as an address spells it.
fn encoded(part: &OsStr) -> String {
    let bytes = part.as_encoded_bytes().iter();
    bytes
        .map(|&byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_file_to_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("docs")).unwrap();
        fs::create_dir_all(at("my reports/ü")).unwrap();
        for file in ["README.md", "docs/speed.md"] {
            fs::write(at(file), "").unwrap();
        }
        let link = |folder: &str, file: &str| link_to(&at(folder), &at(file)).unwrap();
        assert_eq!(link("docs", "README.md"), "docs");
        assert_eq!(link("docs", "docs/speed.md"), ".");
        assert_eq!(
            link("my reports/ü", "docs/speed.md"),
            "../my%20reports/%C3%BC"
        );
        assert_eq!(link("docs/../docs/.", "docs/../README.md"), "docs");
    }
}
