//! Dispatch by a `match` on the opcode, in a loop.

use std::io::Write;

use runtime::{Meter, RuntimeError, Unmetered, Value};

use super::Strategy;
use crate::isa::{Opcode, byte, for_each_opcode, op};
use crate::machine::checked::{Checked, Slices};
use crate::machine::execution::{Execution, Pause, Step, not_an_instruction};
use crate::machine::instructions::{END, End, Instruction};
use crate::machine::state::State;
use crate::machine::unchecked::{Bytes, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use crate::rules::Verified;
use bytecode::Code;

/// A `match` in a loop, in safe Rust.
#[derive(Debug)]
pub struct CheckedMatch;

/// A `match` in a loop, without checks.
#[derive(Debug)]
pub struct VerifiedMatch;

impl Strategy for CheckedMatch {
    type Code<V: Value, const OPT: u32> = Code<V>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u32>(
        code: &Code<V>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        run_checked::<V, _, OPT>(code, memory, &mut Unmetered, output)
    }
}

impl Strategy for VerifiedMatch {
    type Code<V: Value, const OPT: u32> = Verified<V, OPT>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u32>(
        code: &Verified<V, OPT>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        unchecked::run(code, &code.code().functions, memory, output, |state, x| {
            run::<_, _, _, OPT>(state, x)
        })
    }
}

/// Runs a program to its end and tells a meter. What is counted depends on the code and on the integer
/// cache alone: so one loop that has every instruction counts for all sets of optimizations and
/// all strategies, in place of one more for each.
pub(in crate::machine) fn count<V: Value, M: Meter>(
    code: &Code<V>,
    memory: &mut Memory<'_, V>,
    meter: &mut M,
    output: &mut dyn Write,
) -> Result<V, RuntimeError> {
    const CACHE: Optimizations = Optimizations::AVAILABLE.in_machine();
    const NO_CACHE: Optimizations = CACHE.without(Optimizations::INTEGER_CACHE);
    if memory.integers.is_empty() {
        run_checked::<V, M, { NO_CACHE.bits() }>(code, memory, meter, output)
    } else {
        run_checked::<V, M, { CACHE.bits() }>(code, memory, meter, output)
    }
}

fn run_checked<V: Value, M: Meter, const OPT: u32>(
    code: &Code<V>,
    memory: &mut Memory<'_, V>,
    meter: &mut M,
    output: &mut dyn Write,
) -> Result<V, RuntimeError> {
    memory.run::<M, Slices, OPT>(code, &code.functions, meter, output, |slots, x| {
        resume(slots, x)
    })
}

/// Goes on until there is a pause. It is a function of its own: what leads to the loop must not take registers
/// from it.
#[inline(never)]
fn resume<'c, V: Value, M: Meter, const OPT: u32>(
    slots: &mut [V],
    execution: &mut Execution<'_, 'c, V, M, Slices, OPT>,
) -> Pause {
    let mut state = Checked::resume(execution.suspended, slots);
    execution.resume(&mut state);
    run(state, execution)
}

/// State that a loop goes on with.
trait Looping<'c, V: Value>: State<'c, V> {
    /// The same state in a variable that is the loop's own: what is handed over by reference, as large
    /// arguments are, would stay in memory.
    fn own(self) -> Self;

    /// Fetches the next opcode.
    fn opcode(&mut self) -> u8;
}

impl<'c, V: Value> Looping<'c, V> for Checked<'c, '_, V> {
    #[inline(always)]
    fn own(self) -> Self {
        Self {
            next: self.next,
            stack: self.stack,
            base: self.base,
            sp: self.sp,
        }
    }

    #[inline(always)]
    fn opcode(&mut self) -> u8 {
        Checked::opcode(self)
    }
}

impl<'c, V: Value> Looping<'c, V> for Unchecked<V, Bytes> {
    #[inline(always)]
    fn own(self) -> Self {
        Self {
            next: self.next,
            sp: self.sp,
            base: self.base,
        }
    }

    #[inline(always)]
    fn opcode(&mut self) -> u8 {
        Unchecked::opcode(self)
    }
}

/// Defines the loop from the list of opcodes.
macro_rules! define_loop {
    ($n:ident; $($name:ident [$($operand:ident)*] $($optimization:ident)|+ ($($column:tt)*) $($effect:ident)*: $meaning:literal;)*) => {
        /// Runs until there is a pause. An opcode that needs an optimization which is off has no arm of its own.
        #[inline(always)]
        fn run<'c, V: Value, M: Meter, S: Looping<'c, V>, const OPT: u32>(
            state: S,
            execution: &mut Execution<'_, 'c, V, M, S::Form, OPT>,
        ) -> Pause {
            let mut state = state.own();
            loop {
                let opcode = state.opcode();
                if const { M::COUNTS } && opcode != END {
                    execution.dispatched(opcode, &state);
                }
                match opcode {
                    $(byte::$name => {
                        if const { Optimizations::from_bits(OPT).contains(Opcode::$name.needs()) } {
                            let step = op::$name::execute::<V, M, S, OPT, false>(&mut state, execution);
                            if let Step::Pause(pause) = step {
                                return pause;
                            }
                        } else {
                            not_an_instruction(opcode)
                        }
                    })*
                    END => match End::execute::<V, M, S, OPT, false>(&mut state, execution) {
                        Step::Pause(pause) => return pause,
                        Step::Next | Step::General => {}
                    },
                    _ => not_an_instruction(opcode),
                }
            }
        }
    };
}

for_each_opcode!(define_loop);
