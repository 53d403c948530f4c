//! How variants dispatch in machine code: callgrind tells which indirect jumps a run took, the
//! disassembly what stands around them. What that means is computed by the reports.

use std::collections::BTreeMap;

use reports::schema::{CodeFunction, Jump, MachineCode};

use crate::callgrind::executed::Executed;
use crate::disassembly::{Disassembly, Kind};

/// Reads the jumps of one cell after another.
#[derive(Debug)]
pub(crate) struct Reader {
    disassembly: Disassembly,
    functions: Vec<CodeFunction>,
    /// The index in `functions`, by address.
    indices: BTreeMap<u64, u32>,
}

impl Reader {
    /// A reader of this machine code.
    pub(crate) fn new(disassembly: Disassembly) -> Self {
        Self {
            disassembly,
            functions: Vec::new(),
            indices: BTreeMap::new(),
        }
    }

    /// The indirect jumps and calls that a run took within functions that may dispatch, the most frequent
    /// first.
    pub(crate) fn jumps(&mut self, executed: &Executed) -> Vec<Jump> {
        let mut jumps = Vec::new();
        for (address, tally) in executed.instructions() {
            if tally.indirect == 0 || !catalog::may_dispatch(&tally.function) {
                continue;
            }
            let call = match self.disassembly.kind(address) {
                Some(Kind::IndirectJump) => false,
                Some(Kind::IndirectCall) => true,
                _ => continue,
            };
            let times = |address| executed.times(address);
            let line = self.disassembly.line(address, times);
            jumps.push(Jump {
                function: self.function(address, &tally.function),
                call,
                taken: tally.indirect,
                mispredicted: tally.mispredicted,
                line,
            });
        }
        jumps.sort_by_key(|jump| std::cmp::Reverse(jump.taken));
        jumps
    }

    /// The index of the function that holds an address.
    fn function(&mut self, address: u64, symbol: &str) -> u32 {
        let start = self.disassembly.function(address).unwrap_or(address);
        *self.indices.entry(start).or_insert_with(|| {
            let (jumps, calls) = self.disassembly.indirect(start);
            self.functions.push(CodeFunction {
                symbol: symbol.to_owned(),
                address: start,
                jumps,
                calls,
            });
            (self.functions.len() - 1) as u32
        })
    }

    /// What was read of.
    pub(crate) fn finish(self) -> MachineCode {
        MachineCode::Read {
            disassembler: self.disassembly.disassembler,
            functions: self.functions,
        }
    }
}
