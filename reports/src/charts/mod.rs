//! The charts of a report, as SVG files for light and dark pages of README width.

pub(crate) mod attribution;
mod canvas;
pub mod history;
mod panels;
pub(crate) mod phases;
pub(crate) mod progression;
pub(crate) mod published;

use crate::analysis::Analysis;
pub use canvas::ChartError;

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Its file's name.
    pub file: &'static str,
    /// What it shows, for those who can't see it.
    pub description: String,
    /// The SVG file.
    pub svg: String,
}

/// The names of all files that [`all`] may give.
pub(crate) const FILES: [&str; 4] = [
    progression::PROGRESSION,
    progression::COMPARISON,
    published::FILE,
    phases::FILE,
];

/// Every chart that the results have figures for.
///
/// # Errors
/// [`ChartError`], should plotters fail to draw.
pub fn all(analysis: &Analysis<'_>) -> Result<Vec<Chart>, ChartError> {
    let charts = [
        progression::chart(analysis)?,
        published::chart(analysis)?,
        phases::chart(analysis)?,
    ];
    Ok(charts.into_iter().flatten().collect())
}
