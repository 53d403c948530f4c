//! How far the figures can be trusted, workload by workload, and which are missing.

use super::Source;
use crate::document::{Block, Level, REPORT, REPORT_AND_TERMINAL, listed, titled};
use crate::{prose, tables, variance};

/// Where the variance comes from, if the run was made to tell.
pub(super) fn variance(source: &Source<'_>) -> Vec<Block> {
    titled(
        Level::Section,
        variance::table(source.analysis),
        REPORT_AND_TERMINAL,
    )
}

/// The A/A control and the smallest effect of every workload.
pub(super) fn control(source: &Source<'_>) -> Vec<Block> {
    titled(Level::Section, tables::control(source.analysis), REPORT)
}

/// What was given up, and why.
pub(super) fn failures(source: &Source<'_>) -> Vec<Block> {
    listed(
        Level::Section,
        "Failed cells",
        REPORT_AND_TERMINAL,
        prose::failures(source.results()),
    )
}
