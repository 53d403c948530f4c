//! The axes of the space of variants, to be shown.

use engine::AxisValue;

use crate::ARCHITECTURES;

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

/// The axes, in the order in which names have them. Which of them an architecture has is its own matter.
pub fn axes() -> Vec<Axis> {
    let architectures = ARCHITECTURES.iter().map(|it| AxisValue {
        name: it.name,
        summary: it.summary,
    });
    let optimizations = ARCHITECTURES.iter().flat_map(|it| it.optimizations);
    let optimizations = optimizations.filter(|it| it.is_built).map(|it| AxisValue {
        name: it.short,
        summary: it.title,
    });
    let mut axes = vec![
        Axis {
            name: "architecture",
            is_set: false,
            values: architectures.collect(),
        },
        Axis {
            name: "optimizations",
            is_set: true,
            values: Vec::new(),
        },
    ];
    add(&mut axes[1].values, optimizations);
    for axis in ARCHITECTURES.iter().flat_map(|it| it.axes) {
        let values = axis.values.iter().copied();
        match axes.iter_mut().find(|it| it.name == axis.title) {
            Some(known) => add(&mut known.values, values),
            None => axes.push(Axis {
                name: axis.title,
                is_set: false,
                values: values.collect(),
            }),
        }
    }
    axes
}

/// Adds the values that aren't there.
fn add(known: &mut Vec<AxisValue>, values: impl Iterator<Item = AxisValue>) {
    for value in values {
        if !known.contains(&value) {
            known.push(value);
        }
    }
}
