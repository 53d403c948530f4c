//! Speedup over the reference, as bars from 1× with whiskers, one panel per workload.

use super::canvas::{Align, Axis, Ink, LogScale, Size, draw};
use super::panels::{FIGURE_GAP, HEAD, Panel, Panels, WIDTH, figure_room, heading};
use super::{Chart, ChartError};
use crate::analysis::Analysis;
use crate::format::{self, Detail};
use crate::schema::{ExperimentKind, Measure, VariantId};
use crate::stats::Estimate;

/// The file's name for a progression.
pub(crate) const PROGRESSION: &str = "progression.svg";

/// The file's name for a comparison.
pub(crate) const COMPARISON: &str = "speedups.svg";

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
    let figures: Vec<(f64, String)> = columns
        .iter()
        .flatten()
        .flatten()
        .map(|it| (it.median, format::speedup(it, Detail::Brief)))
        .collect();
    let room = figure_room(figures.iter().map(|(at, text)| (*at, &**text)));
    let (left_room, right_room) = room;
    let labels: Vec<String> = results.variants.iter().map(|it| it.label.clone()).collect();
    let panels = Panels::new(HEAD, 20, titles, &labels).with_room_for(room);
    let title = format!("Speedup over {}", results.short_name(reference));
    let (file, subject) = match results.experiment.kind {
        ExperimentKind::Progression => (PROGRESSION, "stage"),
        ExperimentKind::Comparison | ExperimentKind::Builds => (COMPARISON, "variant"),
    };
    let remark = format!(
        "time of the reference / time of the {subject}, with 95 % interval; log scale, longer \
         is faster"
    );

    let svg = draw((WIDTH, panels.bottom()), &title, |canvas| {
        heading(canvas, &title, &remark)?;
        let scale_of =
            |panel: &Panel| shared.between(panel.left + left_room, panel.right - right_room);
        panels.draw(canvas, scale_of, Axis::Ratio, |panel, scale| {
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
                let figure = if is_reference {
                    format::ratio_tick(1.0)
                } else {
                    format::speedup(speedup, Detail::Brief)
                };
                let (x, align) = if speedup.median < 1.0 {
                    (low.min(end) - FIGURE_GAP, Align::Right)
                } else {
                    (high.max(end) + FIGURE_GAP, Align::Left)
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
