//! The report: which sections it has, in which order. A section is a function from the analysis to
//! blocks, in a file below this one, and each block says where it is shown; so the full report, the
//! fragment for a README and the tables on a terminal are one list, rendered thrice.

mod engines;
mod glossary;
mod headline;
mod instructions;
mod machine_code;
mod opening;
mod phases;
mod trust;
mod workloads;

use crate::analysis::Analysis;
use crate::charts::{self, Chart};
use crate::document::{Block, Content, Place, WRITTEN};
use crate::schema::{Results, WorkloadId};
use crate::validity::{self, Invalid};
use crate::{markdown, terminal};

/// What a section is made of.
struct Source<'a> {
    analysis: &'a Analysis<'a>,
    /// Every reason not to believe the run.
    invalid: Vec<Invalid>,
    /// The headline's workload, if it was measured.
    headline: Option<WorkloadId>,
    charts: &'a [Chart],
}

impl Source<'_> {
    fn results(&self) -> &Results {
        self.analysis.results
    }

    /// The chart of this name, if it was drawn; a terminal has none.
    fn chart(&self, file: &str) -> Option<Block> {
        let chart = self.charts.iter().find(|chart| chart.file == file)?;
        Some(Block::new(Content::Chart(chart.clone()), WRITTEN))
    }
}

/// A part of the report; empty where the results have nothing for it.
type Section = fn(&Source<'_>) -> Vec<Block>;

/// All parts, in order.
const SECTIONS: [Section; 19] = [
    opening::title,
    opening::conclusion,
    opening::conditions,
    headline::progression,
    headline::variants,
    headline::not_offered,
    engines::engines,
    machine_code::values,
    machine_code::dispatch,
    workloads::suites,
    workloads::every_workload,
    workloads::baseline,
    instructions::instructions,
    phases::phases,
    engines::peak_memory,
    trust::control,
    trust::variance,
    trust::failures,
    glossary::how_to_read,
];

/// Everything that is said of the results, wherever it is shown.
fn blocks(analysis: &Analysis<'_>, charts: &[Chart]) -> Vec<Block> {
    let results = analysis.results;
    let source = Source {
        analysis,
        invalid: validity::reasons(analysis),
        headline: results.workload_named(&results.experiment.headline),
        charts,
    };
    SECTIONS
        .iter()
        .flat_map(|section| section(&source))
        .collect()
}

/// The whole report as markdown; the charts stand beside it in their own files.
pub(crate) fn markdown(analysis: &Analysis<'_>, charts: &[Chart]) -> String {
    markdown::render(&blocks(analysis, charts), Place::Report, "")
}

/// The fragment for a README: what was found, with the charts linked where `charts_folder` has them.
pub fn readme_fragment(results: &Results, charts_folder: &str) -> String {
    let analysis = Analysis::new(results);
    let charts = charts::all(&analysis).unwrap_or_default();
    markdown::render(&blocks(&analysis, &charts), Place::Readme, charts_folder)
}

/// What a terminal of this width shows of the report, in colour or not.
pub fn terminal_tables(results: &Results, width: u16, color: bool) -> String {
    let blocks = blocks(&Analysis::new(results), &[]);
    terminal::document(&blocks, width, color)
}
