//! What others published, figure by figure, from `claims/*.toml`; and which of it was published of a
//! row of a results file, and so may stand beside it.
//!
//! Nothing is ever measured, converted or rounded here: a figure is shown as its source gives it, beside
//! exactly the workload, size, engine and reference that it was published for, or not at all.

mod ledger;

use std::sync::LazyLock;

pub use ledger::{
    Claim, Figure, Ledger, LedgerError, Published, Quantity, Source, SourceKind, Unit,
};

use crate::schema::{Results, VariantId, WorkloadId};

/// The topic of the claims that are rows of the published progression.
const PROGRESSION: &str = "progression";

/// The topic of the claims that are rows of the published table of workloads.
const BASELINE: &str = "baseline";

/// The topic of the claims on exact counts.
const COUNTS: &str = "counts";

/// The files of claims, in the order of the ledger.
const FILES: [(&str, &str); 6] = [
    (
        "progression.toml",
        include_str!("../claims/progression.toml"),
    ),
    ("baseline.toml", include_str!("../claims/baseline.toml")),
    ("counts.toml", include_str!("../claims/counts.toml")),
    ("dispatch.toml", include_str!("../claims/dispatch.toml")),
    ("values.toml", include_str!("../claims/values.toml")),
    ("scale.toml", include_str!("../claims/scale.toml")),
];

/// The project's ledger.
///
/// # Panics
/// If its files are wrong, which the tests exclude.
pub fn ledger() -> &'static Ledger {
    static LEDGER: LazyLock<Ledger> = LazyLock::new(|| {
        Ledger::parse(include_str!("../claims/sources.toml"), &FILES)
            .unwrap_or_else(|error| panic!("the ledger of claims: {error}"))
    });
    &LEDGER
}

/// A published figure beside a row of results, and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// The figure.
    pub figure: &'static Figure,
    /// The claim that it belongs to.
    pub claim: &'static Claim,
}

impl Match {
    /// Who published it.
    pub fn source(&self) -> &'static Source {
        ledger().source(self.claim)
    }
}

/// The published progression: the time of a stage.
pub fn stage_time(results: &Results, workload: WorkloadId, variant: VariantId) -> Option<Match> {
    time(results, PROGRESSION, workload, variant)
}

/// The published progression: how many times as fast as a reference a stage is.
pub fn stage_speedup(
    results: &Results,
    workload: WorkloadId,
    from: VariantId,
    to: VariantId,
) -> Option<Match> {
    compared(results, PROGRESSION, workload, (from, to), Unit::Ratio)
}

/// The published progression: what a stage gains over another, in percent.
pub fn stage_gain(
    results: &Results,
    workload: WorkloadId,
    from: VariantId,
    to: VariantId,
) -> Option<Match> {
    compared(results, PROGRESSION, workload, (from, to), Unit::Percent)
}

/// The published progression: every gain between two of the variants, whichever rows they are, with the
/// variant that it is a gain over and the one that has it.
pub fn stage_gains(results: &Results, workload: WorkloadId) -> Vec<(VariantId, VariantId, Match)> {
    let pairs = results
        .variant_ids()
        .flat_map(|from| results.variant_ids().map(move |to| (from, to)));
    pairs
        .filter_map(|(from, to)| Some((from, to, stage_gain(results, workload, from, to)?)))
        .collect()
}

/// The two variants that the published table of workloads compares, evaluator and virtual machine, if both
/// were measured.
pub fn baseline_pair(results: &Results) -> Option<(VariantId, VariantId)> {
    let (_, figure) = ledger().figures().find(|(claim, figure)| {
        claim.topic() == BASELINE && figure.unit == Unit::Ratio && figure.reference.is_some()
    })?;
    Some((
        results.variant_named(figure.reference.as_deref()?)?,
        results.variant_named(figure.stage.as_deref()?)?,
    ))
}

/// The published table of workloads: a variant's time.
pub fn baseline_time(results: &Results, workload: WorkloadId, variant: VariantId) -> Option<Match> {
    time(results, BASELINE, workload, variant)
}

/// The published table of workloads: how many times as fast the virtual machine is.
pub fn baseline_speedup(results: &Results, workload: WorkloadId) -> Option<Match> {
    let pair = baseline_pair(results)?;
    compared(results, BASELINE, workload, pair, Unit::Ratio)
}

/// A published figure on exact counts, and the rows that it is of.
#[derive(Debug, Clone, Copy)]
pub struct CountMatch {
    /// The figure.
    pub found: Match,
    /// The variant that it is of; `None`: it is of the program, whatever runs it.
    pub of: Option<VariantId>,
    /// The variant that this is compared with.
    pub over: Option<VariantId>,
}

/// What was published on the counts of a workload, of variants that are there. Calls are those of the
/// program; whatever else names no stage was counted of another language's machine.
pub fn counts(results: &Results, workload: WorkloadId) -> Vec<CountMatch> {
    let workload = results.workload(workload);
    let is_named = |claim: &Claim| claim.workload.as_deref() == Some(&workload.name);
    // A count per call is published of a program whatever its size; it stands beside the size that
    // the other figures are of.
    let is_documented = workload.file.is_none()
        && ledger().claims().iter().any(|claim| {
            claim.topic() == BASELINE && is_named(claim) && claim.size == workload.size
        });
    let is_of_it = |claim: &Claim| {
        let is_its_size = claim.size.is_none() || claim.size == workload.size;
        is_documented && claim.topic() == COUNTS && is_named(claim) && is_its_size
    };
    // None of them, or the one that is there.
    let named = |name: &Option<String>| match name {
        None => Some(None),
        Some(name) => results.variant_named(name).map(Some),
    };
    let found = |(claim, figure): (&'static Claim, &'static Figure)| {
        let is_known = figure.stage.is_some() || figure.quantity == Quantity::Calls;
        Some(CountMatch {
            found: (is_known && is_of_it(claim)).then_some(Match { figure, claim })?,
            of: named(&figure.stage)?,
            over: named(&figure.reference)?,
        })
    };
    ledger().figures().filter_map(found).collect()
}

/// The sources of all figures that stand beside those of a workload, each once.
pub fn sources_of(results: &Results, workload: WorkloadId) -> Vec<&'static Source> {
    let reference = results.reference();
    // A figure of the reference stands beside those of others, never alone.
    let others = results
        .variant_ids()
        .filter(|&variant| variant != reference);
    let stages = others.flat_map(|variant| {
        [
            stage_time(results, workload, variant),
            stage_speedup(results, workload, reference, variant),
        ]
    });
    let gains = stage_gains(results, workload).into_iter();
    let all = stages
        .flatten()
        .chain(gains.map(|(_, _, found)| found))
        .chain(baseline_speedup(results, workload));
    each_once(all.map(|found| found.source()))
}

/// The sources of all figures that stand beside these results, each once.
pub fn shown_sources(results: &Results) -> Vec<&'static Source> {
    let workloads = results.workload_ids();
    each_once(workloads.flat_map(|workload| sources_of(results, workload)))
}

pub(crate) fn each_once(all: impl Iterator<Item = &'static Source>) -> Vec<&'static Source> {
    let mut sources = Vec::new();
    for source in all {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

fn time(results: &Results, topic: &str, workload: WorkloadId, variant: VariantId) -> Option<Match> {
    find(results, topic, workload, |figure| {
        figure.unit == Unit::Milliseconds
            && figure.reference.is_none()
            && figure.stage.as_deref() == Some(&results.variant(variant).name)
    })
}

fn compared(
    results: &Results,
    topic: &str,
    workload: WorkloadId,
    (from, to): (VariantId, VariantId),
    unit: Unit,
) -> Option<Match> {
    find(results, topic, workload, |figure| {
        figure.unit == unit
            && figure.reference.as_deref() == Some(&results.variant(from).name)
            && figure.stage.as_deref() == Some(&results.variant(to).name)
    })
}

/// The first figure on times of this topic that was published for the workload, its size included.
fn find(
    results: &Results,
    topic: &str,
    workload: WorkloadId,
    wanted: impl Fn(&Figure) -> bool,
) -> Option<Match> {
    let workload = results.workload(workload);
    if workload.file.is_some() {
        // A program of the user's own, whatever its name.
        return None;
    }
    let (claim, figure) = ledger().figures().find(|(claim, figure)| {
        claim.topic() == topic
            && claim.workload.as_deref() == Some(&workload.name)
            && claim.size == workload.size
            && figure.quantity == Quantity::Time
            && wanted(figure)
    })?;
    Some(Match { figure, claim })
}
