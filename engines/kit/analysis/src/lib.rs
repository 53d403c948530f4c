//! What can be known of a program before it runs: passes over its syntax tree, for whatever an engine
//! compiles it to. They know no instruction, and change nothing.

mod folding;
mod integers;

pub use folding::{Folding, Literal};
pub use integers::IntegerOperands;

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();
