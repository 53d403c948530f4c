//! Code between compiler and assembler: instructions with symbolic jump targets.
//!
//! The optimizations that rewrite sequences work on this form. A label stands between two
//! instructions wherever a jump leads, so a sequence that matches a pattern is one that nothing
//! jumps into.

use syntax::Span;

use crate::isa::Opcode;

/// A jump target, before its offset is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(pub(crate) u32);

/// The most operands that an instruction has.
const MAX_OPERANDS: usize = 3;

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// What it does.
    pub(crate) opcode: Opcode,
    /// Its operands, at the front; of a jump, the label's number.
    all_operands: [u32; MAX_OPERANDS],
    /// Where the expression stands that it belongs to, and that fails if it fails.
    pub(crate) span: Span,
}

impl Instruction {
    /// An instruction.
    pub(crate) fn new(opcode: Opcode, operands: &[u32], span: Span) -> Self {
        debug_assert_eq!(operands.len(), opcode.operands().len(), "{}", opcode.name());
        let mut all_operands = [0; MAX_OPERANDS];
        all_operands[..operands.len()].copy_from_slice(operands);
        Self {
            opcode,
            all_operands,
            span,
        }
    }

    /// The operands.
    pub(crate) fn operands(&self) -> &[u32] {
        &self.all_operands[..self.opcode.operands().len()]
    }
}

/// An instruction or a jump target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// An instruction.
    Instruction(Instruction),
    /// A place where a jump leads.
    Label(Label),
}

/// Shown what follows, up to the next label, a rule may replace a number of instructions there by
/// one. It looks at no more than [`LONGEST_SEQUENCE`].
pub(crate) type Rule = fn(&[Instruction]) -> Option<(usize, Instruction)>;

/// The most instructions that a rule replaces.
pub(crate) const LONGEST_SEQUENCE: usize = 8;

/// So many instructions wait before they are looked at: all at once, which costs less.
const MOST_PENDING: usize = 64;

/// Rewrites code by a rule from front to back, as it comes: of a long function, all the
/// instructions at once would take several times the memory of the code.
pub(crate) struct Rewriter {
    rule: Rule,
    pending: Vec<Instruction>,
}

impl Rewriter {
    pub(crate) const fn new(rule: Rule) -> Self {
        Self {
            rule,
            pending: Vec::new(),
        }
    }

    /// Takes what comes next, and hands on to `next` what is certain by now.
    pub(crate) fn push(&mut self, item: Item, next: &mut impl FnMut(Item)) {
        match item {
            Item::Instruction(instruction) => {
                if self.pending.len() == MOST_PENDING {
                    self.rewrite(LONGEST_SEQUENCE - 1, next);
                }
                self.pending.push(instruction);
            }
            Item::Label(_) => {
                self.finish(next);
                next(item);
            }
        }
    }

    /// Hands on the rest: no sequence goes on from here.
    pub(crate) fn finish(&mut self, next: &mut impl FnMut(Item)) {
        self.rewrite(0, next);
    }

    /// Rewrites what is pending but the last `kept` instructions, with which a sequence may begin.
    fn rewrite(&mut self, kept: usize, next: &mut impl FnMut(Item)) {
        let mut rest = self.pending.as_slice();
        while let [first, ..] = rest
            && rest.len() > kept
        {
            let (taken, instruction) = (self.rule)(rest).unwrap_or((1, *first));
            next(Item::Instruction(instruction));
            rest = &rest[taken.max(1)..];
        }
        let done = self.pending.len() - rest.len();
        self.pending.drain(..done);
    }
}
