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

use runtime::{Limits, Meter, RuntimeError, Session, Value, memory};

use crate::integer_cache::{Cached, IntegerCache};
use bytecode::Code;
use execution::{Execution, Pause};
use state::{Bounds, FIRST_LOCAL, Form, Suspended};

pub use dispatch::*;

/// The least number of slots of a new machine's stack. It grows as calls need it.
const INITIAL_SLOTS: usize = 64;

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
                slots: vec![V::default(); slots.max(INITIAL_SLOTS)],
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
        start: Suspended<'c, F>,
        meter: &mut M,
        output: &mut dyn Write,
        mut run: impl FnMut(&mut [V], &mut Execution<'_, 'c, V, M, F, OPT>) -> Pause,
    ) -> Result<V, RuntimeError> {
        let mut execution = Execution {
            session: Session::new(
                &code.text,
                self.pool,
                Cached::new(self.integers),
                &self.limits,
                meter,
                output,
            ),
            code,
            constants: &code.constants,
            bodies,
            globals: &mut self.globals,
            globals_set: 0,
            body: &bodies[0],
            callers: Vec::new(),
            depth: 0,
            depth_limit: u64::from(self.limits.depth),
            bounds: Bounds::<F>::default(),
            pause: Pause::Ended,
            suspended: start,
            outcome: Ok(V::default()),
        };
        loop {
            match run(&mut self.slots, &mut execution) {
                Pause::Ended => return execution.outcome,
                Pause::Again => {}
                Pause::NoRoom => {
                    let needed = F::needs(&execution.suspended, execution.body);
                    let length = needed.max(2 * self.slots.len());
                    // A limit on depth far above the default may ask for more than the system has.
                    if self.slots.try_reserve(length - self.slots.len()).is_err() {
                        execution.refuse_call();
                        return execution.outcome;
                    }
                    self.slots.resize(length, V::default());
                }
            }
        }
    }
}
