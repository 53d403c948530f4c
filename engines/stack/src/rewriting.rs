//! The way of a function's code from the compiler through the optimizations that rewrite sequences
//! to the assembler.
//!
//! A label stands between two instructions wherever a jump leads, so a sequence of instructions
//! that matches a pattern is one that nothing jumps into.

use crate::assembler::Assembler;
use crate::code::Origin;
use crate::instruction::{Instruction, Item};
use crate::optimizations::Optimizations;
use crate::{constant_operands, superinstructions};

/// The most instructions that a rule replaces by one.
pub(crate) const LONGEST_SEQUENCE: usize = 8;

/// So many items wait before they go through all stages together. A stage at a time costs less than
/// an item at a time; but of a long function, all the instructions at once would take several times
/// the memory of its code.
const BATCH: usize = 128;

/// Code that is on its way.
pub(crate) struct Pipeline {
    /// What the compiler gave since the last batch.
    batch: Vec<Item>,
    stages: Vec<Stage>,
    assembler: Assembler,
}

/// What an optimization does to a batch.
struct Stage {
    rewrite: Rewrite,
    /// What it has yet to look at.
    pending: Vec<Item>,
}

/// Rewrites what is pending by a rule: see [`rewrite`].
type Rewrite = fn(pending: &mut Vec<Item>, kept: usize, rewritten: &mut Vec<Item>);

impl Pipeline {
    /// A pipeline with the stages of those optimizations that are on. Superinstructions come before
    /// constant operands, since what three or four instructions become one of saves more than what
    /// two do.
    pub(crate) fn new(optimizations: Optimizations) -> Self {
        let stages: [(_, Rewrite); 2] = [
            (
                Optimizations::SUPERINSTRUCTIONS,
                |pending, kept, rewritten| {
                    rewrite(pending, kept, rewritten, superinstructions::rule);
                },
            ),
            (
                Optimizations::CONSTANT_OPERANDS,
                |pending, kept, rewritten| {
                    rewrite(pending, kept, rewritten, constant_operands::rule);
                },
            ),
        ];
        Self {
            batch: Vec::new(),
            stages: stages
                .into_iter()
                .filter(|&(optimization, _)| optimizations.contains(optimization))
                .map(|(_, rewrite)| Stage {
                    rewrite,
                    pending: Vec::new(),
                })
                .collect(),
            assembler: Assembler::default(),
        }
    }

    /// Takes what comes next.
    pub(crate) fn push(&mut self, item: Item) {
        if self.batch.len() == BATCH {
            self.flush(LONGEST_SEQUENCE - 1);
        }
        self.batch.push(item);
    }

    /// The function's bytes, and where each instruction comes from. The next item belongs to
    /// another function.
    pub(crate) fn finish(&mut self) -> (Box<[u8]>, Box<[Origin]>) {
        self.flush(0);
        self.assembler.finish()
    }

    /// Sends the batch through all stages. Each keeps so many items at the end, with which a
    /// sequence may begin that goes on in the next batch.
    fn flush(&mut self, kept: usize) {
        for Stage { rewrite, pending } in &mut self.stages {
            pending.append(&mut self.batch);
            rewrite(pending, kept, &mut self.batch);
        }
        self.assembler.extend(&self.batch);
        self.batch.clear();
    }
}

/// Rewrites what is pending but the last `kept` items, from front to back. Shown what follows, the
/// rule may replace a number of items there by one instruction.
fn rewrite(
    pending: &mut Vec<Item>,
    kept: usize,
    rewritten: &mut Vec<Item>,
    rule: impl Fn(&[Item]) -> Option<(usize, Instruction)>,
) {
    let mut rest = pending.as_slice();
    while let [first, ..] = rest
        && rest.len() > kept
    {
        let (taken, item) = match rule(rest) {
            Some((taken, instruction)) => (taken, Item::Instruction(instruction)),
            None => (1, *first),
        };
        rewritten.push(item);
        rest = &rest[taken..];
    }
    let done = pending.len() - rest.len();
    pending.drain(..done);
}
