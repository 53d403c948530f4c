//! What an engine is, below all engines: what each has to offer ([`Engine`]), and one with bytecode besides ([`Bytecode`]), how a command holds any of
//! them ([`AnyEngine`]), what is counted of an execution ([`Profile`]), and how the engines of one
//! architecture are told apart and named ([`Architecture`]).
//!
//! Nothing here executes a program. Each engine's crate puts its own engines behind [`AnyEngine`]
//! ([`erase`]), so that their machine code is made there, where no other engine can disturb it.

mod architecture;
mod engine;
mod erased;
mod naming;
mod optimizations;
mod profile;

pub use architecture::{Architecture, Axis, AxisValue, Coordinates, Optimization, Point, Standing};
pub use engine::{Bytecode, BytecodeError, Engine, Fused, Site};
pub use erased::{
    AnyCode, AnyEngine, COUNTED_REGION, Executable, Outcome, Phase, Timed, erase, erase_bytecode,
};
pub use naming::Unlike;
pub use optimizations::OptimizationSet;
pub use profile::{Candidate, Executed, Frequency, Profile, Superinstruction};

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();
