//! A drawing surface on plotters' SVG backend: plain pixels, a theme that follows the reader's
//! light or dark mode, and a logarithmic scale.
//!
//! Deliberately without fonts: a viewer measures text as it likes, so layouts leave room for it.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::format;

/// A colour by its role. The light one is drawn; a style sheet in the file exchanges it for the dark
/// one, by the attribute that plotters writes. So no two roles share a light colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// The background. It is drawn, since a page may be dark where the reader's system is light.
    Paper,
    /// Titles and figures.
    Text,
    /// Axis labels and remarks.
    Muted,
    /// Grid lines.
    Grid,
    /// Whiskers and the line at 1×.
    Line,
    /// The reference, and what was published.
    Neutral,
    /// What was measured: the series that a chart is about.
    First,
    /// Further series.
    Second,
    /// Further series.
    Third,
    /// Further series.
    Fourth,
}

impl Ink {
    const ALL: [Self; 10] = [
        Self::Paper,
        Self::Text,
        Self::Muted,
        Self::Grid,
        Self::Line,
        Self::Neutral,
        Self::First,
        Self::Second,
        Self::Third,
        Self::Fourth,
    ];

    /// Red, green and blue in light and in dark mode. The series' hues are told apart by most
    /// colour-blind readers (after Okabe and Ito), and differ in lightness too.
    fn light_and_dark(self) -> ([u8; 3], [u8; 3]) {
        match self {
            Self::Paper => ([0xff, 0xff, 0xff], [0x0d, 0x11, 0x17]),
            Self::Text => ([0x1f, 0x23, 0x28], [0xe6, 0xed, 0xf3]),
            Self::Muted => ([0x59, 0x63, 0x6e], [0x91, 0x98, 0xa1]),
            Self::Grid => ([0xd8, 0xde, 0xe4], [0x30, 0x36, 0x3d]),
            Self::Line => ([0x2a, 0x2f, 0x35], [0xd0, 0xd7, 0xde]),
            Self::Neutral => ([0x9a, 0xa4, 0xaf], [0x6e, 0x76, 0x81]),
            Self::First => ([0x1f, 0x77, 0xb4], [0x58, 0xa6, 0xe6]),
            Self::Second => ([0xd5, 0x5e, 0x00], [0xf0, 0x88, 0x3e]),
            Self::Third => ([0x00, 0x8a, 0x62], [0x3f, 0xb9, 0x8a]),
            Self::Fourth => ([0xa4, 0x4c, 0x86], [0xd2, 0x8a, 0xb8]),
        }
    }

    fn color(self) -> RGBColor {
        let [red, green, blue] = self.light_and_dark().0;
        RGBColor(red, green, blue)
    }
}

/// Which point of a text stands at its coordinates; vertically it is the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// Font sizes, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Title,
    Normal,
    Small,
}

impl Size {
    fn pixels(self) -> f64 {
        match self {
            Self::Title => 15.0,
            Self::Normal => 12.0,
            Self::Small => 11.0,
        }
    }
}

/// The shape of a point, so that series differ by more than colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Bar,
    Ring,
    Cross,
}

type DrawingError = DrawingAreaErrorKind<std::io::Error>;

/// Whether something was drawn.
pub(super) type Drawn = Result<(), DrawingError>;

/// The surface.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws an SVG file of this size, in pixels.
///
/// # Errors
/// Whatever plotters reports; drawing into memory gives it no cause.
pub(super) fn draw(
    (width, height): (i32, i32),
    describe: &str,
    paint: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, ChartError> {
    let mut svg = String::new();
    let size = (width.unsigned_abs(), height.unsigned_abs());
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let canvas = Canvas { area };
    canvas.rectangle((0, 0), (width, height), Ink::Paper)?;
    paint(&canvas)?;
    canvas.area.present()?;
    drop(canvas);
    Ok(with_theme(&svg, describe))
}

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("a chart could not be drawn: {0}")]
pub struct ChartError(#[from] DrawingError);

/// Puts the description and the dark mode's colours right behind the opening tag. A rule of a style
/// sheet has precedence over the attributes.
fn with_theme(svg: &str, describe: &str) -> String {
    let mut head = String::from("\n<title>");
    for character in format::printable(describe).chars() {
        match character {
            '<' => head.push_str("&lt;"),
            '&' => head.push_str("&amp;"),
            _ => head.push(character),
        }
    }
    head.push_str("</title>\n<style>@media (prefers-color-scheme: dark) {\n");
    for ink in Ink::ALL {
        let (light, dark) = ink.light_and_dark();
        let hex = |[red, green, blue]: [u8; 3]| format!("#{red:02X}{green:02X}{blue:02X}");
        let (light, dark) = (hex(light), hex(dark));
        head.push_str(&format!(
            "[fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }}\n"
        ));
    }
    head.push_str("}</style>");
    match svg.split_once('>') {
        Some((opening, rest)) => format!("{opening}>{head}{rest}"),
        None => svg.to_owned(),
    }
}

impl Canvas<'_> {
    pub(super) fn text(
        &self,
        text: &str,
        (x, y): (i32, i32),
        align: Align,
        size: Size,
        ink: Ink,
    ) -> Drawn {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        // plotters divides by this to get from its idea of a size to that of SVG.
        const PLOTTERS_FONT_SCALE: f64 = 1.24;
        let style = if size == Size::Title {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = ("sans-serif", size.pixels() * PLOTTERS_FONT_SCALE, style).into_font();
        let style = font
            .color(&ink.color())
            .pos(Pos::new(horizontal, VPos::Center));
        self.area
            .draw(&Text::new(format::printable(text), (x, y), style))
    }

    pub(super) fn line(&self, from: (i32, i32), to: (i32, i32), ink: Ink) -> Drawn {
        self.area
            .draw(&PathElement::new([from, to], ink.color().stroke_width(1)))
    }

    pub(super) fn rectangle(&self, from: (i32, i32), to: (i32, i32), ink: Ink) -> Drawn {
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        // Even the smallest bar is to be seen.
        let right = right.max(left + 1);
        self.area.draw(&Rectangle::new(
            [(left, from.1), (right, to.1)],
            ink.color().filled(),
        ))
    }

    /// A horizontal whisker with caps.
    pub(super) fn whisker(&self, (low, high): (i32, i32), y: i32) -> Drawn {
        const CAP: i32 = 3;
        self.line((low, y), (high, y), Ink::Line)?;
        self.line((low, y - CAP), (low, y + CAP), Ink::Line)?;
        self.line((high, y - CAP), (high, y + CAP), Ink::Line)
    }

    pub(super) fn marker(&self, marker: Marker, (x, y): (i32, i32), ink: Ink) -> Drawn {
        const RADIUS: i32 = 4;
        let filled = ink.color().filled();
        let polygon = |points: Vec<(i32, i32)>| self.area.draw(&Polygon::new(points, filled));
        match marker {
            Marker::Circle => self.area.draw(&Circle::new((x, y), RADIUS, filled)),
            Marker::Square => {
                let corners = [(x - 3, y - 3), (x + 4, y + 4)];
                self.area.draw(&Rectangle::new(corners, filled))
            }
            Marker::Triangle => polygon(vec![
                (x, y - RADIUS),
                (x + RADIUS, y + RADIUS),
                (x - RADIUS, y + RADIUS),
            ]),
            Marker::Diamond => polygon(vec![(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]),
            Marker::Bar => self
                .area
                .draw(&Rectangle::new([(x - 1, y - 6), (x + 1, y + 6)], filled)),
            Marker::Ring => {
                let outline = ink.color().stroke_width(2);
                self.area.draw(&Circle::new((x, y), RADIUS - 1, outline))
            }
            Marker::Cross => {
                let outline = ink.color().stroke_width(2);
                let stroke =
                    |points: Vec<(i32, i32)>| self.area.draw(&PathElement::new(points, outline));
                stroke(vec![(x - 4, y - 4), (x + 4, y + 4)])?;
                stroke(vec![(x - 4, y + 4), (x + 4, y - 4)])
            }
        }
    }

    /// The scale's ticks as vertical lines between two heights, their labels below, which stay between
    /// these two sides.
    pub(super) fn axis(
        &self,
        scale: &LogScale,
        (top, bottom): (i32, i32),
        sides: (i32, i32),
        axis: Axis,
    ) -> Drawn {
        for (tick, label) in scale.ticks(axis, sides) {
            let x = scale.position(tick);
            self.line((x, top), (x, bottom), Ink::Grid)?;
            let at = (x, bottom + 9);
            self.text(&label, at, Align::Center, Size::Small, Ink::Muted)?;
        }
        Ok(())
    }
}

/// Room for a text, in pixels. The viewer's font decides; this is a wide one's.
pub(super) fn text_width(text: &str) -> i32 {
    const CHARACTER_WIDTH: i32 = 7;
    text.chars().count() as i32 * CHARACTER_WIDTH
}

/// What an axis shows, which decides how its ticks are placed and labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Speedups: as many times slower is as far from 1 as as many times faster.
    Ratio,
    /// Nanoseconds.
    Time,
}

impl Axis {
    fn label(self, value: f64) -> String {
        match self {
            Self::Ratio => format::ratio_tick(value),
            Self::Time => format::time_tick(value),
        }
    }
}

/// A logarithmic scale from values to horizontal pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogScale {
    low: f64,
    high: f64,
    left: i32,
    right: i32,
}

impl LogScale {
    /// The scale that shows all of these values, and at least a factor of two. What isn't a
    /// positive number is ignored.
    pub(super) fn showing(values: impl IntoIterator<Item = f64>) -> Self {
        Self::spanning(values, 2.0)
    }

    /// The same with another least factor.
    pub(super) fn spanning(values: impl IntoIterator<Item = f64>, factor: f64) -> Self {
        let sound = |value: &f64| value.is_finite() && *value > 0.0;
        let (low, high) = values
            .into_iter()
            .filter(sound)
            .map(f64::ln)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let missing = (factor.ln() - (high - low)).max(0.0);
        Self {
            low: low - missing / 2.0,
            high: high + missing / 2.0,
            left: 0,
            right: 1,
        }
    }

    /// The same values between other pixels.
    #[must_use]
    pub(super) fn between(self, left: i32, right: i32) -> Self {
        Self {
            left,
            right: right.max(left + 1),
            ..self
        }
    }

    /// Where a value stands; values beyond the scale stand at its ends.
    pub(super) fn position(&self, value: f64) -> i32 {
        let share = (value.ln() - self.low) / (self.high - self.low);
        let share = if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        };
        self.left + (share * f64::from(self.right - self.left)).round() as i32
    }

    /// Round values within the scale with their labels, which don't touch and stay between two sides:
    /// of every power of ten several, or only it, or only every so many.
    fn ticks(&self, axis: Axis, sides: (i32, i32)) -> Vec<(f64, String)> {
        let first = (self.low / std::f64::consts::LN_10).floor() as i32 - 1;
        let last = (self.high / std::f64::consts::LN_10).ceil() as i32;
        // Far below 1, ratios are labelled by their inverses: those have to be round.
        let by_inverses = axis == Axis::Ratio && self.low < -std::f64::consts::LN_2;
        let within = |steps: &[f64], every: usize| -> Vec<(f64, String)> {
            let round = |power: i32, step: f64| match by_inverses && power < 0 {
                true => 1.0 / (step * 10f64.powi(-power - 1)),
                false => step * 10f64.powi(power),
            };
            let mut ticks: Vec<f64> = (first..=last)
                .filter(|power| match by_inverses && *power < 0 {
                    true => (power + 1).rem_euclid(every as i32) == 0,
                    false => power.rem_euclid(every as i32) == 0,
                })
                .flat_map(|power| steps.iter().map(move |&step| round(power, step)))
                .filter(|tick| (self.low - 1e-9..=self.high + 1e-9).contains(&tick.ln()))
                .collect();
            ticks.sort_by(f64::total_cmp);
            ticks.dedup();
            let labelled = ticks.into_iter().map(|tick| (tick, axis.label(tick)));
            labelled
                .filter(|(tick, label)| {
                    let (left, right) = self.extent(*tick, label);
                    sides.0 <= left && right <= sides.1
                })
                .collect()
        };
        const FINE: &[f64] = &[
            1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0,
        ];
        const MEDIUM: &[f64] = &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0];
        let fine: &[&[f64]] = match by_inverses {
            true => &[&[1.0, 2.0, 5.0], &[1.0, 3.0]],
            false => &[FINE, MEDIUM, &[1.0, 2.0, 5.0], &[1.0, 3.0]],
        };
        let candidates = fine.iter().map(|steps| within(steps, 1));
        let decades = (1..=700).map(|every| within(&[1.0], every));
        candidates
            .chain(decades)
            .find(|ticks| self.are_apart(ticks))
            .unwrap_or_default()
    }

    /// From where to where a tick's label reaches.
    fn extent(&self, tick: f64, label: &str) -> (i32, i32) {
        let half = text_width(label) / 2;
        let x = self.position(tick);
        (x - half, x + half)
    }

    fn are_apart(&self, ticks: &[(f64, String)]) -> bool {
        const SPACE: i32 = 6;
        ticks.windows(2).all(|pair| {
            let [(_, end), (start, _)] = [&pair[0], &pair[1]].map(|it| self.extent(it.0, &it.1));
            start - end >= SPACE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At any value: tiny, huge, all the same, far on both sides of 1.
    #[test]
    fn scales_show_everything_and_label_without_overlap() {
        let ends = [
            1e-300, 1e-9, 0.0102, 0.05, 0.49, 0.5, 0.97, 1.0, 1.003, 2.2, 7.0, 90.0, 4e7, 1e300,
        ];
        for low in ends {
            for high in ends.into_iter().filter(|&high| high >= low) {
                for (axis, width) in [Axis::Ratio, Axis::Time]
                    .into_iter()
                    .flat_map(|axis| [60, 120, 200, 600].map(|width| (axis, width)))
                {
                    let scale = LogScale::showing([low, high, 1.0]).between(100, 100 + width);
                    assert!(scale.position(low) >= 100 && scale.position(high) <= 100 + width);
                    let sides = (80, 120 + width);
                    let ticks = scale.ticks(axis, sides);
                    let which = format!("{axis:?} {low} to {high} on {width}: {ticks:?}");
                    assert!(scale.are_apart(&ticks), "{which}");
                    assert!(!ticks.is_empty(), "{which}");
                    for (tick, label) in &ticks {
                        let (left, right) = scale.extent(*tick, label);
                        assert!(sides.0 <= left && right <= sides.1, "{which}");
                    }
                }
            }
        }
    }

    #[test]
    fn ratios_far_below_one_are_labelled_by_their_inverses() {
        let labels = |low, high| {
            let scale = LogScale::showing([low, high]).between(0, 800);
            let ticks = scale.ticks(Axis::Ratio, (-50, 850)).into_iter();
            ticks.map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(
            labels(0.01, 12.0),
            [
                "1/100×", "1/50×", "1/20×", "1/10×", "1/5×", "1/2×", "1×", "2×", "5×", "10×"
            ]
        );
        assert_eq!(
            labels(0.7, 1.4),
            ["0.7×", "0.8×", "0.9×", "1×", "1.2×", "1.4×"]
        );
    }

    #[test]
    fn odd_values_do_not_break_a_scale() {
        let scale = LogScale::showing([f64::NAN, 0.0, -1.0, f64::INFINITY]).between(0, 100);
        assert_eq!(scale.position(1.0), 50);
        assert_eq!(scale.position(f64::NAN), 0);
        assert_eq!(scale.position(f64::INFINITY), 100);
    }

    #[test]
    fn no_two_roles_share_a_colour() {
        let mut colors: Vec<_> = Ink::ALL.iter().map(|ink| ink.light_and_dark().0).collect();
        colors.sort_unstable();
        colors.dedup();
        assert_eq!(colors.len(), Ink::ALL.len());
    }
}
