//! The stack machine: its memory, and running code in it.
//!
//! What instructions do stands in `instructions`, once. `state` says what they work on: `checked` is that
//! in safe Rust, `unchecked` relies on the verifier. `dispatch` has the ways to get from one
//! instruction to the next.

mod checked;
mod dispatch;
mod execution;
mod instructions;
mod state;
mod unchecked;

use std::io::Write;
use std::mem;

use runtime::{Limits, Meter, RuntimeError, Session, Value, memory};

use crate::integer_cache::{Cached, IntegerCache};
use bytecode::Code;
use execution::{Execution, Pause};
use state::{FIRST_LOCAL, Form};

pub use dispatch::*;

/// A machine, ready to run its code once.
#[derive(Debug)]
pub struct Machine<'c, V: Value, P> {
    code: &'c P,
    memory: Memory<'c, V>,
}

/// What a machine has besides code.
#[derive(Debug)]
struct Memory<'c, V: Value> {
    pool: &'c V::Pool,
    integers: &'c IntegerCache<V>,
    limits: Limits,
    /// The stack, at first with room for the program's own frame.
    slots: Vec<V>,
    globals: Vec<V>,
}

impl<'c, V: Value, P> Machine<'c, V, P> {
    /// A fresh machine for a program.
    pub(crate) fn new<const OPT: u32>(
        code: &'c P,
        pool: &'c V::Pool,
        integers: &'c IntegerCache<V>,
        limits: &Limits,
    ) -> Self
    where
        P: Prepared<V, OPT>,
    {
        let compiled = code.code();
        let slots = FIRST_LOCAL + compiled.main().shape.slots as usize;
        Self {
            code,
            memory: Memory {
                pool,
                integers,
                limits: *limits,
                slots: Vec::with_capacity(slots),
                globals: vec![V::default(); compiled.globals as usize],
            },
        }
    }

    /// Runs the code. `OPT` is the set of optimizations that the machine knows of, as bits.
    ///
    /// # Errors
    /// What the program did wrong, or the limit that it ran into.
    pub(crate) fn execute<S, M: Meter, const OPT: u32>(
        &mut self,
        meter: &mut M,
        output: &mut dyn Write,
    ) -> Result<V, RuntimeError>
    where
        S: Strategy<Code<V, OPT> = P>,
        P: Prepared<V, OPT>,
    {
        let _limit = memory::limit(self.memory.limits.memory);
        if const { M::COUNTS } {
            dispatch::count(self.code.code(), &mut self.memory, meter, output)
        } else {
            S::run::<V, OPT>(self.code, &mut self.memory, output)
        }
    }
}

impl<V: Value> Memory<'_, V> {
    /// Runs a program to its end. `run` is called with the whole stack, again whenever that has been
    /// made longer.
    #[inline(always)]
    fn run<'c, M: Meter, F: Form<'c>, const OPT: u32>(
        &mut self,
        code: &'c Code<V>,
        bodies: &'c [F::Body],
        meter: &mut M,
        output: &mut dyn Write,
        mut run: impl FnMut(&mut Vec<V>, &mut Execution<'_, 'c, V, M, F, OPT>) -> Pause,
    ) -> Result<V, RuntimeError> {
        let session = Session::new(
            &code.text,
            self.pool,
            Cached::new(self.integers),
            &self.limits,
            meter,
            output,
        );
        let globals = &mut self.globals;
        let mut running = Running {
            execution: Execution::new(session, code, bodies, globals, self.limits.depth),
            slots: &mut self.slots,
        };
        let Running { execution, slots } = &mut running;
        execution.make_first_room(slots);
        loop {
            match run(slots, execution) {
                Pause::NoRoom if execution.make_room(slots) => {}
                Pause::NoRoom | Pause::Ended => return running.end(),
            }
        }
    }
}

/// An execution on its stack. However it ends, what is on the stack is dropped, as far as is known.
struct Running<'x, 'c, V: Value, M, F: Form<'c>, const OPT: u32> {
    execution: Execution<'x, 'c, V, M, F, OPT>,
    slots: &'x mut Vec<V>,
}

impl<'c, V: Value, M, F: Form<'c>, const OPT: u32> Running<'_, 'c, V, M, F, OPT> {
    /// Ends an execution in a pause.
    #[inline(always)]
    fn end(mut self) -> Result<V, RuntimeError> {
        // Should a drop panic, nothing is left that has to be abandoned.
        self.execution.frames = F::Frames::default();
        F::clear(self.slots, &self.execution.suspended);
        mem::replace(&mut self.execution.outcome, Ok(V::default()))
    }
}

impl<'c, V: Value, M, F: Form<'c>, const OPT: u32> Drop for Running<'_, 'c, V, M, F, OPT> {
    #[inline(always)]
    fn drop(&mut self) {
        F::abandon(self.slots, &self.execution.frames);
    }
}
