//! The way of a function's code from the compiler through the optimizations that rewrite sequences
//! to the assembler.
//!
//! A label stands between two instructions wherever a jump leads, so a sequence of instructions
//! that matches a pattern is one that nothing jumps into.

use crate::assembler::Assembler;
use crate::code::Origin;
use crate::instruction::{Instruction, Item};
use crate::isa::InstructionSet;

/// The most instructions that a rule replaces by one.
pub const LONGEST_SEQUENCE: usize = 8;

/// So many items wait before they go through all stages together. A stage at a time costs less than
/// an item at a time; but of a long function, all the instructions at once would take several times
/// the memory of its code.
const BATCH: usize = 128;

/// Which sequences an optimization replaces.
pub trait Rule<I> {
    /// Shown what follows, it may replace a number of items there by one instruction.
    fn replace(following: &[Item<I>]) -> Option<(usize, Instruction<I>)>;
}

/// What an optimization does to a batch: it rewrites what is pending, but the last `kept` items, from front to
/// back.
type Rewrite<I> = fn(pending: &mut Vec<Item<I>>, kept: usize, rewritten: &mut Vec<Item<I>>);

/// A rule as a stage of a pipeline.
#[derive(Clone, Copy)]
pub struct Rewriting<I>(Rewrite<I>);

impl<I: InstructionSet> Rewriting<I> {
    /// By a rule.
    pub const fn by<R: Rule<I>>() -> Self {
        Self(rewrite::<I, R>)
    }
}

/// Code that is on its way.
pub struct Pipeline<I> {
    /// What the compiler gave since the last batch.
    batch: Vec<Item<I>>,
    stages: Vec<Stage<I>>,
    assembler: Assembler,
}

/// An optimization at work.
struct Stage<I> {
    rewriting: Rewriting<I>,
    /// What it has yet to look at.
    pending: Vec<Item<I>>,
}

impl<I: InstructionSet> Pipeline<I> {
    /// A pipeline of these stages.
    pub fn new(stages: impl Iterator<Item = Rewriting<I>>) -> Self {
        Self {
            batch: Vec::new(),
            stages: stages
                .map(|rewriting| Stage {
                    rewriting,
                    pending: Vec::new(),
                })
                .collect(),
            assembler: Assembler::default(),
        }
    }

    /// Takes what comes next.
    #[inline]
    pub fn push(&mut self, item: Item<I>) {
        if self.batch.len() == BATCH {
            self.flush(LONGEST_SEQUENCE - 1);
        }
        self.batch.push(item);
    }

    /// The function's bytes, and where each instruction comes from. The next item belongs to
    /// another function.
    pub fn finish(&mut self) -> (Box<[u8]>, Box<[Origin]>) {
        self.flush(0);
        self.assembler.finish()
    }

    /// Sends the batch through all stages. Each keeps so many items at the end, with which a
    /// sequence may begin that goes on in the next batch.
    fn flush(&mut self, kept: usize) {
        for Stage { rewriting, pending } in &mut self.stages {
            pending.append(&mut self.batch);
            rewriting.0(pending, kept, &mut self.batch);
        }
        self.assembler.extend(&self.batch);
        self.batch.clear();
    }
}

/// See [`Rewrite`].
fn rewrite<I: InstructionSet, R: Rule<I>>(
    pending: &mut Vec<Item<I>>,
    kept: usize,
    rewritten: &mut Vec<Item<I>>,
) {
    let mut rest = pending.as_slice();
    while let [first, ..] = rest
        && rest.len() > kept
    {
        // Each way pushes for itself: what is copied most of the time goes through no variable.
        let taken = match R::replace(rest) {
            Some((taken, instruction)) => {
                rewritten.push(Item::Instruction(instruction));
                taken
            }
            None => {
                rewritten.push(*first);
                1
            }
        };
        rest = &rest[taken..];
    }
    let done = pending.len() - rest.len();
    pending.drain(..done);
}
