//! The ledger of claims as it stands in its files. A file's types become validated ones here and nowhere
//! else: whoever holds a [`Ledger`] needn't doubt a source or a figure in it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::Deserialize;

use crate::format;

/// Sources and claims.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    sources: Vec<Source>,
    claims: Vec<Claim>,
}

/// Who published claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What claims call it.
    pub id: String,
    /// Why it is here.
    pub kind: SourceKind,
    /// Its title.
    pub title: String,
    /// Its author, or who answers for it.
    pub author: String,
    /// When it was published, where it says so: `2026-03-22`.
    pub date: Option<String>,
    /// Where it can be read.
    pub address: String,
    /// On what it measured, where it says so.
    pub on: Option<String>,
}

/// Why a source is in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A document that the project was built to test.
    Source,
    /// Another one on the same questions.
    Later,
}

/// Something that a source says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// `TOPIC/NAME`.
    pub id: String,
    /// The source's id.
    pub source: String,
    /// What the source says, in a line.
    pub says: String,
    /// What a measurement of it would be here.
    pub measure: String,
    /// The workload that the figures are of; `None`: no one program.
    pub workload: Option<String>,
    /// Its size; `None`: the workload has none, or the figures are of any.
    pub size: Option<u64>,
    /// The figures; none where the source gives none.
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// What tests it; `None`: nothing yet.
    pub tested: Option<TestedBy>,
}

/// The experiment that tests a claim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestedBy {
    /// Its name.
    pub experiment: String,
    /// The rows that say it: variants, as the experiment spells them.
    pub rows: Vec<String>,
}

/// A published figure.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, try_from = "WireFigure")]
pub struct Figure {
    /// What it is a figure of.
    pub quantity: Quantity,
    /// The variant here that is built as what was measured there; `None`: there is none.
    pub stage: Option<String>,
    /// The variant that it is compared with; `None`: it stands for itself.
    pub reference: Option<String>,
    /// The figure.
    pub published: Published,
    /// Its unit.
    pub unit: Unit,
}

/// A figure, as its source rounds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Published {
    /// One number.
    Value(f64),
    /// From one number to another.
    Range(f64, f64),
}

/// What a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Quantity {
    /// The time of a run. As a ratio, how many times as fast the stage is; in percent, how much
    /// more is done in the same time.
    #[serde(rename = "time")]
    Time,
    /// The time of a run from which on the stage gains.
    #[serde(rename = "break-even time")]
    BreakEvenTime,
    /// The time per dispatched instruction.
    #[serde(rename = "time per dispatched instruction")]
    TimePerDispatched,
    /// What part of the time dispatch takes.
    #[serde(rename = "dispatch's share of time")]
    DispatchShare,
    /// What an interpreter takes besides the work itself.
    #[serde(rename = "interpreter overhead")]
    Overhead,
    /// Calls of functions.
    #[serde(rename = "calls")]
    Calls,
    /// Dispatched instructions.
    #[serde(rename = "dispatched")]
    Dispatched,
    /// Dispatched instructions per call.
    #[serde(rename = "dispatched per call")]
    DispatchedPerCall,
    /// The size of a value.
    #[serde(rename = "size of a value")]
    ValueSize,
    /// The size of an opcode.
    #[serde(rename = "size of an opcode")]
    OpcodeSize,
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Times the reference.
    Ratio,
    /// Percent: a change from the reference, or a share.
    Percent,
    /// A number of things.
    Count,
    /// Cycles of the processor.
    Cycles,
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Milliseconds,
}

/// Why a ledger can't be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A file doesn't follow the format.
    #[error("{file}: {source}")]
    Malformed {
        /// The file's name.
        file: String,
        /// What was found, and where.
        source: Box<toml::de::Error>,
    },
    /// A claim contradicts the rest.
    #[error("claim {id}: {problem}")]
    Claim {
        /// Its id.
        id: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSource {
    kind: SourceKind,
    title: String,
    author: String,
    date: Option<String>,
    address: String,
    on: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireClaims {
    claim: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFigure {
    quantity: Quantity,
    stage: Option<String>,
    reference: Option<String>,
    value: Option<f64>,
    range: Option<[f64; 2]>,
    unit: Unit,
}

impl TryFrom<WireFigure> for Figure {
    type Error = &'static str;

    fn try_from(wire: WireFigure) -> Result<Self, Self::Error> {
        let published = match (wire.value, wire.range) {
            (Some(value), None) => Published::Value(value),
            (None, Some([low, high])) => Published::Range(low, high),
            _ => return Err("a figure has either `value` or `range`"),
        };
        Ok(Self {
            quantity: wire.quantity,
            stage: wire.stage,
            reference: wire.reference,
            published,
            unit: wire.unit,
        })
    }
}

impl Published {
    /// The number, or the higher end of the range.
    pub fn high(self) -> f64 {
        match self {
            Self::Value(high) | Self::Range(_, high) => high,
        }
    }

    fn is_sound(self) -> bool {
        match self {
            Self::Value(value) => value.is_finite(),
            Self::Range(low, high) => low.is_finite() && high.is_finite() && low < high,
        }
    }
}

/// As tables have it: `2.19×`, `+5 %`, `165.66 ms`, `+15 % to +25 %`.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_change = self.reference.is_some() && self.unit == Unit::Percent;
        let figure = |number: f64| match self.unit {
            Unit::Ratio => format::published_speedup(number),
            Unit::Percent if is_change => format::signed_percent(number, 0),
            Unit::Percent => format!("{number} %"),
            Unit::Count if number.fract() == 0.0 && number >= 0.0 => format::count(number as u64),
            Unit::Count => number.to_string(),
            Unit::Cycles => format!("{number} cycles"),
            Unit::Bytes => format!("{number} bytes"),
            Unit::Milliseconds => format!("{number} ms"),
        };
        match self.published {
            Published::Value(value) => f.write_str(&figure(value)),
            Published::Range(low, high) => write!(f, "{} to {}", figure(low), figure(high)),
        }
    }
}

/// As a reader can find it: title, author, date and address.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”, {}", self.title, self.author)?;
        if let Some(date) = &self.date {
            write!(f, ", {date}")?;
        }
        write!(f, ", {}", self.address)?;
        match &self.on {
            Some(on) => write!(f, " ({on})"),
            None => Ok(()),
        }
    }
}

impl Claim {
    /// What stands before the first `/` of its id.
    pub fn topic(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// What is wrong with it by itself.
    fn problem(&self) -> Option<&'static str> {
        let sound = |figure: &Figure| figure.published.is_sound();
        let lone = |figure: &Figure| figure.reference.is_some() && figure.stage.is_none();
        if !self.id.contains('/') {
            Some("its id is not TOPIC/NAME")
        } else if !self.figures.iter().all(sound) {
            Some("a figure is not finite, or its range not in order")
        } else if self.figures.iter().any(lone) {
            Some("a figure has a reference and no stage")
        } else if self.size.is_some() && self.workload.is_none() {
            Some("it has a size and no workload")
        } else if self.tested.as_ref().is_some_and(|it| it.rows.is_empty()) {
            Some("it is tested by no row")
        } else {
            None
        }
    }
}

impl Ledger {
    /// Reads the file of sources and the files of claims, each with its name.
    ///
    /// # Errors
    /// [`LedgerError`] with the first file or claim that is wrong.
    pub fn parse(sources: &str, files: &[(&str, &str)]) -> Result<Self, LedgerError> {
        let malformed = |file: &str, source| LedgerError::Malformed {
            file: file.to_owned(),
            source: Box::new(source),
        };
        let sources: BTreeMap<String, WireSource> =
            toml::from_str(sources).map_err(|error| malformed("sources.toml", error))?;
        let sources = sources.into_iter().map(|(id, wire)| Source {
            id,
            kind: wire.kind,
            title: wire.title,
            author: wire.author,
            date: wire.date,
            address: wire.address,
            on: wire.on,
        });
        let mut ledger = Self {
            sources: sources.collect(),
            claims: Vec::new(),
        };
        for (file, text) in files {
            let wire: WireClaims = toml::from_str(text).map_err(|error| malformed(file, error))?;
            ledger.claims.extend(wire.claim);
        }
        ledger.check()?;
        Ok(ledger)
    }

    fn check(&self) -> Result<(), LedgerError> {
        let mut seen = HashSet::new();
        for claim in &self.claims {
            let problem = if !seen.insert(&claim.id) {
                Some("it is there twice")
            } else if self.sources.iter().all(|it| it.id != claim.source) {
                Some("its source is not in sources.toml")
            } else {
                claim.problem()
            };
            if let Some(problem) = problem {
                let id = claim.id.clone();
                return Err(LedgerError::Claim { id, problem });
            }
        }
        Ok(())
    }

    /// The sources, by id.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The claims, in the order of their files.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The source of one of its claims.
    ///
    /// # Panics
    /// If the claim is of another ledger.
    pub fn source(&self, claim: &Claim) -> &Source {
        let mut sources = self.sources.iter();
        sources
            .find(|it| it.id == claim.source)
            .expect("a ledger's claims have sources of the ledger")
    }

    /// Every figure, with its claim.
    pub fn figures(&self) -> impl Iterator<Item = (&Claim, &Figure)> {
        let of = |claim| move |figure| (claim, figure);
        let claims = self.claims.iter();
        claims.flat_map(move |claim: &Claim| claim.figures.iter().map(of(claim)))
    }
}
