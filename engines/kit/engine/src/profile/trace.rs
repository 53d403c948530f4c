//! The meter of whatever is counted: it counts, and for a profile it also sees each dispatch and
//! remembers the two before it.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use runtime::{Counts, Meter, Position};

/// What is counted. With and without a trace it is one type, so that engines are compiled for one
/// meter besides [`runtime::Unmetered`].
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What is counted without a profile too.
    pub(crate) counts: Counts,
    /// What a profile wants to know besides.
    pub(crate) trace: Option<Box<Trace>>,
}

/// What was dispatched.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// Dispatches by the place of the instruction.
    pub(super) positions: HashMap<Position, u64, FixedState>,
    /// How often two opcodes came one after the other.
    pub(super) pairs: HashMap<[u8; 2], u64, FixedState>,
    /// How often three did.
    pub(super) triples: HashMap<[u8; 3], u64, FixedState>,
    /// The place of the instruction that was dispatched last.
    pub(super) last: Option<Position>,
    /// The opcodes that were dispatched last, the earlier one first.
    recent: [Option<u8>; 2],
}

impl Tally {
    /// Counts, and traces.
    pub(crate) fn tracing() -> Self {
        Self {
            trace: Some(Box::default()),
            ..Self::default()
        }
    }
}

impl Meter for Tally {
    #[inline]
    fn dispatch(&mut self, opcode: u8, at: impl FnOnce() -> Position) {
        self.counts
            .dispatch(opcode, || unreachable!("counts ask for no place"));
        if let Some(trace) = &mut self.trace {
            trace.dispatch(opcode, at());
        }
    }

    fn call(&mut self) {
        self.counts.call();
    }

    fn allocation(&mut self) {
        self.counts.allocation();
    }
}

impl Trace {
    #[inline(never)]
    fn dispatch(&mut self, opcode: u8, position: Position) {
        *self.positions.entry(position).or_default() += 1;
        self.last = Some(position);
        let [earlier, before] = self.recent;
        if let Some(before) = before {
            *self.pairs.entry([before, opcode]).or_default() += 1;
            if let Some(earlier) = earlier {
                *self.triples.entry([earlier, before, opcode]).or_default() += 1;
            }
        }
        self.recent = [before, Some(opcode)];
    }
}
