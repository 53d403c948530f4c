//! Counts against a baseline: what changed, and whether the gate lets it pass. Pure: it counts,
//! reads and prints nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use reports::counts::{HostCell, PortableCell};
use reports::schema::Measure;
use serde::Serialize;

use crate::explanation::{self, Difference};

/// A layer of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// What engines count of themselves; exactly equal on every platform.
    Counts,
    /// Machine instructions, which a tolerance belongs to.
    Host,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Dispatched instructions.
    Dispatches,
    /// Evaluated nodes, in an engine without instructions.
    Nodes,
    /// Calls of Monkey functions.
    Calls,
    /// Heap objects made.
    Allocations,
    /// Bytes of code.
    CodeBytes,
    /// Machine instructions of a phase.
    Instructions(Measure),
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dispatches => f.write_str("dispatches"),
            Self::Nodes => f.write_str("nodes"),
            Self::Calls => f.write_str("calls"),
            Self::Allocations => f.write_str("allocations"),
            Self::CodeBytes => f.write_str("code bytes"),
            Self::Instructions(bench) => write!(f, "{bench} instructions"),
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a count's difference from its baseline means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Equal, or within the tolerance.
    Same,
    /// Less than the baseline says.
    Improved,
    /// The same number of dispatches, of other opcodes.
    Changed,
    /// More than the baseline says.
    Regressed,
    /// The baseline doesn't have it.
    New,
    /// The baseline has it, and nothing was counted.
    Gone,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "same",
            Self::Improved => "improved",
            Self::Changed => "changed",
            Self::Regressed => "regressed",
            Self::New => "new",
            Self::Gone => "gone",
        })
    }
}

/// A count beside its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What was counted.
    pub quantity: Quantity,
    /// The variant's name.
    pub variant: String,
    /// The workload's name.
    pub workload: String,
    /// The baseline; none if it doesn't have it.
    pub old: Option<u64>,
    /// The count; none if it wasn't counted.
    pub new: Option<u64>,
    /// What the difference means.
    pub verdict: Verdict,
    /// The opcodes or functions that may be the reason, the largest difference first.
    pub causes: Vec<Difference>,
}

impl Row {
    /// By how many per cent the new count is larger; none if there is no such ratio.
    pub fn percent(&self) -> Option<f64> {
        let (old, new) = (self.old? as f64, self.new? as f64);
        (old > 0.0).then(|| (new / old - 1.0) * 100.0)
    }
}

/// A layer's counts beside their baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The layer.
    pub layer: Layer,
    /// All counts, in the order in which they were counted, then what is gone.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// The counts that aren't what the baseline says.
    pub fn changes(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.verdict != Verdict::Same)
    }

    /// Whether the gate lets the layer pass. Host counts may improve without being recorded; the
    /// portable ones must be equal, since whatever changes them was meant to.
    pub fn passes(&self) -> bool {
        self.changes().all(|row| match self.layer {
            Layer::Counts => false,
            Layer::Host => row.verdict == Verdict::Improved,
        })
    }
}

/// Compares the portable layer.
pub fn portable(old: &[PortableCell], new: &[PortableCell]) -> Comparison {
    let rows = paired(old, new, |cell| (&cell.variant, &cell.workload));
    Comparison {
        layer: Layer::Counts,
        rows: rows
            .flat_map(|(old, new)| portable_rows(old, new))
            .collect(),
    }
}

/// The rows of a cell of the portable layer. One that is new or gone has a single row.
fn portable_rows(old: Option<&PortableCell>, new: Option<&PortableCell>) -> Vec<Row> {
    let Some(cell) = new.or(old) else {
        return Vec::new();
    };
    let (before, after) = (old.map(quantities), new.map(quantities));
    let row = |quantity, old, new, verdict| Row {
        quantity,
        variant: cell.variant.clone(),
        workload: cell.workload.clone(),
        old,
        new,
        verdict,
        causes: Vec::new(),
    };
    let (Some(before), Some(after)) = (before, after) else {
        let (quantity, count) = quantities(cell)[0];
        return vec![match new {
            Some(_) => row(quantity, None, Some(count), Verdict::New),
            None => row(quantity, Some(count), None, Verdict::Gone),
        }];
    };
    let mut rows: Vec<Row> = after
        .iter()
        .map(|&(quantity, count)| {
            let old = before.iter().find(|(other, _)| *other == quantity);
            let old = old.map(|&(_, count)| count);
            let verdict = old.map_or(Verdict::New, |old| exact(old, count));
            row(quantity, old, Some(count), verdict)
        })
        .chain(
            before
                .iter()
                .filter(|(quantity, _)| !after.iter().any(|(other, _)| other == quantity))
                .map(|&(quantity, count)| row(quantity, Some(count), None, Verdict::Gone)),
        )
        .collect();
    let opcodes = |cell: Option<&PortableCell>| cell.map(|cell| cell.opcodes.clone());
    let (old, new) = (opcodes(old), opcodes(new));
    if old != new {
        let first = &mut rows[0];
        first.causes = explanation::differences(
            &old.unwrap_or_default(),
            &new.unwrap_or_default(),
            explanation::Missing::Zero,
        );
        if first.verdict == Verdict::Same {
            first.verdict = Verdict::Changed;
        }
    }
    rows
}

/// What a cell of the portable layer counts: the dispatches first.
fn quantities(cell: &PortableCell) -> Vec<(Quantity, u64)> {
    let counts = &cell.counts;
    let first = match counts.dispatched {
        Some(dispatched) => (Quantity::Dispatches, dispatched),
        None => (Quantity::Nodes, cell.opcodes.values().sum()),
    };
    let others = [
        (Quantity::Calls, counts.calls),
        (Quantity::Allocations, counts.allocations),
        (Quantity::CodeBytes, counts.code_bytes),
    ];
    let others = others.into_iter();
    std::iter::once(first)
        .chain(others.filter_map(|(quantity, count)| Some((quantity, count?))))
        .collect()
}

fn exact(old: u64, new: u64) -> Verdict {
    match new.cmp(&old) {
        std::cmp::Ordering::Less => Verdict::Improved,
        std::cmp::Ordering::Equal => Verdict::Same,
        std::cmp::Ordering::Greater => Verdict::Regressed,
    }
}

/// Compares the host layer; `tolerance` is by how many per cent a variant may differ.
pub fn host(old: &[HostCell], new: &[HostCell], tolerance: impl Fn(&str) -> f64) -> Comparison {
    let pairs = paired(old, new, |cell| (cell.bench, &cell.variant, &cell.workload));
    let row = |(old, new): (Option<&HostCell>, Option<&HostCell>)| {
        let cell = new.or(old)?;
        let count = |cell: Option<&HostCell>| cell.map(|cell| cell.instructions);
        let verdict = match (count(old), count(new)) {
            (None, _) => Verdict::New,
            (_, None) => Verdict::Gone,
            (Some(old), Some(new)) => within(old, new, tolerance(&cell.variant)),
        };
        let causes = match (old, new) {
            (Some(old), Some(new)) if verdict != Verdict::Same => explanation::differences(
                &old.functions,
                &new.functions,
                explanation::Missing::Unknown,
            ),
            _ => Vec::new(),
        };
        Some(Row {
            quantity: Quantity::Instructions(cell.bench),
            variant: cell.variant.clone(),
            workload: cell.workload.clone(),
            old: count(old),
            new: count(new),
            verdict,
            causes,
        })
    };
    Comparison {
        layer: Layer::Host,
        rows: pairs.filter_map(row).collect(),
    }
}

fn within(old: u64, new: u64, percent: f64) -> Verdict {
    // In a form that a baseline of 0, which the gate never writes, can't divide by.
    let allowed = old as f64 * percent / 100.0;
    if old.abs_diff(new) as f64 <= allowed {
        Verdict::Same
    } else {
        exact(old, new)
    }
}

/// Every cell with its like, in the order of the new ones, then those that are gone.
fn paired<'c, C, K: Eq + std::hash::Hash>(
    old: &'c [C],
    new: &'c [C],
    key: impl Fn(&'c C) -> K,
) -> impl Iterator<Item = (Option<&'c C>, Option<&'c C>)> {
    let by_key: HashMap<K, usize> = old
        .iter()
        .enumerate()
        .map(|(index, cell)| (key(cell), index))
        .collect();
    let mut gone: BTreeMap<usize, &C> = old.iter().enumerate().collect();
    let mut pairs: Vec<_> = new
        .iter()
        .map(|cell| {
            let like = by_key.get(&key(cell)).and_then(|index| gone.remove(index));
            (like, Some(cell))
        })
        .collect();
    pairs.extend(gone.into_values().map(|cell| (Some(cell), None)));
    pairs.into_iter()
}

#[cfg(test)]
mod tests {
    use reports::schema::Counts;

    use super::*;

    fn cell(variant: &str, dispatched: u64, opcodes: &[(&str, u64)]) -> PortableCell {
        PortableCell {
            variant: variant.to_owned(),
            workload: "w".to_owned(),
            counts: Counts {
                dispatched: Some(dispatched),
                calls: Some(3),
                allocations: Some(4),
                code_bytes: Some(5),
            },
            opcodes: opcodes
                .iter()
                .map(|&(name, count)| (name.to_owned(), count))
                .collect(),
        }
    }

    fn host_cell(bench: Measure, instructions: u64) -> HostCell {
        HostCell {
            bench,
            variant: "stack".to_owned(),
            workload: "w".to_owned(),
            instructions,
            functions: BTreeMap::from([("f".to_owned(), instructions)]),
        }
    }

    fn verdicts(comparison: &Comparison) -> Vec<(String, Verdict)> {
        comparison
            .changes()
            .map(|row| (format!("{} {}", row.variant, row.quantity), row.verdict))
            .collect()
    }

    #[test]
    fn equal_counts_pass() {
        let cells = [cell("a", 7, &[("Add", 7)]), cell("b", 8, &[("Add", 8)])];
        let comparison = portable(&cells, &cells);
        assert_eq!(verdicts(&comparison), []);
        assert_eq!(comparison.rows.len(), 8);
        assert!(comparison.passes());
    }

    #[test]
    fn any_difference_of_portable_counts_fails_and_is_named() {
        let old = [
            cell("more", 7, &[("Add", 7)]),
            cell("less", 7, &[("Add", 7)]),
            cell("mix", 7, &[("Add", 7)]),
            cell("gone", 7, &[("Add", 7)]),
        ];
        let mut less = cell("less", 6, &[("Add", 6)]);
        less.counts.code_bytes = Some(9);
        let new = [
            cell("new", 7, &[("Add", 7)]),
            cell("more", 8, &[("Add", 7), ("Pop", 1)]),
            less,
            cell("mix", 7, &[("Add", 5), ("Sub", 2)]),
        ];
        let comparison = portable(&old, &new);
        let expected = [
            ("new dispatches", Verdict::New),
            ("more dispatches", Verdict::Regressed),
            ("less dispatches", Verdict::Improved),
            ("less code bytes", Verdict::Regressed),
            ("mix dispatches", Verdict::Changed),
            ("gone dispatches", Verdict::Gone),
        ];
        let expected = expected.map(|(what, verdict)| (what.to_owned(), verdict));
        assert_eq!(verdicts(&comparison), expected);
        let causes = |name: &str| {
            let row = comparison.rows.iter().find(|row| row.variant == name);
            let causes = &row.expect("the variant has a row").causes;
            let text = |it: &Difference| format!("{} {:?} {:?}", it.name, it.old, it.new);
            causes.iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(causes("more"), ["Pop Some(0) Some(1)"]);
        assert_eq!(
            causes("mix"),
            ["Add Some(7) Some(5)", "Sub Some(0) Some(2)"]
        );
        for change in comparison.changes() {
            let alone = Comparison {
                layer: Layer::Counts,
                rows: vec![change.clone()],
            };
            assert!(!alone.passes(), "{change:?}");
        }
    }

    #[test]
    fn an_engine_without_instructions_is_compared_by_its_nodes() {
        let mut old = cell("tree", 0, &[("call", 2), ("name", 5)]);
        (old.counts.dispatched, old.counts.code_bytes) = (None, None);
        let mut new = old.clone();
        new.opcodes.insert("call".to_owned(), 3);
        let comparison = portable(&[old], &[new]);
        let nodes = ("tree nodes".to_owned(), Verdict::Regressed);
        assert_eq!(verdicts(&comparison), [nodes]);
        assert_eq!(comparison.rows[0].old, Some(7));
    }

    #[test]
    fn host_counts_have_a_tolerance_in_both_directions() {
        let verdict = |new| {
            let old = [host_cell(Measure::Run, 100_000)];
            let comparison = host(&old, &[host_cell(Measure::Run, new)], |_| 0.1);
            (comparison.rows[0].verdict, comparison.passes())
        };
        assert_eq!(verdict(100_100), (Verdict::Same, true));
        assert_eq!(verdict(100_101), (Verdict::Regressed, false));
        assert_eq!(verdict(99_900), (Verdict::Same, true));
        assert_eq!(verdict(99_899), (Verdict::Improved, true));
    }

    #[test]
    fn the_tolerance_is_that_of_the_variant() {
        let old = [host_cell(Measure::Run, 1000)];
        let new = [host_cell(Measure::Run, 1005)];
        let verdict = |percent| {
            let comparison = host(&old, &new, |variant| {
                assert_eq!(variant, "stack");
                percent
            });
            comparison.rows[0].clone()
        };
        assert_eq!(verdict(0.5).verdict, Verdict::Same);
        assert_eq!(verdict(0.5).causes, []);
        assert_eq!(verdict(0.4).verdict, Verdict::Regressed);
        assert_eq!(verdict(0.4).causes[0].name, "f");
    }

    #[test]
    fn host_cells_that_are_new_or_gone_fail() {
        let run = [host_cell(Measure::Run, 1000)];
        let both = [host_cell(Measure::Run, 1000), host_cell(Measure::Parse, 10)];
        for (old, new, verdict) in [
            (&run[..], &both[..], Verdict::New),
            (&both, &run, Verdict::Gone),
        ] {
            let comparison = host(old, new, |_| 0.1);
            let parse = ("stack parse instructions".to_owned(), verdict);
            assert_eq!(verdicts(&comparison), [parse]);
            assert!(!comparison.passes());
        }
    }
}
