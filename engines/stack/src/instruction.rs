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

/// Rewrites code from front to back. At each place, `rule` is shown what follows, up to the next
/// label, and may replace a number of instructions there by one.
pub(crate) fn rewrite(
    items: &[Item],
    mut rule: impl FnMut(&[Instruction]) -> Option<(usize, Instruction)>,
) -> Vec<Item> {
    let mut rewritten = Vec::with_capacity(items.len());
    let mut run = Vec::new();
    for piece in items.split_inclusive(|item| matches!(item, Item::Label(_))) {
        run.clear();
        run.extend(piece.iter().filter_map(|item| match item {
            Item::Instruction(instruction) => Some(*instruction),
            Item::Label(_) => None,
        }));
        let mut rest = run.as_slice();
        while let [first, others @ ..] = rest {
            let (taken, instruction) = rule(rest).unwrap_or((1, *first));
            rewritten.push(Item::Instruction(instruction));
            rest = &rest[taken.max(1)..];
            debug_assert!(rest.len() <= others.len());
        }
        rewritten.extend(piece.last().filter(|item| matches!(item, Item::Label(_))));
    }
    rewritten
}
