//! The sentences of a report: each is computed, and says no more than the intervals allow.
//!
//! Plain text: what renders it escapes what would be markup.

mod conditions;
mod counts;
mod finding;
mod phases;

pub(crate) use conditions::{control, disturbance, machine, run, smallest_effect, tool};
pub(crate) use counts::{host_counts, machine_code};
pub(crate) use finding::{headline, suites};
pub(crate) use phases::phase_remarks;

use crate::format::{self, Detail};
use crate::schema::{Cell, NotOffered, Results, Variant, VariantId};
use crate::stats::Estimate;

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

/// A median with its interval.
fn with_interval(estimate: &Estimate, write: impl Fn(f64) -> String) -> String {
    format::estimate(estimate, Detail::Full, write)
}

/// A variant in a sentence: "the unoptimized VM". Labels such as "+ superinstructions" name a
/// step, not a variant.
fn name(results: &Results, variant: VariantId) -> String {
    let variant = results.variant(variant);
    let mut letters = variant.label.chars();
    match letters.next() {
        Some(first) if first.is_alphabetic() => {
            let second_is_capital = letters.clone().next().is_some_and(char::is_uppercase);
            let first = if second_is_capital {
                first
            } else {
                first.to_ascii_lowercase()
            };
            format!("the {first}{}", letters.as_str())
        }
        _ => variant.name.clone(),
    }
}

fn reference_name(results: &Results) -> String {
    name(results, results.reference())
}
