//! The one list of engine variants.
//!
//! A variant is a point in a space whose axes are the architecture, the optimizations, the
//! representation of values, the dispatch strategy and the checks; its name says which, in the grammar
//! `ARCHITECTURE[+OPTIMIZATION…][/VALUE…]`: `tree`, `stack`, `stack+co+si`,
//! `stack+all/tagged/tail/verified`, where `+all` stands for all optimizations that are built. Commands, results and reports know engines by
//! these names only; a new engine is entered here and nowhere else.

mod axes;
pub mod bytecode;
mod erased;
mod profile;
mod settings;
mod variant;

pub use axes::{Axis, AxisValue, axes};
pub use erased::{
    AnyCode, AnyEngine, COUNTED_REGION, Executable, Outcome, Phase, Timed, may_dispatch,
};
pub use profile::{Candidate, Executed, Frequency, Profile, Superinstruction};
pub use settings::settings;
pub use variant::{
    NotOffered, UnknownVariant, Variant, find, fully_optimized, not_offered, oracle, stages,
    variants,
};

// What a caller needs of the language to hold an engine, so that it depends on this crate alone.
pub use runtime;
pub use syntax;
