//! Published against measured speedups: the stages on the headline's workload, and the workloads.

use super::canvas::{Align, Axis, Canvas, Drawn, Ink, LogScale, Marker, Size, draw};
use super::panels::{
    FIGURE_GAP, HEAD, Panel, Panels, WIDTH, figure_room, heading, label_width, legend,
};
use super::{Chart, ChartError};
use crate::analysis::Analysis;
use crate::claims::{self, Figure, Match};
use crate::format::{self, Detail};
use crate::schema::Measure;
use crate::stats::Estimate;

/// The chart's file.
pub(crate) const FILE: &str = "published.svg";

/// Height of a row: two bars and the space to the next two.
const ROW: i32 = 28;

/// A published figure and what was measured.
struct Pair {
    label: String,
    published: &'static Figure,
    measured: Option<Estimate>,
}

impl Pair {
    /// The published figure, then the measured one, each as it is written.
    fn figures(&self) -> impl Iterator<Item = (f64, String)> {
        let published = (self.published.published.high(), self.published.to_string());
        let measured = self
            .measured
            .map(|it| (it.median, format::speedup(&it, Detail::Brief)));
        std::iter::once(published).chain(measured)
    }
}

pub(super) fn chart(analysis: &Analysis<'_>) -> Result<Option<Chart>, ChartError> {
    let groups: Vec<(String, Vec<Pair>)> = [stages(analysis), workloads(analysis)]
        .into_iter()
        .flatten()
        .filter(|(_, pairs)| !pairs.is_empty())
        .collect();
    if groups.is_empty() {
        return Ok(None);
    }
    let all = groups.iter().flat_map(|(_, pairs)| pairs);
    let label_width = label_width(all.map(|pair| pair.label.as_str()));
    let mut top = HEAD;
    let mut panels_of = Vec::new();
    for (title, pairs) in &groups {
        let labels: Vec<String> = pairs.iter().map(|pair| pair.label.clone()).collect();
        let panels = Panels::new(top, ROW, vec![title.clone()], &labels).labels_within(label_width);
        top = panels.bottom();
        panels_of.push((panels, pairs));
    }

    let mut authors: Vec<&str> = Vec::new();
    for source in claims::shown_sources(analysis.results) {
        if !authors.contains(&&*source.author) {
            authors.push(&source.author);
        }
    }
    let published = format!("published by {}", authors.join("; "));
    let title = "Published and measured speedups";
    let svg = draw((WIDTH, top), title, |canvas| {
        heading(
            canvas,
            title,
            "log scale, bars from 1×; to the left of it is slower",
        )?;
        legend(
            canvas,
            &[
                (Marker::Square, Ink::Neutral, &published),
                (Marker::Square, Ink::First, "measured here"),
            ],
        )?;
        for (panels, pairs) in &panels_of {
            let figures: Vec<(f64, String)> = pairs.iter().flat_map(Pair::figures).collect();
            let scale = LogScale::showing(figures.iter().map(|(at, _)| *at).chain([1.0]));
            let (left, right) = figure_room(figures.iter().map(|(at, text)| (*at, &**text)));
            let scale_of = |panel: &Panel| scale.between(panel.left + left, panel.right - right);
            panels.draw(canvas, scale_of, Axis::Ratio, |panel, scale| {
                for (row, pair) in pairs.iter().enumerate() {
                    let bars = [(-6, Ink::Neutral), (6, Ink::First)];
                    for ((at, figure), (offset, ink)) in pair.figures().zip(bars) {
                        bar(canvas, scale, panel.row(row) + offset, at, &figure, ink)?;
                    }
                }
                let (one, (top, bottom)) = (scale.position(1.0), panel.span());
                canvas.line((one, top), (one, bottom), Ink::Line)
            })?;
        }
        Ok(())
    })?;
    Ok(Some(Chart {
        file: FILE,
        description: title.to_owned(),
        svg,
    }))
}

/// A bar from 1× and its figure.
fn bar(
    canvas: &Canvas<'_>,
    scale: &LogScale,
    y: i32,
    speedup: f64,
    figure: &str,
    ink: Ink,
) -> Drawn {
    let (one, end) = (scale.position(1.0), scale.position(speedup));
    canvas.rectangle((one, y - 5), (end, y + 5), ink)?;
    let (x, align) = if speedup < 1.0 {
        (end - FIGURE_GAP, Align::Right)
    } else {
        (end + FIGURE_GAP, Align::Left)
    };
    canvas.text(figure, (x, y), align, Size::Small, Ink::Text)
}

/// The stages that the document has figures for, on the headline's workload.
fn stages(analysis: &Analysis<'_>) -> Option<(String, Vec<Pair>)> {
    let results = analysis.results;
    let workload = results.workload_named(&results.experiment.headline)?;
    let reference = results.reference();
    let pair = |variant| {
        let Match { figure, .. } = claims::stage_speedup(results, workload, reference, variant)?;
        Some(Pair {
            label: results.variant(variant).label.clone(),
            published: figure,
            measured: analysis.speedup(Measure::Run, workload, reference, variant),
        })
    };
    let others = results
        .variant_ids()
        .filter(|&variant| variant != reference);
    let title = format!(
        "stages on {}, against {}",
        results.workload(workload).title,
        results.experiment.reference,
    );
    Some((title, others.filter_map(pair).collect()))
}

/// The workloads that the document has figures for.
fn workloads(analysis: &Analysis<'_>) -> Option<(String, Vec<Pair>)> {
    let results = analysis.results;
    let (evaluator, vm) = claims::baseline_pair(results)?;
    let pair = |id| {
        let workload = results.workload(id);
        Some(Pair {
            label: workload.title.clone(),
            published: claims::baseline_speedup(results, id)?.figure,
            measured: analysis.speedup(Measure::Run, id, evaluator, vm),
        })
    };
    let title = format!(
        "workloads, {} against {}",
        results.variant(vm).name,
        results.variant(evaluator).name,
    );
    Some((title, results.workload_ids().filter_map(pair).collect()))
}
