//! The phases of every stage, as points on one axis of time, one panel per workload.
//!
//! Points rather than stacked bars: on a logarithmic axis, lengths don't add up.

use super::canvas::{Ink, LogScale, Marker, draw};
use super::panels::{HEAD, Panel, Panels, WIDTH, heading, legend};
use super::{Chart, ChartError};
use crate::analysis::Analysis;
use crate::format;
use crate::schema::Measure;

/// The chart's file.
pub(crate) const FILE: &str = "phases.svg";

/// Each measure's marker; the total is drawn first, so that it hides none.
const SERIES: [(Measure, Marker, Ink); 5] = [
    (Measure::Total, Marker::Bar, Ink::Line),
    (Measure::Run, Marker::Circle, Ink::First),
    (Measure::Instantiate, Marker::Diamond, Ink::Third),
    (Measure::Compile, Marker::Triangle, Ink::Second),
    (Measure::Parse, Marker::Square, Ink::Fourth),
];

pub(super) fn chart(analysis: &Analysis<'_>) -> Result<Option<Chart>, ChartError> {
    let results = analysis.results;
    let time = |measure, workload, variant| Some(analysis.time(measure, workload, variant)?.median);
    let times = results.workload_ids().flat_map(|workload| {
        results.variant_ids().flat_map(move |variant| {
            SERIES
                .into_iter()
                .filter_map(move |(measure, ..)| time(measure, workload, variant))
        })
    });
    let shared = LogScale::showing(times);
    if results
        .samples
        .iter()
        .all(|sample| sample.measure == Measure::Run)
    {
        return Ok(None);
    }
    let titles = results
        .workloads
        .iter()
        .map(|it| it.title.clone())
        .collect();
    let labels: Vec<String> = results.variants.iter().map(|it| it.label.clone()).collect();
    let panels = Panels::new(HEAD, 20, titles, &labels);

    let title = "Phases";
    let svg = draw((WIDTH, panels.bottom()), title, |canvas| {
        heading(
            canvas,
            title,
            "median time per iteration; log scale; run includes instantiate",
        )?;
        legend(
            canvas,
            &SERIES.map(|(measure, marker, ink)| (marker, ink, measure.name())),
        )?;
        let scale_of = |panel: &Panel| shared.between(panel.left + 6, panel.right - 6);
        panels.draw(canvas, scale_of, format::time_tick, |panel, scale| {
            let Some(workload) = results.workload_ids().nth(panel.index) else {
                return Ok(());
            };
            for (row, variant) in results.variant_ids().enumerate() {
                for (measure, marker, ink) in SERIES {
                    if let Some(time) = time(measure, workload, variant) {
                        let at = (scale.position(time), panel.row(row));
                        canvas.marker(marker, at, ink)?;
                    }
                }
            }
            Ok(())
        })
    })?;
    Ok(Some(Chart {
        file: FILE,
        description: title.to_owned(),
        svg,
    }))
}
