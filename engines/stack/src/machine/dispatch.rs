//! How the machine gets from one instruction to the next: one file per strategy.

mod direct;
#[cfg(feature = "nightly")]
mod guaranteed;
mod handlers;
mod match_loop;
mod table;
mod tail;
mod threaded;
mod thunk;
mod translated;

use std::fmt::Debug;
use std::io::Write;

use runtime::{RuntimeError, Value};

use super::Memory;
use crate::rules::Verified;
use bytecode::{Code, Defect};

pub(super) use match_loop::count;

pub use direct::Direct;
#[cfg(feature = "nightly")]
pub use guaranteed::Guaranteed;
pub use match_loop::{CheckedMatch, VerifiedMatch};
pub use table::Table;
pub use tail::Tail;
pub use thunk::Thunks;

/// A dispatch strategy, with or without checks.
pub trait Strategy: Debug + 'static {
    /// A program's code, as the strategy wants it.
    type Code<V: Value, const OPT: u32>: Prepared<V, OPT>;

    /// Runs a program to its end.
    ///
    /// # Errors
    /// What the program did wrong, or the limit that it ran into.
    #[doc(hidden)]
    #[allow(
        private_interfaces,
        reason = "only machines call it, with memory that they alone have"
    )]
    fn run<V: Value, const OPT: u32>(
        code: &Self::Code<V, OPT>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError>;
}

/// Code in the form that a strategy wants, for a machine with the optimizations whose bits are `OPT`.
pub trait Prepared<V: Value, const OPT: u32>: Debug + Sized {
    /// Makes it of code.
    ///
    /// # Errors
    /// What is wrong with the code, where the strategy relies on it.
    fn prepare(code: Code<V>) -> Result<Self, Defect> {
        Verified::new(code).map(Self::of_verified)
    }

    /// Makes it of code that has been verified.
    fn of_verified(code: Verified<V, OPT>) -> Self;

    /// The code as it was compiled.
    fn code(&self) -> &Code<V>;
}

impl<V: Value, const OPT: u32> Prepared<V, OPT> for Code<V> {
    fn prepare(code: Code<V>) -> Result<Self, Defect> {
        Ok(code)
    }

    fn of_verified(code: Verified<V, OPT>) -> Self {
        code.into_code()
    }

    fn code(&self) -> &Code<V> {
        self
    }
}

impl<V: Value, const OPT: u32> Prepared<V, OPT> for Verified<V, OPT> {
    fn of_verified(code: Self) -> Self {
        code
    }

    fn code(&self) -> &Code<V> {
        self.code()
    }
}
