//! The headline's workload: every variant on it, and what the variants are.

use super::Source;
use crate::charts::progression;
use crate::document::{
    Block, EVERYWHERE, Level, REPORT, REPORT_AND_TERMINAL, listed, section, titled,
};
use crate::schema::ExperimentKind;
use crate::{prose, tables};

/// The table and the chart that answer the experiment's question.
pub(super) fn progression(source: &Source<'_>) -> Vec<Block> {
    let table = source
        .headline
        .map(|workload| tables::progression(source.analysis, workload));
    let mut blocks = titled(Level::Section, table, EVERYWHERE);
    let charts = [progression::PROGRESSION, progression::COMPARISON];
    blocks.extend(charts.iter().filter_map(|file| source.chart(file)));
    blocks
}

/// What each variant is, where tables have shorter names.
pub(super) fn variants(source: &Source<'_>) -> Vec<Block> {
    listed(
        Level::Section,
        "Variants",
        REPORT,
        prose::variants(source.results()),
    )
}

/// What couldn't take part, and why.
pub(super) fn not_offered(source: &Source<'_>) -> Vec<Block> {
    let reasons = prose::not_offered(source.results());
    if reasons.is_empty() {
        return Vec::new();
    }
    let list = Block::instructions(reasons, REPORT_AND_TERMINAL);
    let title = match source.results().experiment.kind {
        ExperimentKind::Builds => "Engines that are left out",
        ExperimentKind::Progression | ExperimentKind::Comparison => "Variants that are not offered",
    };
    section(title, REPORT_AND_TERMINAL, vec![list])
}
