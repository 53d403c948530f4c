//! All workloads: whether the suites agree, times and speedups, and the published comparison.

use super::Source;
use crate::charts::published;
use crate::document::{Block, EVERYWHERE, Level, REPORT, REPORT_AND_TERMINAL, section, titled};
use crate::{prose, tables};

/// Whether the suites lead to the same conclusions; nothing with fewer than two suites.
pub(super) fn suites(source: &Source<'_>) -> Vec<Block> {
    let mut sentences = prose::suites(source.analysis).into_iter();
    let mut blocks = Vec::new();
    blocks.extend(
        sentences
            .next()
            .map(|first| Block::paragraph(first, REPORT_AND_TERMINAL)),
    );
    let others: Vec<String> = sentences.collect();
    if !others.is_empty() {
        blocks.push(Block::list(others, REPORT_AND_TERMINAL));
    }
    for table in [
        tables::suite_speedups(source.analysis),
        tables::suite_steps(source.analysis),
    ] {
        blocks.extend(titled(Level::Part, table, REPORT_AND_TERMINAL));
    }
    section("Suites", REPORT, blocks)
}

/// Every variant on every workload.
pub(super) fn every_workload(source: &Source<'_>) -> Vec<Block> {
    let analysis = source.analysis;
    // On a single workload a terminal has said it already.
    let places = if source.results().workloads.len() > 1 {
        REPORT_AND_TERMINAL
    } else {
        REPORT
    };
    let own = prose::own_programs(source.results());
    let mut blocks = Vec::new();
    if !own.is_empty() {
        blocks.push(Block::list(own, REPORT));
    }
    blocks.extend(titled(Level::Part, tables::times(analysis), REPORT));
    blocks.extend(titled(Level::Part, tables::speedups(analysis), places));
    blocks.extend(titled(Level::Part, tables::steps(analysis), places));
    section("Every workload", REPORT, blocks)
}

/// Evaluator against virtual machine, beside what is published of them.
pub(super) fn baseline(source: &Source<'_>) -> Vec<Block> {
    let table = tables::baseline(source.analysis);
    let mut blocks = titled(Level::Section, table, EVERYWHERE);
    blocks.extend(source.chart(published::FILE));
    blocks
}
