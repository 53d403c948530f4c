//! Token threading by `become`: as in `tail`, but the language itself, in a form that only nightly
//! compilers know yet, makes the call of the next handler a jump, at every level of optimization.
#![allow(
    unsafe_code,
    reason = "the code is verified, which is not for the type to tell"
)]

use std::io::Write;
use std::marker::PhantomData;

use runtime::{RuntimeError, Unmetered, Value};

use super::Strategy;
use super::handlers::{Family, Handlers, Member};
use crate::machine::execution::{Pause, Step};
use crate::machine::instructions::Instruction;
use crate::machine::unchecked::{Bytes, Running, Unchecked};
use crate::machine::{Memory, unchecked};
use crate::optimizations::Optimizations;
use crate::verifier::Verified;

/// Guaranteed tail calls through a table, without checks.
#[derive(Debug)]
pub struct Guaranteed;

impl Strategy for Guaranteed {
    type Code<V: Value, const OPT: u8> = Verified<V>;

    #[allow(private_interfaces)]
    fn run<V: Value, const OPT: u8>(
        code: &Verified<V>,
        memory: &mut Memory<'_, V>,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError> {
        unchecked::run(
            code,
            &code.code().functions,
            memory,
            output,
            |mut state, x| {
                let handler = next_handler::<V, OPT>(&mut state.next);
                handler(state.next.0, state.sp, state.base, x)
            },
        )
    }
}

/// Executes an instruction whose opcode has been fetched, and all that follow, until there is a pause.
type Handler<V, const OPT: u8> = for<'x, 'c> extern "C" fn(
    *const u8,
    *mut V,
    *mut V,
    &mut Running<'x, 'c, V, Bytes, OPT>,
) -> Pause;

/// The handlers.
struct Chained<V, const OPT: u8>(PhantomData<V>);

impl<V: Value, const OPT: u8> Family for Chained<V, OPT> {
    type Handler = Handler<V, OPT>;
    const OPTIMIZATIONS: Optimizations = Optimizations::from_bits(OPT);
}

impl<I: Instruction, V: Value, const OPT: u8> Member<I> for Chained<V, OPT> {
    const HANDLER: Handler<V, OPT> = thin::<I, V, OPT>;
}

/// Fetches the next opcode, and gives its handler.
#[inline(always)]
fn next_handler<V: Value, const OPT: u8>(next: &mut Bytes) -> Handler<V, OPT> {
    // SAFETY: verified code goes on with another instruction, of this machine.
    unsafe {
        let opcode = next.opcode();
        let handlers = &Handlers::<Chained<V, OPT>>::ALL;
        handlers
            .get_unchecked(usize::from(opcode))
            .unwrap_unchecked()
    }
}

/// The usual case.
extern "C" fn thin<I: Instruction, V: Value, const OPT: u8>(
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
            let handler = next_handler::<V, OPT>(&mut state.next);
            let Unchecked { next, sp, base } = state;
            become handler(next.0, sp, base, execution)
        }
        Step::General => become general::<I, V, OPT>(next, sp, base, execution),
        Step::Pause(pause) => pause,
    }
}

/// Any case, out of the usual one's way.
#[cold]
#[inline(never)]
extern "C" fn general<I: Instruction, V: Value, const OPT: u8>(
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
    match I::execute::<V, Unmetered, _, OPT, false>(&mut state, execution) {
        Step::Next | Step::General => {
            let handler = next_handler::<V, OPT>(&mut state.next);
            let Unchecked { next, sp, base } = state;
            become handler(next.0, sp, base, execution)
        }
        Step::Pause(pause) => pause,
    }
}
