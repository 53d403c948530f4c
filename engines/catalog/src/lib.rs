//! The one list of engine variants.
//!
//! A variant is a point in a space whose axes are the architecture, the optimizations, the
//! representation of values, the dispatch strategy and the checks; its name says which, in the grammar
//! `ARCHITECTURE[+OPTIMIZATION…][/VALUE…]`: `tree`, `stack`, `stack+co+si`,
//! `stack+all/tagged/tail/verified`, where `+all` stands for all documented optimizations that are built. Commands, results and reports know engines by
//! these names only; a new engine is entered here and nowhere else.

mod axes;
pub mod bytecode;
mod settings;
mod variant;

use engine::{Architecture, Optimization};

pub use axes::{Axis, axes};
pub use engine::{
    AnyCode, AnyEngine, AxisValue, BytecodeError, COUNTED_REGION, Candidate, Executable, Executed,
    Frequency, Outcome, Phase, Profile, Superinstruction, Timed,
};
pub use settings::settings;
pub use variant::{
    NotOffered, UnknownVariant, Variant, find, fully_optimized, not_offered, oracle, stages,
    variants,
};

/// All architectures, the oracle's first, then the one that the documents are about.
pub static ARCHITECTURES: [&Architecture; 2] = [&tree::ARCHITECTURE, &stack::ARCHITECTURE];

/// Every optimization, of all architectures, whether it is built or not.
pub fn optimizations() -> Vec<Optimization> {
    let mut all: Vec<Optimization> = Vec::new();
    for one in ARCHITECTURES.iter().flat_map(|it| it.optimizations) {
        if !all.contains(one) {
            all.push(*one);
        }
    }
    all
}

/// The Cargo features of the optimizations that are built, or of those that are not. With all of them on, all
/// variants are there that can be.
pub fn features(built: bool) -> Vec<&'static str> {
    let all = optimizations().into_iter();
    let wanted = all.filter(|it| it.is_built == built);
    wanted.map(|it| it.feature).collect()
}

/// The architecture of the documented stages.
fn documented() -> &'static Architecture {
    ARCHITECTURES[1]
}

/// Whether a function may dispatch instructions, by its symbol as people read it.
pub fn may_dispatch(symbol: &str) -> bool {
    ARCHITECTURES.iter().any(|it| (it.may_dispatch)(symbol))
}

// What a caller needs of the language to hold an engine, so that it depends on this crate alone.
pub use runtime;
pub use syntax;
