//! Compiled code: what the compiler gives and the machine runs.

use runtime::Value;
use syntax::{FunctionId, Span};

use crate::isa::{InstructionSet, Operand};
use crate::text::Text;

/// What a call needs to know of a function, besides its instructions.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many parameters: the first slots of the frame.
    pub arity: u32,
    /// How many slots the frame has for parameters and `let`s.
    pub locals: u32,
    /// How many slots the frame needs altogether: locals and the operand stack at its highest.
    pub slots: u32,
    /// What a call counts for against the depth limit.
    pub weight: u32,
}

/// A compiled function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The instructions.
    pub code: Box<[u8]>,
    /// What a call needs to know of it.
    pub shape: Shape,
    /// How many values its closures capture.
    pub captures: u32,
    /// Where each instruction comes from, by its offset.
    pub origins: Box<[Origin]>,
}

/// Where an instruction comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The instruction's offset.
    pub offset: u32,
    /// The expression that it belongs to.
    pub span: Span,
}

impl Function {
    /// The expression of the instruction that holds the byte before `ip`: while an instruction
    /// runs, the instruction pointer stands behind its opcode or behind an operand.
    pub fn span_before(&self, ip: usize) -> Span {
        let after = self
            .origins
            .partition_point(|origin| (origin.offset as usize) < ip);
        self.origins[after.saturating_sub(1)].span
    }

    /// The instructions, in order: offset and opcode.
    pub fn instructions<I: InstructionSet>(&self) -> impl Iterator<Item = (u32, I)> {
        self.origins.iter().map(|origin| {
            let byte = self.code[origin.offset as usize];
            let opcode = I::from_byte(byte).expect("an instruction starts with its opcode");
            (origin.offset, opcode)
        })
    }

    /// The operands of the instruction at an offset, with what they are. A target is an offset in the function;
    /// in the code stands how far it lies behind the instruction. (So far ahead that it wraps is back.)
    pub fn operands<I: InstructionSet>(
        &self,
        opcode: I,
        offset: usize,
    ) -> impl Iterator<Item = (Operand, u32)> {
        let mut rest = &self.code[offset + 1..];
        let behind_instruction = (offset + opcode.size()) as u32;
        opcode.operands().iter().map(move |&kind| {
            let (bytes, behind) = rest.split_at(kind.size());
            rest = behind;
            let value = match kind {
                Operand::Target => behind_instruction.wrapping_add(read(bytes)),
                _ => read(bytes),
            };
            (kind, value)
        })
    }
}

/// A little-endian number of up to four bytes.
#[inline]
fn read(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// A compiled program.
#[derive(Clone, Debug)]
pub struct Code<V: Value> {
    /// What it keeps of the program's text.
    pub text: Text,
    /// How many globals there are.
    pub globals: u32,
    /// The functions, by [`FunctionId`]; the first is the program itself.
    pub functions: Box<[Function]>,
    /// The constants of all functions.
    pub constants: Box<[V]>,
}

impl<V: Value> Code<V> {
    /// The program itself, as a function.
    pub fn main(&self) -> &Function {
        &self.functions[FunctionId::MAIN.index()]
    }

    /// The size of all functions' instructions in bytes.
    pub fn bytes(&self) -> usize {
        self.functions
            .iter()
            .map(|function| function.code.len())
            .sum()
    }
}
