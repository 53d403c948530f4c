//! The phases before and around a run, each timed apart.

use super::Source;
use crate::charts::phases;
use crate::document::{Block, Content, REPORT, section};
use crate::{prose, tables};

/// What the documents say of compilation, and what was measured; nothing if only runs were timed.
pub(super) fn phases(source: &Source<'_>) -> Vec<Block> {
    let Some(table) = tables::phases(source.analysis) else {
        return Vec::new();
    };
    let mut blocks = vec![Block::paragraph(
        "The source documents blame compilation for the losses on small programs. Their code never \
         timed it: it compiled outside the timed region, and built the virtual machine inside. Here \
         every phase is timed apart.",
        REPORT,
    )];
    let remarks = prose::phase_remarks(source.analysis);
    if !remarks.is_empty() {
        blocks.push(Block::list(remarks, REPORT));
    }
    blocks.push(Block::new(Content::Table(table), REPORT));
    blocks.extend(source.chart(phases::FILE));
    section("Phases", REPORT, blocks)
}
