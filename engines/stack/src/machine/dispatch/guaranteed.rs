//! Token threading by `become`: as in `tail`, but the language itself, in a form that only nightly
//! compilers know yet, makes the call of the next handler a jump, at every level of optimization.

use std::io::Write;
use std::marker::PhantomData;

use runtime::{RuntimeError, Unmetered, Value};

use super::Strategy;
use super::handlers::{Family, Handlers, Member};
use super::tail::{Handler, missing};
use super::threaded::{behind, whole};
use crate::machine::execution::{Pause, Step};
use crate::machine::instructions::Instruction;
use crate::machine::unchecked::{Bytes, Running, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use crate::rules::Verified;

/// Guaranteed tail calls through a table, without checks.
#[derive(Debug)]
pub struct Guaranteed;

impl Strategy for Guaranteed {
    type Code<V: Value, const OPT: u32> = Verified<V, OPT>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u32>(
        code: &Verified<V, OPT>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        unchecked::run(
            code,
            &code.code().functions,
            memory,
            output,
            |mut state, x| {
                let handler = Handlers::<Chained<V, OPT>>::fetch(&mut state);
                handler(state.next.0, state.sp, state.base, x)
            },
        )
    }
}

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

/// The usual case.
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
        Step::Next => {
            let handler = Handlers::<Chained<V, OPT>>::fetch(&mut state);
            let Unchecked { next, sp, base } = state;
            become handler(next.0, sp, base, execution)
        }
        Step::General => become general::<I, V, OPT>(next, state.sp, base, execution),
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
        Step::Next | Step::General => {
            let mut state = behind(execution);
            let handler = Handlers::<Chained<V, OPT>>::fetch(&mut state);
            let Unchecked { next, sp, base } = state;
            become handler(next.0, sp, base, execution)
        }
        Step::Pause(pause) => pause,
    }
}
