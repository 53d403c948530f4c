//! The sentences of a report: each is computed, and says no more than the intervals allow.
//!
//! Plain text: what renders it escapes what would be markup.

mod conditions;
mod counts;
mod finding;
mod phases;

pub(crate) use conditions::{
    control, disturbance, layouts, machine, run, smallest_effect, tool, verdicts,
};
pub(crate) use counts::{host_counts, machine_code};
pub(crate) use finding::{headline, suites};
pub(crate) use phases::phase_remarks;

use crate::format::{self, Detail};
use crate::schema::{Cell, ExperimentKind, NotOffered, Results, Variant, VariantId, Workload};
use crate::stats::{Estimate, Verdict};
use crate::verdicts::Judgement;

/// What each variant of a comparison is, for tables in which it has a shorter name.
pub(crate) fn variants(results: &Results) -> Vec<String> {
    let is_renamed = |id: &VariantId| results.short_name(*id) != results.variant(*id).name;
    let what = |id| {
        let Variant { name, summary, .. } = results.variant(id);
        format!("{}: {name}, {summary}", results.short_name(id))
    };
    results.variant_ids().filter(is_renamed).map(what).collect()
}

/// The variants that couldn't take part, each with its reason.
pub(crate) fn not_offered(results: &Results) -> Vec<String> {
    let what = |NotOffered { name, label, why }: &NotOffered| {
        let known_as = if label == name {
            String::new()
        } else {
            format!("{label}: ")
        };
        format!("{known_as}{name}: {why}")
    };
    results.not_offered.iter().map(what).collect()
}

/// The programs that are none of the tool's own, with their files, and the reasons that are given.
pub(crate) fn own_programs(results: &Results) -> Vec<String> {
    let own = |workload: &Workload| {
        let file = workload.file.as_ref()?;
        let is_told = workload.why.contains(file.as_str());
        let why = match is_told {
            true => workload.why.clone(),
            false => format!("{}; yours: {file}", workload.why),
        };
        Some(format!("{}: {why}", workload.title))
    };
    results.workloads.iter().filter_map(own).collect()
}

/// The cells that were given up, each with its reason.
pub(crate) fn failures(results: &Results) -> Vec<String> {
    let failure = |cell: &Cell| {
        let failure = cell.failure.as_ref()?;
        Some(format!(
            "{} on {}: {}: {}",
            results.variant(cell.variant).name,
            results.workload(cell.workload).title,
            failure.phase,
            failure.reason,
        ))
    };
    results.cells.iter().filter_map(failure).collect()
}

/// A variant in a sentence, called as its row in the tables is: “+ superinstructions”, the unoptimized
/// VM; in a comparison plainly by its label.
fn name(results: &Results, variant: VariantId) -> String {
    let label = &results.variant(variant).label;
    let mut letters = label.chars();
    let first = letters.next().filter(|first| first.is_alphabetic());
    match (first, results.experiment.kind) {
        (None, _) => format!("“{label}”"),
        (Some(_), ExperimentKind::Comparison | ExperimentKind::Builds) => label.clone(),
        (Some(first), ExperimentKind::Progression) => {
            let is_word = letters.clone().next().is_some_and(char::is_lowercase);
            let first = if is_word {
                first.to_ascii_lowercase()
            } else {
                first
            };
            format!("the {first}{}", letters.as_str())
        }
    }
}

/// How fast something is beside another, as far as the verdict goes: “is 4.76× [4.74, 4.77] as fast as
/// the tree-walker”.
fn beside(speedup: &Estimate, judgement: Option<Judgement>, other: &str) -> String {
    let size = format::speedup(speedup, Detail::Full);
    if let Some((size, compared, than)) = factor(&size) {
        return format!("is {size} {compared} {than} {other}");
    }
    match judgement.map_or(Verdict::CantTell, Judgement::verdict) {
        Verdict::Faster => format!("is faster than {other}, by {size}"),
        Verdict::Slower => format!("is slower than {other}, by {size}"),
        Verdict::Same => format!("is as fast as {other} to within 1 %, {size}"),
        Verdict::CantTell => format!("can't be told from {other}, at {size}"),
    }
}

/// A factor with its interval, and the words that belong behind it; none for a size in per cent.
fn factor(size: &str) -> Option<(String, &'static str, &'static str)> {
    if let Some((factor, interval)) = size.split_once("× slower") {
        Some((format!("{factor}×{interval}"), "slower", "than"))
    } else {
        size.contains('×')
            .then(|| (size.to_owned(), "as fast", "as"))
    }
}
