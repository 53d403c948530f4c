//! Speedup over the reference, as bars from 1× with whiskers, one panel per workload.

use super::canvas::{Align, Ink, LogScale, Size, draw};
use super::panels::{HEAD, Panel, Panels, WIDTH, heading};
use super::{Chart, ChartError};
use crate::analysis::Analysis;
use crate::format::{self, Detail};
use crate::schema::{ExperimentKind, Measure, VariantId};
use crate::stats::Estimate;

/// The file's name for a progression.
pub(crate) const PROGRESSION: &str = "progression.svg";

/// The file's name for a comparison.
pub(crate) const COMPARISON: &str = "speedups.svg";

/// Below this, a bar and its figure are on the left of 1×.
const SLOWER: f64 = 1.0;

/// Room for a figure beside its bar.
const FIGURE_WIDTH: i32 = 46;

pub(super) fn chart(analysis: &Analysis<'_>) -> Result<Option<Chart>, ChartError> {
    let results = analysis.results;
    let reference = results.reference();
    let mut titles: Vec<String> = results
        .workloads
        .iter()
        .map(|it| it.title.clone())
        .collect();
    let mut columns: Vec<Vec<Option<Estimate>>> = results
        .workload_ids()
        .map(|workload| {
            let speedup = |variant| analysis.speedup(Measure::Run, workload, reference, variant);
            results.variant_ids().map(speedup).collect()
        })
        .collect();
    for mean in analysis.means() {
        // The mean of a single workload would only repeat it.
        if mean.workloads.len() > 1 {
            let workloads = &mean.workloads;
            let speedup =
                |variant| analysis.mean_speedup(Measure::Run, workloads, reference, variant);
            columns.push(results.variant_ids().map(speedup).collect());
            titles.push(mean.title);
        }
    }
    if columns.iter().flatten().all(Option::is_none) {
        return Ok(None);
    }

    let shared = LogScale::showing(
        columns
            .iter()
            .flatten()
            .flatten()
            .flat_map(ends)
            .chain([1.0]),
    );
    // A bar to the left of 1× has its figure there.
    let below = columns
        .iter()
        .flatten()
        .flatten()
        .any(|it| it.median < SLOWER);
    let labels: Vec<String> = results.variants.iter().map(|it| it.label.clone()).collect();
    let panels = Panels::new(HEAD, 20, titles, &labels);
    let title = format!("Speedup over {}", results.short_name(reference));
    let (file, subject) = match results.experiment.kind {
        ExperimentKind::Progression => (PROGRESSION, "stage"),
        ExperimentKind::Comparison => (COMPARISON, "variant"),
    };
    let remark = format!(
        "time of the reference / time of the {subject}, median and 95 % interval; log scale, longer \
         is faster"
    );

    let svg = draw((WIDTH, panels.bottom()), &title, |canvas| {
        heading(canvas, &title, &remark)?;
        let scale_of = |panel: &Panel| {
            let left = panel.left + if below { FIGURE_WIDTH } else { 0 };
            shared.between(left, panel.right - FIGURE_WIDTH)
        };
        panels.draw(canvas, scale_of, format::ratio_tick, |panel, scale| {
            let one = scale.position(1.0);
            for (row, speedup) in columns[panel.index].iter().enumerate() {
                let y = panel.row(row);
                let Some(speedup) = speedup else {
                    canvas.text(
                        "no times",
                        (one + 4, y),
                        Align::Left,
                        Size::Small,
                        Ink::Muted,
                    )?;
                    continue;
                };
                let end = scale.position(speedup.median);
                let is_reference = VariantId(row as u32) == reference;
                let ink = if is_reference {
                    Ink::Neutral
                } else {
                    Ink::First
                };
                canvas.rectangle((one, y - 6), (end, y + 6), ink)?;
                let [low, high] = ends(speedup).map(|it| scale.position(it));
                if speedup.interval.is_some() && !is_reference {
                    canvas.whisker((low, high), y)?;
                }
                let figure = format::speedup(speedup, Detail::Brief);
                let (x, align) = if speedup.median < SLOWER {
                    (low.min(end) - 5, Align::Right)
                } else {
                    (high.max(end) + 5, Align::Left)
                };
                canvas.text(&figure, (x, y), align, Size::Small, Ink::Text)?;
            }
            let (top, bottom) = panel.span();
            canvas.line((one, top), (one, bottom), Ink::Line)
        })
    })?;
    Ok(Some(Chart {
        file,
        description: title,
        svg,
    }))
}

/// The ends of the whisker, or twice the median where there is none.
fn ends(estimate: &Estimate) -> [f64; 2] {
    estimate.interval.map_or([estimate.median; 2], |interval| {
        [interval.low, interval.high]
    })
}
