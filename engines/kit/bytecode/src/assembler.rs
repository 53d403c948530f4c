//! From instructions with labels to bytes with offsets, as the instructions come.

use std::mem;

use crate::code::Origin;
use crate::instruction::{Instruction, Item, Label};
use crate::isa::{InstructionSet, Operand};

/// The bytes of a function and where each instruction comes from.
#[derive(Default)]
pub(crate) struct Assembler {
    code: Vec<u8>,
    origins: Vec<Origin>,
    /// The offset of each label that has been placed.
    targets: Vec<u32>,
    /// Where a label's offset is yet to be written.
    jumps: Vec<Jump>,
}

/// An operand that is a label's offset.
struct Jump {
    /// Where the operand stands.
    at: u32,
    /// The label's number.
    label: u32,
}

impl Assembler {
    /// Appends instructions, and places labels between them.
    pub(crate) fn extend<I: InstructionSet>(&mut self, items: &[Item<I>]) {
        self.origins.reserve(items.len());
        self.code.reserve(items.len() * 2);
        for item in items {
            match item {
                Item::Instruction(instruction) => self.encode(instruction),
                Item::Label(label) => self.place(*label),
            }
        }
    }

    #[inline]
    fn place(&mut self, Label(label): Label) {
        let label = label as usize;
        if self.targets.len() <= label {
            self.targets.resize(label + 1, 0);
        }
        self.targets[label] = offset(self.code.len());
    }

    fn encode<I: InstructionSet>(&mut self, instruction: &Instruction<I>) {
        self.origins.push(Origin {
            offset: offset(self.code.len()),
            span: instruction.span,
        });
        self.code.push(instruction.opcode.byte());
        let kinds = instruction.opcode.operands().iter();
        for (&kind, &value) in kinds.zip(instruction.operands()) {
            if kind == Operand::Target {
                self.jumps.push(Jump {
                    at: offset(self.code.len()),
                    label: value,
                });
            }
            self.operand(kind, value);
        }
    }

    /// Appends an operand, of whichever size it is.
    #[inline]
    fn operand(&mut self, kind: Operand, value: u32) {
        const FITS: &str = "the compiler uses the instruction whose operands are large enough";
        match kind.size() {
            1 => self.code.push(value.try_into().expect(FITS)),
            2 => {
                let value: u16 = value.try_into().expect(FITS);
                self.code.extend_from_slice(&value.to_le_bytes());
            }
            _ => self.code.extend_from_slice(&value.to_le_bytes()),
        }
    }

    /// The bytes and the origins, once all labels are placed. What comes next is another function.
    #[inline]
    pub(crate) fn finish(&mut self) -> (Box<[u8]>, Box<[Origin]>) {
        for Jump { at, label } in self.jumps.drain(..) {
            let operand = &mut self.code[at as usize..][..Operand::Target.size()];
            // The target is the last operand, so that the instruction ends behind it.
            let behind = at + Operand::Target.size() as u32;
            let distance = self.targets[label as usize] - behind;
            operand.copy_from_slice(&distance.to_le_bytes());
        }
        self.targets.clear();
        let code = mem::take(&mut self.code);
        let origins = mem::take(&mut self.origins);
        (code.into(), origins.into())
    }
}

/// A source has at most 64 MiB, so that no function's code comes near four GiB.
#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("code is smaller than 4 GiB")
}
