//! Optimization `si`: superinstructions.

use crate::instruction::Item;

/// Rewrites the code of a function.
pub(crate) fn apply(items: &[Item]) -> Vec<Item> {
    items.to_vec()
}
