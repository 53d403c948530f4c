//! What strategies share whose handlers call the next one.

use runtime::{Unmetered, Value};

use crate::machine::execution::{Pause, Step};
use crate::machine::instructions::Instruction;
use crate::machine::state::State as _;
use crate::machine::unchecked::{Fetch, Running, Unchecked};

/// An instruction in any case; a handler is the usual one. Local variables are in memory here, so a call
/// at the end could not be a jump: there is a pause instead.
#[cold]
#[inline(never)]
pub(super) extern "C" fn general<'c, I: Instruction, V: Value, F: Fetch<'c>, const OPT: u32>(
    next: F::Place,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, 'c, V, F, OPT>,
) -> Pause {
    let mut state = Unchecked {
        next: F::at(next),
        sp,
        base,
    };
    match I::execute::<V, Unmetered, _, OPT, false>(&mut state, execution) {
        Step::Pause(pause) => pause,
        Step::Next | Step::General => {
            execution.suspended = state.suspend(execution.bounds);
            Pause::Again
        }
    }
}
