//! What may be the reason of a changed count: the opcodes whose dispatches, or the functions whose
//! instructions changed most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// A part of a count that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The opcode or function.
    pub name: String,
    /// Its part in the baseline; none if the baseline leaves such small ones out.
    pub old: Option<u64>,
    /// Its part now; none if it is so small that it is left out.
    pub new: Option<u64>,
}

impl Difference {
    /// By how much it grew. What was left out counts as nothing.
    pub fn growth(&self) -> i128 {
        i128::from(self.new.unwrap_or(0)) - i128::from(self.old.unwrap_or(0))
    }
}

/// What it means that a name isn't there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its count is 0.
    Zero,
    /// Its count is small.
    Unknown,
}

/// How many parts are named at most; the rest changes less than each of these.
const MOST: usize = 5;

/// The parts that changed most, the largest change first.
pub fn differences(
    old: &BTreeMap<String, u64>,
    new: &BTreeMap<String, u64>,
    missing: Missing,
) -> Vec<Difference> {
    let absent = match missing {
        Missing::Zero => Some(0),
        Missing::Unknown => None,
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut differences: Vec<Difference> = names
        .into_iter()
        .map(|name| Difference {
            name: name.clone(),
            old: old.get(name).copied().or(absent),
            new: new.get(name).copied().or(absent),
        })
        .filter(|difference| difference.growth() != 0)
        .collect();
    differences.sort_by_key(|difference| Reverse(difference.growth().unsigned_abs()));
    differences.truncate(MOST);
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
        let owned = |&(name, count): &(&str, u64)| (name.to_owned(), count);
        counts.iter().map(owned).collect()
    }

    #[test]
    fn the_largest_changes_come_first_and_equal_ones_not_at_all() {
        let old = counts(&[("a", 5), ("b", 100), ("c", 7), ("gone", 20)]);
        let new = counts(&[("a", 6), ("b", 50), ("c", 7), ("new", 30)]);
        let differences = differences(&old, &new, Missing::Unknown);
        let growths: Vec<_> = differences
            .iter()
            .map(|it| (it.name.as_str(), it.growth()))
            .collect();
        assert_eq!(growths, [("b", -50), ("new", 30), ("gone", -20), ("a", 1)]);
        assert_eq!(differences[1].old, None);
        assert_eq!(differences[2].new, None);
    }

    #[test]
    fn only_so_many_are_named() {
        let new: BTreeMap<_, _> = (1..=50).map(|n| (format!("f{n}"), n)).collect();
        let differences = differences(&BTreeMap::new(), &new, Missing::Zero);
        assert_eq!(differences.len(), MOST);
        assert_eq!(differences[0].name, "f50");
        assert_eq!(differences[0].old, Some(0));
    }
}
