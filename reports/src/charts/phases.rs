//! The phases of every stage, as points on one axis of time, one panel per workload.
//!
//! Points rather than stacked bars: on a logarithmic axis, lengths don't add up.

use super::canvas::{Axis, Ink, LogScale, Marker, draw};
use super::panels::{HEAD, Panel, Panels, WIDTH, heading, legend};
use super::{Chart, ChartError};
use crate::analysis::Analysis;
use crate::schema::Measure;

/// The chart's file.
pub(crate) const FILE: &str = "phases.svg";

/// Each measure's marker. Executions have one colour: of a fresh machine, the first one, and on a warm
/// machine.
const SERIES: [(Measure, Marker, Ink); 7] = [
    (Measure::Total, Marker::Bar, Ink::Line),
    (Measure::Run, Marker::Circle, Ink::First),
    (Measure::First, Marker::Ring, Ink::First),
    (Measure::Warm, Marker::Cross, Ink::First),
    (Measure::Instantiate, Marker::Diamond, Ink::Third),
    (Measure::Compile, Marker::Triangle, Ink::Second),
    (Measure::Parse, Marker::Square, Ink::Fourth),
];

/// In nanoseconds: what takes less is no work, only the call of an empty phase, such as the
/// tree-walker's compilation, which takes one or two and on a busy machine a few more.
const NOTHING: f64 = 10.0;

/// What a marker takes, and the space to the next, in pixels.
const MARK: i32 = 12;

/// The marks of a row: where they are, and how far above or below its middle, so that none hides
/// another.
fn placed<T>(mut marks: Vec<(i32, T)>) -> Vec<(i32, i32, T)> {
    marks.sort_by_key(|&(x, _)| x);
    let mut ends: Vec<i32> = Vec::new();
    let lanes: Vec<usize> = marks
        .iter()
        .map(|&(x, _)| {
            let free = ends.iter().position(|&end| end + MARK <= x);
            let lane = free.unwrap_or(ends.len());
            match free {
                Some(lane) => ends[lane] = x,
                None => ends.push(x),
            }
            lane
        })
        .collect();
    let offset = |lane: usize| (2 * lane as i32 + 1 - ends.len() as i32) * MARK / 2;
    let placed = marks.into_iter().zip(lanes);
    placed
        .map(|((x, mark), lane)| (x, offset(lane), mark))
        .collect()
}

pub(super) fn chart(analysis: &Analysis<'_>) -> Result<Option<Chart>, ChartError> {
    let results = analysis.results;
    if results
        .samples
        .iter()
        .all(|sample| sample.measure == Measure::Run)
    {
        return Ok(None);
    }
    let time = |measure, workload, variant| {
        let time = analysis.time(measure, workload, variant)?.median;
        (time >= NOTHING).then_some(time)
    };
    let times = |workload, variant| {
        SERIES
            .into_iter()
            .filter_map(move |(measure, marker, ink)| {
                Some((time(measure, workload, variant)?, (marker, ink)))
            })
    };
    let rows = || {
        results.workload_ids().flat_map(|workload| {
            results
                .variant_ids()
                .map(move |variant| (workload, variant))
        })
    };
    let all = rows().flat_map(|(workload, variant)| times(workload, variant));
    let shared = LogScale::showing(all.map(|(time, _)| time));
    let scale_of = |panel: &Panel| shared.between(panel.left + 6, panel.right - 6);
    let marks = |workload, variant, scale: &LogScale| {
        let marks = times(workload, variant).map(|(time, mark)| (scale.position(time), mark));
        placed(marks.collect())
    };
    let titles = results
        .workloads
        .iter()
        .map(|it| it.title.clone())
        .collect();
    let labels: Vec<String> = results.variants.iter().map(|it| it.label.clone()).collect();
    let narrow = Panels::new(HEAD, 20, titles, &labels);
    let scale = scale_of(&narrow.panel(0));
    let reach = rows()
        .flat_map(|(workload, variant)| marks(workload, variant, &scale))
        .map(|(_, offset, _)| offset.abs());
    let panels = narrow.with_rows_of(2 * reach.max().unwrap_or(0) + 20);

    let title = "Phases";
    let svg = draw((WIDTH, panels.bottom()), title, |canvas| {
        heading(
            canvas,
            title,
            "median time per iteration; log scale; run includes instantiate; phases that do nothing \
             aren't drawn",
        )?;
        let measured = results.measures();
        let entries = SERIES
            .iter()
            .filter(|(measure, _, _)| measured.contains(measure))
            .map(|&(measure, marker, ink)| (marker, ink, measure.name()));
        legend(canvas, &entries.collect::<Vec<_>>())?;
        panels.draw(canvas, scale_of, Axis::Time, |panel, scale| {
            let Some(workload) = results.workload_ids().nth(panel.index) else {
                return Ok(());
            };
            for (row, variant) in results.variant_ids().enumerate() {
                for (x, offset, (marker, ink)) in marks(workload, variant, scale) {
                    canvas.marker(marker, (x, panel.row(row) + offset), ink)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever marks fall, even all on one pixel.
    #[test]
    fn no_mark_hides_another() {
        for step in 0..12 {
            let marks = (0..7).map(|index| (index * step, index));
            let placed = placed(marks.collect());
            assert_eq!(placed.len(), 7);
            for (index, (x, y, _)) in placed.iter().enumerate() {
                for (other_x, other_y, _) in &placed[index + 1..] {
                    let apart = (x - other_x).abs().max((y - other_y).abs());
                    assert!(apart >= MARK, "{step}: {placed:?}");
                }
            }
            if step >= MARK {
                assert!(placed.iter().all(|(_, y, _)| *y == 0), "{placed:?}");
            }
        }
    }
}
