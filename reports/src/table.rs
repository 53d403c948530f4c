//! Tables of typed cells. They are rendered in [`crate::markdown`] and [`crate::terminal`]; what the
//! tables say is made in [`crate::tables`].

use crate::claims::Figure;
use crate::format::{self, Detail};
use crate::stats::{Estimate, Verdict};
use crate::three_way::{CountChange, Seen};
use crate::verdicts::Judgement;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A time, in nanoseconds.
    Time(Estimate),
    /// A time without an interval, in nanoseconds.
    PlainTime(f64),
    /// A difference of times, in nanoseconds.
    TimeDifference(f64),
    /// A speedup, written as a ratio, or in per cent where it is close to 1.
    Ratio(Estimate),
    /// A speedup, written as a step: in per cent, or as a ratio if it is large.
    Step(Estimate),
    /// A speedup close to 1, written as a change in percent with more digits.
    SmallChange(Estimate),
    /// New cost / old cost, written as a change in percent.
    Change(Estimate),
    /// A step, and what may be said of it.
    JudgedStep(Estimate, Judgement),
    /// What may be said of a speedup, alone.
    Judgement(Judgement),
    /// A verdict on counts and time together.
    Seen(Seen),
    /// A whole number.
    Count(u64),
    /// The change of a whole number, in percent.
    CountChange(CountChange),
    /// A number of no unit.
    Number(f64),
    /// A published figure, as its source rounds it.
    Published(&'static Figure),
    /// A ratio without an interval, to two decimals: the reference's own 1.
    PlainRatio(f64),
    /// There is no such figure.
    Absent,
    /// The cell failed.
    Failed,
}

impl Value {
    /// The value of an option, or its absence.
    pub fn or_absent<T>(figure: Option<T>, value: impl FnOnce(T) -> Self) -> Self {
        figure.map_or(Self::Absent, value)
    }

    /// The value as text.
    pub fn render(&self, detail: Detail) -> String {
        match self {
            Self::Text(text) => format::printable(text),
            Self::Time(it) => format::estimate(it, detail, format::time),
            Self::PlainTime(nanoseconds) => format::time(*nanoseconds),
            Self::TimeDifference(nanoseconds) => format::signed_time(*nanoseconds),
            Self::Ratio(it) => format::speedup(it, detail),
            Self::Step(it) => format::step(it, detail),
            Self::SmallChange(it) => format::small_change(it, detail),
            Self::Change(it) => format::change(it, detail),
            Self::JudgedStep(it, judgement) => {
                let step = format::step(it, detail);
                match (detail, judgement.verdict()) {
                    (Detail::Full, _) => format!("{step} {judgement}"),
                    (Detail::Stacked, _) => format!("{step}\n{judgement}"),
                    (Detail::Brief, Verdict::Same) => format!("{step} ≈"),
                    (Detail::Brief, Verdict::CantTell) => format!("{step} ?"),
                    (Detail::Brief, Verdict::Faster | Verdict::Slower) => step,
                }
            }
            Self::Judgement(judgement) => match (detail, judgement) {
                (Detail::Brief, Judgement::Told(Verdict::Same)) => "same".to_owned(),
                (Detail::Brief, Judgement::Told(Verdict::CantTell)) => "?".to_owned(),
                _ => judgement.to_string(),
            },
            Self::Seen(seen) => seen.to_string(),
            Self::Count(count) => format::count(*count),
            // An exact nothing is told from what merely rounds to it.
            Self::CountChange(CountChange { old, new }) if old == new => "0 %".to_owned(),
            Self::CountChange(change) => match change.ratio() {
                Some(ratio) => format::small_change(&format::exactly(ratio), detail),
                None => "from 0".to_owned(),
            },
            Self::Number(number) => format::significant(*number),
            Self::Published(figure) => figure.to_string(),
            Self::PlainRatio(figure) => format!("{figure:.2}×"),
            Self::Absent => "—".to_owned(),
            Self::Failed => "failed".to_owned(),
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// Whether its cells are words, which stand on the left; figures stand on the right.
    pub words: bool,
    /// Whether a narrow terminal may do without it.
    pub optional: bool,
    /// Whether a narrow terminal may break its cells between words.
    pub wrapped: bool,
}

impl Column {
    /// A column of words.
    pub fn words(heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            words: true,
            optional: false,
            wrapped: false,
        }
    }

    /// A column of figures.
    pub fn figures(heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            words: false,
            optional: false,
            wrapped: false,
        }
    }

    /// The same column, left out where there is no room for it.
    #[must_use]
    pub fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    /// The same column, its cells on several lines where they don't fit on one.
    #[must_use]
    pub fn wrapped(self) -> Self {
        Self {
            wrapped: true,
            ..self
        }
    }
}

/// A table: each row has one value per column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it shows, as a heading.
    pub title: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// What must be known of single figures, below the table.
    pub notes: Vec<String>,
}
