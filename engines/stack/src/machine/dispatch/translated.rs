//! Verified code in another form, function by function.

use runtime::Value;
use syntax::FunctionId;

use super::Prepared;
use crate::isa::Opcode;
use crate::machine::state::Callable;
use crate::rules::Verified;
use bytecode::{Code, Function, Operand};

/// Verified code, and the same in another form.
#[derive(Debug)]
pub struct Translated<V: Value, B, const OPT: u32> {
    verified: Verified<V, OPT>,
    bodies: Box<[B]>,
}

/// A form of functions that is not the compiled one.
pub(in crate::machine) trait Translation: Callable + std::fmt::Debug {
    /// Makes it of a function that has been verified. Behind the program itself follows
    /// [`End`](crate::machine::instructions::End).
    fn translate(function: &Function, is_main: bool) -> Self;
}

impl<V: Value, B, const OPT: u32> Translated<V, B, OPT> {
    /// The code as it was verified.
    pub(super) fn verified(&self) -> &Verified<V, OPT> {
        &self.verified
    }

    /// The functions in the other form, by their numbers.
    pub(super) fn bodies(&self) -> &[B] {
        &self.bodies
    }
}

#[allow(private_bounds, reason = "the forms are the strategies' own")]
impl<V: Value, B: Translation, const OPT: u32> Prepared<V, OPT> for Translated<V, B, OPT> {
    fn of_verified(verified: Verified<V, OPT>) -> Self {
        let functions = verified.code().functions.iter().enumerate();
        let bodies =
            functions.map(|(number, it)| B::translate(it, number == FunctionId::MAIN.index()));
        Self {
            bodies: bodies.collect(),
            verified,
        }
    }

    fn code(&self) -> &Code<V> {
        self.verified.code()
    }
}

/// The operands of an instruction behind which the number `behind` follows. Of a jump, it is the distance
/// from there to the number that `starts` has at the target's offset.
pub(super) fn operands(
    function: &Function,
    (offset, opcode): (u32, Opcode),
    starts: &[u32],
    behind: u32,
) -> impl Iterator<Item = u32> {
    let operands = function.operands(opcode, offset as usize);
    operands.map(move |(kind, value)| match kind {
        Operand::Target => starts[value as usize] - behind,
        _ => value,
    })
}
