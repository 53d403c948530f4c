//! The meter of a profile: it sees each dispatch, and remembers the two before it.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use runtime::{Counts, Meter, Position};

/// What was dispatched.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// What is counted without a profile too.
    pub(super) counts: Counts,
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

impl Meter for Trace {
    fn dispatch(&mut self, opcode: u8, at: impl FnOnce() -> Position) {
        let position = at();
        self.counts.dispatch(opcode, || position);
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

    fn call(&mut self) {
        self.counts.call();
    }

    fn allocation(&mut self) {
        self.counts.allocation();
    }
}
