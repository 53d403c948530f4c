//! Exact counts over commits: a line goes down the commits and steps aside where one changes the count.

use super::canvas::{Align, Axis, Canvas, Drawn, Ink, LogScale, Marker, Size, draw, text_width};
use super::panels::{HEAD, Panel, Panels, WIDTH, heading, shortened};
use super::{Chart, ChartError};
use crate::format;

/// The file's usual name.
const FILE: &str = "history.svg";

const ROW: i32 = 20;

/// The scale spans this factor at the least.
const LEAST_FACTOR: f64 = 1.25;

/// Height of a line below the panels.
const LINE: i32 = 17;

/// What a count was after each of some commits.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Whose count it is, and of what.
    pub title: String,
    /// By commit: how many times its first value it was; none before the first, and where it was not
    /// known.
    pub ratios: Vec<Option<f64>>,
}

/// The chart of some counts; none if there are none. Each commit is told in a line: when, which, and
/// what it says.
///
/// # Errors
/// [`ChartError`], should plotters fail to draw.
pub fn chart(commits: &[String], series: &[Series]) -> Result<Option<Chart>, ChartError> {
    if series.is_empty() {
        return Ok(None);
    }
    let values = series.iter().flat_map(|it| it.ratios.iter().flatten());
    let shared = LogScale::spanning(values.copied().chain([1.0]), LEAST_FACTOR);
    let titles = series.iter().map(|it| it.title.clone()).collect();
    let numbers: Vec<String> = (1..=commits.len()).map(|it| it.to_string()).collect();
    let panels = Panels::new(HEAD, ROW, titles, &numbers);
    let figures = series.iter().flat_map(|it| steps(&it.ratios));
    let room = figures.map(|(_, figure)| text_width(&figure)).max();
    let room = room.unwrap_or(0) + 14;
    let bottom = panels.bottom();
    let height = bottom + commits.len() as i32 * LINE + 12;
    let title = "Exact counts, by commit";
    let svg = draw((WIDTH, height), title, |canvas| {
        let remark =
            "the count after each commit, relative to the first; log scale, to the left is less";
        heading(canvas, title, remark)?;
        let scale_of = |panel: &Panel| shared.between(panel.left + 4, panel.right - room);
        panels.draw(canvas, scale_of, Axis::Ratio, |panel, scale| {
            line(canvas, &series[panel.index].ratios, panel, scale)
        })?;
        for (index, commit) in commits.iter().enumerate() {
            let text = shortened(&format!("{}  {commit}", index + 1), MOST_CHARACTERS);
            let at = (12, bottom + index as i32 * LINE + 6);
            canvas.text(&text, at, Align::Left, Size::Small, Ink::Text)?;
        }
        Ok(())
    })?;
    Ok(Some(Chart {
        file: FILE,
        description: title.to_owned(),
        svg,
    }))
}

/// What a line has room for.
const MOST_CHARACTERS: usize = 120;

/// The rows at which a count changes, each with its figure.
fn steps(ratios: &[Option<f64>]) -> Vec<(usize, String)> {
    let mut before = None;
    let mut steps = Vec::new();
    for (row, &ratio) in ratios.iter().enumerate() {
        if let (Some(old), Some(new)) = (before, ratio)
            && old != new
        {
            steps.push((row, format::signed_percent((new / old - 1.0) * 100.0, 1)));
        }
        before = ratio.or(before);
    }
    steps
}

fn line(canvas: &Canvas<'_>, ratios: &[Option<f64>], panel: &Panel, scale: &LogScale) -> Drawn {
    let mut before = None;
    for (row, &ratio) in ratios.iter().enumerate() {
        let Some(ratio) = ratio else {
            continue;
        };
        let (x, y) = (scale.position(ratio), panel.row(row));
        if let Some(before) = before {
            canvas.rectangle((before, y - ROW / 2 - 1), (x, y - ROW / 2 + 1), Ink::First)?;
        }
        canvas.rectangle(
            (x - 1, y - ROW / 2 - 1),
            (x + 1, y + ROW / 2 + 1),
            Ink::First,
        )?;
        before = Some(x);
    }
    for (row, figure) in steps(ratios) {
        let Some(ratio) = ratios[row] else {
            continue;
        };
        let (x, y) = (scale.position(ratio), panel.row(row));
        canvas.marker(Marker::Circle, (x, y), Ink::First)?;
        canvas.text(&figure, (x + 10, y), Align::Left, Size::Small, Ink::Text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_what_differs_from_what_was_known_last() {
        let ratios = [None, Some(1.0), Some(1.0), None, Some(0.9), Some(0.9)];
        assert_eq!(steps(&ratios), [(4, "−10.0 %".to_owned())]);
        assert_eq!(steps(&[]), []);
    }

    #[test]
    fn commits_are_told_below() {
        let commits = ["2026-01-02  abc  Fuse <two>".to_owned(), "x".repeat(500)];
        let series = Series {
            title: "dispatched, stack".to_owned(),
            ratios: vec![Some(1.0), Some(0.5)],
        };
        let chart = chart(&commits, &[series]).unwrap().unwrap();
        for text in [
            "1  2026-01-02  abc  Fuse &lt;two&gt;",
            "−50.0 %",
            "dispatched, stack",
            "…",
        ] {
            assert!(chart.svg.contains(text), "{text}: {}", chart.svg);
        }
        assert_eq!(super::chart(&commits, &[]).unwrap(), None);
    }
}
