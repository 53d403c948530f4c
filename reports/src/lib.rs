//! Results, and what is said about them: the schema of a results file, its statistics, tables,
//! charts and report.
//!
//! A report is a pure function of a results file, byte for byte the same each time. This crate
//! deliberately knows no engine, measures nothing and reads no clock.

pub mod analysis;
pub mod attribution;
mod attribution_report;
pub mod charts;
pub mod claims;
pub mod comparison;
pub mod counts;
mod csv_table;
pub mod dispatching;
pub mod document;
pub mod format;
pub mod markdown;
pub mod phases;
mod prose;
mod report;
pub mod schema;
pub mod splice;
pub mod stats;
pub mod store;
pub mod suites;
pub mod table;
pub mod tables;
pub mod terminal;
pub mod three_way;
pub mod validity;
pub mod variance;
pub mod verdicts;

use std::path::{Path, PathBuf};

use analysis::Analysis;
pub use report::{readme_fragment, terminal_tables};
use schema::Results;
use validity::Invalid;

/// The files of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The report itself.
    pub report: PathBuf,
    /// Every file that was written, the report included.
    pub files: Vec<PathBuf>,
}

/// Why a report was not written, or only in part.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The folder can't be made.
    #[error("{path}: the folder cannot be made: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file can't be written.
    #[error(transparent)]
    Write(#[from] store::WriteError),
    /// A chart can't be drawn.
    #[error(transparent)]
    Chart(#[from] charts::ChartError),
    /// The table of figures can't be made.
    #[error("the table of figures cannot be made: {0}")]
    Csv(#[from] csv::Error),
}

/// The report's own file.
const REPORT: &str = "report.md";

/// The table of figures, for other programs.
const FIGURES: &str = "results.csv";

/// The names of all files that a report may consist of, whatever the results.
pub fn report_files() -> impl Iterator<Item = &'static str> {
    [REPORT, FIGURES].into_iter().chain(charts::FILES)
}

/// The names of all files that an attribution may consist of.
pub use attribution_report::FILES as ATTRIBUTION_FILES;

/// Writes `report.md`, `results.csv` and the charts into a folder, which is made if need be; each
/// file is replaced whole, and a chart of an earlier report that this one lacks is removed.
/// `results.json` is left to [`Results::write`].
///
/// # Errors
/// [`ReportError`]; files written before it stay, and each of them is complete. Results that
/// contradict themselves are refused before anything is written.
pub fn write_report(results: &Results, dir: &Path) -> Result<Written, ReportError> {
    results.check().map_err(store::WriteError::from)?;
    let analysis = Analysis::new(results);
    let charts = charts::all(&analysis)?;
    let markdown = report::markdown(&analysis, &charts);
    let csv = csv_table::render(&analysis)?;

    std::fs::create_dir_all(dir).map_err(|source| ReportError::Folder {
        path: dir.to_owned(),
        source,
    })?;
    let contents = [(REPORT, markdown.as_str()), (FIGURES, csv.as_str())];
    let charts = charts.iter().map(|chart| (chart.file, chart.svg.as_str()));
    let mut files = Vec::new();
    for (name, content) in contents.into_iter().chain(charts) {
        let path = dir.join(name);
        store::write_atomically(&path, content.as_bytes())?;
        files.push(path);
    }
    for path in report_files().map(|name| dir.join(name)) {
        if !files.contains(&path) {
            // There is none, as a rule.
            std::fs::remove_file(path).ok();
        }
    }
    Ok(Written {
        report: dir.join(REPORT),
        files,
    })
}

/// How far the widest interval of all ratios of a run reaches to each side, in logarithms: of each variant to its
/// base and to the reference, and of the reference to itself; `None` if there is no ratio.
pub fn widest(results: &Results) -> Option<f64> {
    let analysis = Analysis::new(results);
    let ratios = results.workload_ids().flat_map(|workload| {
        let analysis = &analysis;
        let to_others = results.variant_ids().flat_map(move |variant| {
            let reference = results.reference();
            let others = [analysis.base(variant), Some(reference)];
            let others = others
                .into_iter()
                .flatten()
                .filter(move |&it| it != variant);
            others.filter_map(move |other| {
                analysis.speedup(schema::Measure::Run, workload, other, variant)
            })
        });
        to_others.chain(analysis.control(workload))
    });
    let half_width = |ratio: stats::Estimate| ratio.map(f64::ln).half_width();
    ratios
        .map(|ratio| half_width(ratio).unwrap_or(f64::INFINITY))
        .max_by(f64::total_cmp)
}

/// Every reason not to believe the run; none: it is valid.
pub fn invalid(results: &Results) -> Vec<Invalid> {
    validity::reasons(&Analysis::new(results))
}
