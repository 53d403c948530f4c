//! The axes of the space of variants, to be shown.

use stack::{Checks, Dispatch, Optimizations, Values};

/// An axis of the space of variants.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it is called.
    pub name: &'static str,
    /// Whether a variant may have several of the values, or none, and not exactly one.
    pub is_set: bool,
    /// Its values; unless it is a set, the first is the default.
    pub values: Vec<AxisValue>,
}

/// A value on an axis.
#[derive(Clone, Copy, Debug)]
pub struct AxisValue {
    /// Its name, as variants' names have it.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
}

/// The axes, in the order in which names have them. All but the first are the stack engine's alone.
pub fn axes() -> Vec<Axis> {
    let value = |name, summary| AxisValue { name, summary };
    let optimizations = Optimizations::AVAILABLE.iter();
    let axis = |name, is_set, values| Axis {
        name,
        is_set,
        values,
    };
    vec![
        axis(
            "architecture",
            false,
            vec![
                value("tree", "tree-walking evaluator"),
                value("stack", "bytecode compiler and stack machine"),
            ],
        ),
        axis(
            "optimizations",
            true,
            optimizations
                .map(|one| value(one.short(), one.title()))
                .collect(),
        ),
        axis(
            Values::TITLE,
            false,
            Values::ALL
                .iter()
                .map(|one| value(one.name(), one.summary()))
                .collect(),
        ),
        axis(
            Dispatch::TITLE,
            false,
            Dispatch::ALL
                .iter()
                .map(|one| value(one.name(), one.summary()))
                .collect(),
        ),
        axis(
            Checks::TITLE,
            false,
            Checks::ALL
                .iter()
                .map(|one| value(one.name(), one.summary()))
                .collect(),
        ),
    ]
}
