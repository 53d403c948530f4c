//! A waterfall from the unoptimized machine to all optimizations, in the documented order; on each
//! step the range of that optimization's gain over all orders, and its Shapley value.

use super::canvas::{Align, Axis, Canvas, Drawn, Ink, LogScale, Marker, Size, draw, text_width};
use super::panels::{HEAD, Panel, Panels, WIDTH, heading, legend};
use super::{Chart, ChartError};
use crate::attribution::{Attribution, Share, Subject};
use crate::format::{self, Detail};

/// The file's name.
pub(crate) const FILE: &str = "attribution.svg";

const ROW_HEIGHT: i32 = 24;

/// A step of the waterfall, in gains over the unoptimized machine.
struct Step<'s> {
    /// Where the steps before have led.
    from: f64,
    share: &'s Share,
}

impl Step<'_> {
    /// Where this one leads in the documented order, in the worst and the best other, and by its
    /// Shapley value.
    fn ends(&self) -> [f64; 4] {
        let share = self.share;
        [
            share.documented.estimate.median,
            share.smallest.gain,
            share.largest.gain,
            share.shapley.estimate.median,
        ]
        .map(|gain| self.from * gain)
    }
}

fn steps(subject: &Subject) -> Vec<Step<'_>> {
    let mut from = 1.0;
    let step = |share| {
        let step = Step { from, share };
        from = step.ends()[0];
        step
    };
    subject.shares.iter().map(step).collect()
}

/// The chart; none if nothing was measured.
pub(crate) fn chart(attribution: &Attribution<'_>) -> Result<Option<Chart>, ChartError> {
    let subjects: Vec<&Subject> = attribution
        .workloads
        .iter()
        .chain(&attribution.suite)
        .collect();
    if subjects.is_empty() {
        return Ok(None);
    }
    let ends = subjects
        .iter()
        .flat_map(|subject| steps(subject).into_iter().flat_map(|step| step.ends()));
    let totals = subjects.iter().map(|subject| subject.total.estimate.median);
    let shared = LogScale::showing(ends.chain(totals).chain([1.0]));

    let figures = subjects.iter().flat_map(|subject| {
        let shares = subject.shares.iter().map(|share| share.documented.estimate);
        let steps = shares.map(|it| format::step(&it, Detail::Brief));
        steps.chain([format::speedup(&subject.total.estimate, Detail::Brief)])
    });
    let widths = figures.map(|figure| text_width(&figure));
    let figure_width = widths.max().unwrap_or(0) + 8;

    let titles = subjects.iter().map(|it| it.title.clone()).collect();
    let titles_of_steps = attribution
        .optimizations()
        .iter()
        .map(|it| it.title.clone());
    let labels: Vec<String> = titles_of_steps.chain(["all together".to_owned()]).collect();
    let panels = Panels::new(HEAD, ROW_HEIGHT, titles, &labels);
    let title = format!("Gains, by {}", attribution.costs.by.cost());
    let reference = &attribution.costs.factorial.reference;
    let remark = format!(
        "bars from {reference} to all optimizations, in the documented order; whiskers: the same \
         step in any order; log scale"
    );

    let svg = draw((WIDTH, panels.bottom()), &title, |canvas| {
        heading(canvas, &title, &remark)?;
        legend(
            canvas,
            &[
                (Marker::Square, Ink::First, "gain in this order"),
                (Marker::Square, Ink::Second, "loss"),
                (Marker::Diamond, Ink::Fourth, "Shapley value"),
            ],
        )?;
        let scale_of = |panel: &Panel| shared.between(panel.left + 4, panel.right - figure_width);
        panels.draw(canvas, scale_of, Axis::Ratio, |panel, scale| {
            let subject = subjects[panel.index];
            waterfall(canvas, subject, panel, scale)
        })
    })?;
    Ok(Some(Chart {
        file: FILE,
        description: format!("{title}: what each optimization is worth in any order"),
        svg,
    }))
}

fn waterfall(canvas: &Canvas<'_>, subject: &Subject, panel: &Panel, scale: &LogScale) -> Drawn {
    let figure = |text: &str, right: i32, row: usize| {
        let at = (right + 8, panel.row(row));
        canvas.text(text, at, Align::Left, Size::Small, Ink::Text)
    };
    for (row, step) in steps(subject).iter().enumerate() {
        let y = panel.row(row);
        let start = scale.position(step.from);
        let [end, low, high, shapley] = step.ends().map(|it| scale.position(it));
        let ink = if end < start { Ink::Second } else { Ink::First };
        canvas.rectangle((start, y - 6), (end, y + 6), ink)?;
        canvas.whisker((low, high), y)?;
        canvas.marker(Marker::Diamond, (shapley, y), Ink::Fourth)?;
        // Where this step leads is where the next one starts.
        canvas.line((end, y + 6), (end, panel.row(row + 1) - 6), Ink::Line)?;
        let credit = format::step(&step.share.documented.estimate, Detail::Brief);
        figure(&credit, start.max(end).max(high).max(shapley), row)?;
    }
    let (row, one) = (subject.shares.len(), scale.position(1.0));
    let (y, end) = (
        panel.row(row),
        scale.position(subject.total.estimate.median),
    );
    canvas.rectangle((one, y - 6), (end, y + 6), Ink::Neutral)?;
    figure(
        &format::speedup(&subject.total.estimate, Detail::Brief),
        one.max(end),
        row,
    )
}
