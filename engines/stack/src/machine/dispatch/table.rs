//! Call threading: a loop calls each instruction's handler through a table.
//!
//! A handler gets the state in registers and gives back the part of it that every instruction changes.
//! The frame's first slot, which only calls and returns change, is the loop's to reload.

use std::io::Write;
use std::marker::PhantomData;
use std::ptr;

use runtime::{RuntimeError, Unmetered, Value};

use super::Strategy;
use super::handlers::{Family, Handlers, Member};
use crate::machine::execution::{Pause, Step, not_an_instruction};
use crate::machine::instructions::Instruction;
use crate::machine::unchecked::{Bytes, Running, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use crate::rules::Verified;

/// Calls through a table, without checks.
#[derive(Debug)]
pub struct Table;

impl Strategy for Table {
    type Code<V: Value, const OPT: u32> = Verified<V, OPT>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u32>(
        code: &Verified<V, OPT>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        unchecked::run(code, &code.code().functions, memory, output, |state, x| {
            call_all::<V, OPT>(state, x)
        })
    }
}

/// Executes an instruction whose opcode has been fetched; gives the next place in the code and the new
/// `sp`. In a pause, the place is null.
type Handler<V, const OPT: u32> = for<'x, 'c> fn(
    *const u8,
    *mut V,
    *mut V,
    &mut Running<'x, 'c, V, Bytes, OPT>,
) -> (*const u8, *mut V);

/// The handlers.
struct Called<V, const OPT: u32>(PhantomData<V>);

impl<V: Value, const OPT: u32> Family for Called<V, OPT> {
    type Handler = Handler<V, OPT>;
    const OPTIMIZATIONS: Optimizations = Optimizations::from_bits(OPT);
    const MISSING: Self::Handler = |_, _, _, _| not_an_instruction(0);
}

impl<I: Instruction, V: Value, const OPT: u32> Member<I> for Called<V, OPT> {
    const HANDLER: Handler<V, OPT> = thin::<I, V, OPT>;
}

fn thin<I: Instruction, V: Value, const OPT: u32>(
    next: *const u8,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> (*const u8, *mut V) {
    handle::<I, V, OPT, true>(next, sp, base, execution)
}

#[cold]
#[inline(never)]
fn general<I: Instruction, V: Value, const OPT: u32>(
    next: *const u8,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> (*const u8, *mut V) {
    handle::<I, V, OPT, false>(next, sp, base, execution)
}

#[inline(always)]
fn handle<I: Instruction, V: Value, const OPT: u32, const THIN: bool>(
    next: *const u8,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> (*const u8, *mut V) {
    let mut state = Unchecked {
        next: Bytes(next),
        sp,
        base,
    };
    match I::execute::<V, Unmetered, _, OPT, THIN>(&mut state, execution) {
        Step::Next => {
            if state.base != base {
                execution.bounds.base = state.base;
            }
            (state.next.0, state.sp)
        }
        Step::General => general::<I, V, OPT>(next, state.sp, base, execution),
        Step::Pause(pause) => {
            execution.pause = pause;
            (ptr::null(), sp)
        }
    }
}

/// Runs until there is a pause.
fn call_all<V: Value, const OPT: u32>(
    mut state: Unchecked<V, Bytes>,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> Pause {
    execution.bounds.base = state.base;
    loop {
        let handler = Handlers::<Called<V, OPT>>::fetch(&mut state);
        let (next, sp) = handler(state.next.0, state.sp, state.base, execution);
        if next.is_null() {
            return execution.pause;
        }
        state = Unchecked {
            next: Bytes(next),
            sp,
            base: execution.bounds.base,
        };
    }
}
