//! What engines with bytecode have in common, whatever their instruction set: its declaration, code and the way to it
//! from a compiler's instructions, its text, listing and files, and the verifier.
//!
//! An engine declares its instructions once ([`instruction_set!`]) and its own rules for code ([`Rules`]). Nothing here
//! knows what an instruction does, and nothing executes one. [`Verified`] code can be had from the verifier alone.

mod assembler;
mod code;
mod constants;
mod file;
mod instruction;
mod isa;
mod listing;
mod rewriting;
mod sites;
mod text;
mod verifier;

pub use code::{Code, Function, Origin, Shape};
pub use constants::Constants;
pub use file::{
    Header, LoadError, MAX_BYTES, Malformed, SIGNATURE, TooLarge, VERSION, instruction_set,
    is_bytecode, read, seal, write,
};
pub use instruction::{Instruction, Item, Label};
pub use isa::{Declaration, Effect, InstructionSet, MAX_OPERANDS, Operand};
pub use listing::listing;
pub use rewriting::{LONGEST_SEQUENCE, Pipeline, Rewriting, Rule};
pub use sites::sites;
pub use text::{SavedText, Text};
pub use verifier::{Defect, Operands, Reason, Rules, Verified, verify};

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();
