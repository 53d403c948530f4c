//! A function for each instruction, in the order of the opcodes.
#![allow(
    unsafe_code,
    reason = "the code is verified, which is not for the type to tell"
)]

use std::marker::PhantomData;

use crate::isa::{Opcode, for_each_opcode, op};
use crate::machine::instructions::{END, End, Instruction};
use crate::machine::unchecked::{Bytes, Unchecked};
use crate::optimizations::Optimizations;

/// A family of functions, one for each instruction of a machine.
pub(super) trait Family {
    /// The type that they have in common.
    type Handler: Copy;
    /// The machine's optimizations.
    const OPTIMIZATIONS: Optimizations;
    /// What stands for the instructions that the machine hasn't. Verified code has none of them; should one
    /// be executed all the same, that ends the process.
    const MISSING: Self::Handler;
}

/// A family's function for an instruction.
pub(super) trait Member<I: Instruction>: Family {
    /// The function.
    const HANDLER: Self::Handler;
}

/// The functions of a family.
pub(super) struct Handlers<F>(PhantomData<F>);

/// Defines the table from the list of opcodes.
macro_rules! define_table {
    ($n:ident; $($name:ident [$($operand:ident)*] $($optimization:ident)|+ ($($column:tt)*) $($effect:ident)*: $meaning:literal;)*) => {
        impl<F: Family + Member<End> $(+ Member<op::$name>)*> Handlers<F> {
            /// By opcode.
            pub(super) const ALL: [F::Handler; END as usize + 1] = [
                $(if F::OPTIMIZATIONS.contains(Opcode::$name.needs()) {
                    <F as Member<op::$name>>::HANDLER
                } else {
                    F::MISSING
                },)*
                <F as Member<End>>::HANDLER,
            ];

            /// Fetches the next opcode of verified code, and gives its function.
            #[inline(always)]
            pub(super) fn fetch<V>(state: &mut Unchecked<V, Bytes>) -> F::Handler {
                let opcode = state.opcode();
                // SAFETY: there is a place for every opcode, and `END`, behind the program's return, has the last.
                unsafe { *Self::ALL.get_unchecked(usize::from(opcode)) }
            }
        }
    };
}

for_each_opcode!(define_table);
