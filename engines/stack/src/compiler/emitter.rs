//! What the compiler writes to: a function's instructions, and the bookkeeping of labels and of the operand stack's height.

use analysis::Literal;
use bytecode::{Constants, Instruction, Item, Label, Origin, Pipeline};
use syntax::Span;

use crate::isa::Opcode;

/// Takes the instructions of a function.
pub(crate) struct Emitter<'c> {
    constants: &'c mut Constants,
    pipeline: &'c mut Pipeline<Opcode>,
    labels: usize,
    height: u32,
    highest: u32,
}

impl<'c> Emitter<'c> {
    pub(crate) fn new(constants: &'c mut Constants, pipeline: &'c mut Pipeline<Opcode>) -> Self {
        Self {
            constants,
            pipeline,
            labels: 0,
            height: 0,
            highest: 0,
        }
    }

    /// Appends an instruction that belongs to the expression at `span`. Where it has an operand
    /// that is a number of values, that is the last one.
    pub(crate) fn emit<const N: usize>(&mut self, opcode: Opcode, operands: [u32; N], span: Span) {
        let instruction = Instruction::new(opcode, operands, span);
        self.pipeline.push(Item::Instruction(instruction));
        let values = operands.last().copied().unwrap_or(0);
        let height = i64::from(self.height) + opcode.height(values);
        // Behind a `return` in the middle of an expression the code is dead and its height moot.
        self.set_height(u32::try_from(height).unwrap_or(0));
    }

    /// Appends the instruction that pushes a literal.
    pub(crate) fn literal(&mut self, literal: &Literal, span: Span) {
        match literal {
            Literal::Boolean(true) => self.emit(Opcode::True, [], span),
            Literal::Boolean(false) => self.emit(Opcode::False, [], span),
            Literal::Integer(_) | Literal::String(_) => {
                let index = self.constants.index(literal);
                let opcode = if u16::try_from(index).is_ok() {
                    Opcode::Constant
                } else {
                    Opcode::ConstantWide
                };
                self.emit(opcode, [index], span);
            }
        }
    }

    /// A label that is yet to be placed.
    pub(crate) fn label(&mut self) -> Label {
        self.labels += 1;
        Label(number(self.labels - 1))
    }

    /// Places a label behind what was emitted last.
    pub(crate) fn place(&mut self, label: Label) {
        self.pipeline.push(Item::Label(label));
    }

    /// The operand stack's height behind what was emitted last.
    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// States the height where control comes from elsewhere.
    pub(crate) fn set_height(&mut self, height: u32) {
        self.height = height;
        self.highest = self.highest.max(height);
    }

    /// The operand stack's height at its highest.
    pub(crate) fn highest(&self) -> u32 {
        self.highest
    }

    /// The code, and where each instruction comes from.
    pub(crate) fn finish(self) -> (Box<[u8]>, Box<[Origin]>) {
        self.pipeline.finish()
    }
}

/// A count of things of a source that has at most 64 MiB.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a program has fewer than 2^32 of anything")
}
