//! Small multiples: equal panels in rows, which share one scale and one list of labels at the left.

use super::canvas::{Align, Axis, Canvas, Drawn, Ink, LogScale, Marker, Size, text_width};

/// The width of every chart: what a README shows without scaling.
pub(super) const WIDTH: i32 = 830;

const MARGIN: i32 = 12;
/// Title and legend above the panels.
pub(super) const HEAD: i32 = 52;
/// A panel's own title.
const PANEL_HEAD: i32 = 26;
/// The axis labels below a panel.
const PANEL_FOOT: i32 = 30;
const GAP: i32 = 18;
const MOST_COLUMNS: usize = 3;
/// The longest label that is drawn in full, in characters.
const LABEL_LENGTH: usize = 30;

/// The layout of a chart of small multiples.
pub(super) struct Panels {
    titles: Vec<String>,
    labels: Vec<String>,
    columns: usize,
    top: i32,
    row_height: i32,
    label_width: i32,
}

/// Where one panel's rows are.
pub(super) struct Panel {
    /// Its place among the panels.
    pub(super) index: usize,
    /// The pixels from left to right.
    pub(super) left: i32,
    pub(super) right: i32,
    /// The top of its first row.
    top: i32,
    row_height: i32,
    rows: usize,
}

impl Panel {
    /// The middle of a row.
    pub(super) fn row(&self, index: usize) -> i32 {
        self.top + index as i32 * self.row_height + self.row_height / 2
    }

    /// The heights between which the rows stand.
    pub(super) fn span(&self) -> (i32, i32) {
        (self.top, self.top + self.rows as i32 * self.row_height)
    }
}

impl Panels {
    /// Panels with these titles from this height on, each with a row for each of these labels.
    pub(super) fn new(top: i32, row_height: i32, titles: Vec<String>, labels: &[String]) -> Self {
        let columns = titles.len().clamp(1, MOST_COLUMNS);
        let labels: Vec<String> = labels
            .iter()
            .map(|label| shortened(label, LABEL_LENGTH))
            .collect();
        let label_width = label_width(labels.iter().map(String::as_str));
        Self {
            titles,
            labels,
            columns,
            top,
            row_height,
            label_width,
        }
    }

    /// The same panels with this much room for the labels, so as to stand in line with others.
    #[must_use]
    pub(super) fn labels_within(self, label_width: i32) -> Self {
        Self {
            label_width,
            ..self
        }
    }

    /// The same panels with rows of another height.
    #[must_use]
    pub(super) fn with_rows_of(self, row_height: i32) -> Self {
        Self { row_height, ..self }
    }

    /// The same panels, fewer beside each other where figures of this room would leave the bars too
    /// little.
    #[must_use]
    pub(super) fn with_room_for(mut self, (left, right): (i32, i32)) -> Self {
        const BARS: i32 = 90;
        while self.columns > 1 && self.panel_width() - left - right < BARS {
            self.columns -= 1;
        }
        self
    }

    fn panel_width(&self) -> i32 {
        (WIDTH - 2 * MARGIN - self.label_width) / self.columns as i32 - GAP
    }

    /// The height at which the panels end.
    pub(super) fn bottom(&self) -> i32 {
        self.top + self.titles.len().div_ceil(self.columns) as i32 * self.height()
    }

    fn height(&self) -> i32 {
        PANEL_HEAD + self.labels.len() as i32 * self.row_height + PANEL_FOOT
    }

    /// The panel of this place.
    pub(super) fn panel(&self, index: usize) -> Panel {
        let column = (index % self.columns) as i32;
        let left = MARGIN + self.label_width + GAP / 2 + column * (self.panel_width() + GAP);
        let top = self.top + (index / self.columns) as i32 * self.height() + PANEL_HEAD;
        Panel {
            index,
            left,
            right: left + self.panel_width(),
            top,
            row_height: self.row_height,
            rows: self.labels.len(),
        }
    }

    /// Draws titles, labels and axes, and has each panel's content painted.
    pub(super) fn draw(
        &self,
        canvas: &Canvas<'_>,
        scale_of: impl Fn(&Panel) -> LogScale,
        axis: Axis,
        paint: impl Fn(&Panel, &LogScale) -> Drawn,
    ) -> Drawn {
        for (index, title) in self.titles.iter().enumerate() {
            let panel = self.panel(index);
            let (top, _) = panel.span();
            let widest = (self.panel_width() / text_width("m")).max(1) as usize;
            let title = shortened(title, widest);
            canvas.text(
                &title,
                (panel.left, top - 12),
                Align::Left,
                Size::Normal,
                Ink::Text,
            )?;
            if index % self.columns == 0 {
                for (row, label) in self.labels.iter().enumerate() {
                    let at = (panel.left - 8, panel.row(row));
                    canvas.text(label, at, Align::Right, Size::Normal, Ink::Text)?;
                }
            }
            let scale = scale_of(&panel);
            let sides = (panel.left - GAP / 2, panel.right + GAP / 2);
            canvas.axis(&scale, panel.span(), sides, axis)?;
            paint(&panel, &scale)?;
        }
        Ok(())
    }
}

/// Room for labels such as these, in pixels.
pub(super) fn label_width<'a>(labels: impl Iterator<Item = &'a str>) -> i32 {
    let widths = labels.map(|label| text_width(&shortened(label, LABEL_LENGTH)));
    widths.max().unwrap_or(0) + 8
}

/// The space between a bar and its figure.
pub(super) const FIGURE_GAP: i32 = 5;

/// Room for the figures of bars: at the left of the scale for those that go left of 1×, and at its right
/// for the others.
pub(super) fn figure_room<'a>(figures: impl Iterator<Item = (f64, &'a str)>) -> (i32, i32) {
    figures.fold((0, 0), |(left, right), (value, figure)| {
        let room = text_width(figure) + FIGURE_GAP;
        if value < 1.0 {
            (left.max(room), right)
        } else {
            (left, right.max(room))
        }
    })
}

/// The chart's title, and a remark below it.
pub(super) fn heading(canvas: &Canvas<'_>, title: &str, remark: &str) -> Drawn {
    let title = shortened(title, 90);
    canvas.text(&title, (MARGIN, 18), Align::Left, Size::Title, Ink::Text)?;
    canvas.text(remark, (MARGIN, 40), Align::Left, Size::Small, Ink::Muted)
}

/// What the series are, in a row at the top right.
pub(super) fn legend(canvas: &Canvas<'_>, entries: &[(Marker, Ink, &str)]) -> Drawn {
    let y = 18;
    let mut right = WIDTH - MARGIN;
    for &(marker, ink, name) in entries.iter().rev() {
        let left = right - text_width(name);
        canvas.text(name, (left, y), Align::Left, Size::Normal, Ink::Text)?;
        canvas.marker(marker, (left - 10, y), ink)?;
        right = left - 28;
    }
    Ok(())
}

/// Text cut to this many characters: an ellipsis stands for its middle, since names that begin alike
/// mostly end differently.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let tail = most.saturating_sub(1) / 2;
    let head = most.saturating_sub(1) - tail;
    let end = text.chars().skip(length - tail);
    text.chars().take(head).chain(['…']).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_room_beside_wide_figures() {
        let titles = vec!["mean".to_owned(); 6];
        let labels = ["tagged, unoptimized".to_owned()];
        let columns = |room| {
            Panels::new(0, 20, titles.clone(), &labels)
                .with_room_for(room)
                .columns
        };
        assert_eq!(columns((0, 54)), 3);
        assert_eq!(columns((89, 54)), 2);
        assert_eq!(columns((400, 400)), 1);
    }

    #[test]
    fn long_names_stay_apart() {
        assert_eq!(shortened("stack", 5), "stack");
        assert_eq!(shortened("stack+co+si/threaded/nan", 11), "stack…d/nan");
        assert_eq!(shortened("stack+co+si/threaded/ptr", 11), "stack…d/ptr");
        assert_eq!(shortened("stack", 4), "st…k");
        assert_eq!(shortened("stack", 1), "…");
    }
}
