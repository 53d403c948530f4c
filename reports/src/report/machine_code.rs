//! What is below the instructions: how values are represented, and how machine code dispatches.

use super::Source;
use crate::document::{Block, Level, REPORT, REPORT_AND_TERMINAL, section, titled};
use crate::{prose, tables};

/// The representations of values.
pub(super) fn values(source: &Source<'_>) -> Vec<Block> {
    let table = source
        .headline
        .and_then(|workload| tables::values(source.analysis, workload));
    titled(Level::Section, table, REPORT_AND_TERMINAL)
}

/// How the variants get from one instruction to the next; nothing where it wasn't asked for.
pub(super) fn dispatch(source: &Source<'_>) -> Vec<Block> {
    let (results, analysis) = (source.results(), source.analysis);
    let Some(read) = prose::machine_code(results) else {
        return Vec::new();
    };
    let headline = source
        .headline
        .and_then(|workload| tables::dispatching(analysis, workload));
    // On a single workload it would only repeat the first.
    let everywhere =
        tables::dispatching_everywhere(analysis).filter(|_| results.workloads.len() > 1);
    let read = Block::paragraph(format!("Machine code: {read}"), REPORT_AND_TERMINAL);
    let mut blocks = vec![read];
    blocks.extend(titled(Level::Part, headline, REPORT_AND_TERMINAL));
    blocks.extend(titled(
        Level::Part,
        tables::dispatch_code(results),
        REPORT_AND_TERMINAL,
    ));
    blocks.extend(titled(Level::Part, everywhere, REPORT));
    section("Dispatch", REPORT, blocks)
}
