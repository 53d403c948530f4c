//! Code between compiler and assembler: instructions with symbolic jump targets.

use syntax::Span;

use crate::isa::{InstructionSet, MAX_OPERANDS};

/// A jump target, before its offset is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub u32);

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction<I> {
    /// What it does.
    pub opcode: I,
    /// Its operands, at the front; of a jump, the label's number.
    all_operands: [u32; MAX_OPERANDS],
    /// Where the expression stands that it belongs to, and that fails if it fails.
    pub span: Span,
}

impl<I: InstructionSet> Instruction<I> {
    /// An instruction.
    #[inline]
    pub fn new<const N: usize>(opcode: I, operands: [u32; N], span: Span) -> Self {
        debug_assert_eq!(N, opcode.operands().len(), "{}", opcode.name());
        let mut all_operands = [0; MAX_OPERANDS];
        all_operands[..N].copy_from_slice(&operands);
        Self {
            opcode,
            all_operands,
            span,
        }
    }

    /// The instruction that does what those of a sequence do, with all their operands.
    pub fn joined(opcode: I, sequence: &[Item<I>], span: Span) -> Self {
        let mut all_operands = [0; MAX_OPERANDS];
        let operands = sequence.iter().flat_map(|item| match item {
            Item::Instruction(instruction) => instruction.operands(),
            Item::Label(_) => &[],
        });
        for (place, &operand) in all_operands.iter_mut().zip(operands) {
            *place = operand;
        }
        Self {
            opcode,
            all_operands,
            span,
        }
    }

    /// The operands.
    #[inline]
    pub fn operands(&self) -> &[u32] {
        &self.all_operands[..self.opcode.operands().len()]
    }
}

/// An instruction or a jump target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<I> {
    /// An instruction.
    Instruction(Instruction<I>),
    /// A place where a jump leads.
    Label(Label),
}
