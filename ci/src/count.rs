//! The portable layer: every variant on every workload, by itself.

use ci::portable;
use reports::counts::PortableCell;

use crate::arguments::Selection;

/// Counts what is selected.
///
/// # Errors
/// If a result is wrong, or nothing was counted.
pub(crate) fn all(selection: &Selection) -> anyhow::Result<Vec<PortableCell>> {
    let mut cells = Vec::new();
    for variant in &selection.variants {
        for workload in &selection.workloads {
            cells.push(portable::count(variant, workload)?);
        }
    }
    Ok(cells)
}
