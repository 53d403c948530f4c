//! What took part besides its names: what the workers said of themselves, and the memory they took.

use super::Source;
use crate::document::{Block, Level, REPORT, titled};
use crate::tables;

/// Engines, by name, version and phases.
pub(super) fn engines(source: &Source<'_>) -> Vec<Block> {
    let table = tables::engines(source.results());
    table.map_or(Vec::new(), |it| titled(Level::Section, it, REPORT))
}

/// Peak memory.
pub(super) fn peak_memory(source: &Source<'_>) -> Vec<Block> {
    let table = tables::peak_memory(source.results());
    table.map_or(Vec::new(), |it| titled(Level::Section, it, REPORT))
}
