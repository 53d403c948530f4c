//! What strategies share whose handlers call the next one.
#![allow(
    unsafe_code,
    reason = "a state is taken up again that the same chain has laid down"
)]

use runtime::{Unmetered, Value};

use crate::machine::execution::Step;
use crate::machine::instructions::Instruction;
use crate::machine::state::State as _;
use crate::machine::unchecked::{Fetch, Running, Unchecked};

/// An instruction in any case; a handler is the usual one. Local variables are in memory here, so a call
/// at the end could not be a jump: the state comes back to the handler by [`Execution::suspended`],
/// and the handler goes on.
///
/// [`Execution::suspended`]: crate::machine::execution::Execution::suspended
#[cold]
#[inline(never)]
pub(super) fn whole<'c, I: Instruction, V: Value, F: Fetch<'c>, const OPT: u32>(
    next: F::Place,
    sp: *mut V,
    base: *mut V,
    execution: &mut Running<'_, 'c, V, F, OPT>,
) -> Step {
    let mut state = Unchecked {
        next: F::at(next),
        sp,
        base,
    };
    let step = I::execute::<V, Unmetered, _, OPT, false>(&mut state, execution);
    if step == Step::Next {
        execution.suspended = state.suspend(execution.bounds);
    }
    step
}

/// The state that [`whole`] has given back.
#[inline(always)]
pub(super) fn behind<'c, V: Value, F: Fetch<'c>, const OPT: u32>(
    execution: &Running<'_, 'c, V, F, OPT>,
) -> Unchecked<V, F> {
    // SAFETY: the state has been suspended on this stack, and nothing has happened since.
    unsafe { Unchecked::resume(execution.suspended, execution.bounds) }
}
