//! Token threading by tail calls: each handler ends with a call of the next one, which the compiler makes
//! a jump.

use std::io::Write;
use std::marker::PhantomData;

use runtime::{RuntimeError, Unmetered, Value};

use super::Strategy;
use super::handlers::{Family, Handlers, Member};
use super::threaded::{behind, whole};
use crate::machine::execution::{Pause, Step, not_an_instruction};
use crate::machine::instructions::Instruction;
use crate::machine::unchecked::{Bytes, Running, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use crate::rules::Verified;

/// Tail calls through a table, without checks.
#[derive(Debug)]
pub struct Tail;

impl Strategy for Tail {
    type Code<V: Value, const OPT: u32> = Verified<V, OPT>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u32>(
        code: &Verified<V, OPT>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        unchecked::run(code, &code.code().functions, memory, output, |state, x| {
            dispatch::<V, OPT>(state, x)
        })
    }
}

/// Executes an instruction whose opcode has been fetched, and all that follow, until there is a pause.
pub(super) type Handler<V, const OPT: u32> = for<'x, 'c> extern "C-unwind" fn(
    *const u8,
    *mut V,
    *mut V,
    &mut Running<'x, 'c, V, Bytes, OPT>,
) -> Pause;

/// The handlers.
struct Chained<V, const OPT: u32>(PhantomData<V>);

impl<V: Value, const OPT: u32> Family for Chained<V, OPT> {
    type Handler = Handler<V, OPT>;
    const OPTIMIZATIONS: Optimizations = Optimizations::from_bits(OPT);
    const MISSING: Self::Handler = missing::<V, OPT>;
}

impl<I: Instruction, V: Value, const OPT: u32> Member<I> for Chained<V, OPT> {
    const HANDLER: Handler<V, OPT> = thin::<I, V, OPT>;
}

/// Stands for the instructions that the machine hasn't.
pub(super) extern "C-unwind" fn missing<V: Value, const OPT: u32>(
    _next: *const u8,
    _sp: *mut V,
    _base: *mut V,
    _execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> Pause {
    not_an_instruction(0)
}

/// The usual case: no call but the last.
extern "C-unwind" fn thin<I: Instruction, V: Value, const OPT: u32>(
    next: *const u8,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> Pause {
    let mut state = Unchecked {
        next: Bytes(next),
        sp,
        base,
    };
    match I::execute::<V, Unmetered, _, OPT, true>(&mut state, execution) {
        Step::Next => dispatch(state, execution),
        Step::General => general::<I, V, OPT>(next, state.sp, base, execution),
        Step::Pause(pause) => pause,
    }
}

/// The other cases.
#[cold]
#[inline(never)]
extern "C-unwind" fn general<I: Instruction, V: Value, const OPT: u32>(
    next: *const u8,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> Pause {
    match whole::<I, V, Bytes, OPT>(next, sp, base, execution) {
        Step::Pause(pause) => pause,
        Step::Next | Step::General => dispatch(behind(execution), execution),
    }
}

/// Goes on with the next instruction. Nothing that has to be dropped may be alive here, or the call is
/// none that can be a jump.
#[inline(always)]
fn dispatch<V: Value, const OPT: u32>(
    mut state: Unchecked<V, Bytes>,
    execution: &mut Running<'_, '_, V, Bytes, OPT>,
) -> Pause {
    let handler = Handlers::<Chained<V, OPT>>::fetch(&mut state);
    handler(state.next.0, state.sp, state.base, execution)
}
