//! Exact counts beside the times: of the headline's workload on a terminal, of all in the report.

use super::Source;
use crate::document::{Block, Level, REPORT, REPORT_AND_TERMINAL, TERMINAL, section, titled};
use crate::{prose, tables};

/// What each step saves in instructions, and what of it is seen in time.
pub(super) fn instructions(source: &Source<'_>) -> Vec<Block> {
    let analysis = source.analysis;
    let host = prose::host_counts(source.results());
    let mut blocks = vec![Block::paragraph(
        format!("Host instructions: {host}"),
        REPORT_AND_TERMINAL,
    )];
    if let Some(headline) = source.headline {
        for table in [
            tables::instructions(analysis, headline),
            tables::three_way(analysis, headline),
        ] {
            blocks.extend(titled(Level::Part, table, TERMINAL));
        }
    }
    for table in [
        tables::counts(analysis),
        tables::three_way_everywhere(analysis),
    ] {
        blocks.extend(titled(Level::Part, table, REPORT));
    }
    section("Instructions and time", REPORT, blocks)
}
