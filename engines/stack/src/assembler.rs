//! From instructions with labels to bytes with offsets, as the instructions come.

use crate::code::Origin;
use crate::instruction::{Instruction, Item, Label};
use crate::isa::Operand;

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
    /// Appends an instruction, or places a label.
    pub(crate) fn push(&mut self, item: Item) {
        match item {
            Item::Instruction(instruction) => self.encode(&instruction),
            Item::Label(Label(label)) => {
                let label = label as usize;
                self.targets.resize(self.targets.len().max(label + 1), 0);
                self.targets[label] = offset(self.code.len());
            }
        }
    }

    fn encode(&mut self, instruction: &Instruction) {
        self.origins.push(Origin {
            offset: offset(self.code.len()),
            span: instruction.span,
        });
        self.code.push(instruction.opcode as u8);
        let kinds = instruction.opcode.operands().iter();
        for (&kind, &value) in kinds.zip(instruction.operands()) {
            let at = self.code.len();
            self.code.resize(at + kind.size(), 0);
            if kind == Operand::Target {
                self.jumps.push(Jump {
                    at: offset(at),
                    label: value,
                });
            } else {
                write(&mut self.code[at..], value);
            }
        }
    }

    /// The bytes and the origins, once all labels are placed.
    pub(crate) fn finish(mut self) -> (Box<[u8]>, Box<[Origin]>) {
        for Jump { at, label } in self.jumps {
            let operand = &mut self.code[at as usize..][..Operand::Target.size()];
            write(operand, self.targets[label as usize]);
        }
        (self.code.into(), self.origins.into())
    }
}

/// Writes an operand, of whichever size it is.
fn write(operand: &mut [u8], value: u32) {
    let bytes = value.to_le_bytes();
    let (kept, lost) = bytes.split_at(operand.len());
    assert!(lost.iter().all(|&byte| byte == 0), "operand too large");
    operand.copy_from_slice(kept);
}

/// A source has at most 64 MiB, so that no function's code comes near four GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("code is smaller than 4 GiB")
}
