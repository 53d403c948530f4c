//! From instructions with labels to bytes with offsets.

use crate::code::Origin;
use crate::instruction::{Instruction, Item};
use crate::isa::Operand;

/// The bytes of a function and where each instruction comes from.
pub(crate) struct Assembled {
    pub(crate) code: Box<[u8]>,
    pub(crate) origins: Box<[Origin]>,
}

/// Encodes `items`; labels are numbered below `labels`.
pub(crate) fn assemble(items: &[Item], labels: usize) -> Assembled {
    let targets = layout(items, labels);
    let mut code = Vec::new();
    let mut origins = Vec::with_capacity(items.len());
    for item in items {
        if let Item::Instruction(instruction) = item {
            origins.push(Origin {
                offset: offset(code.len()),
                span: instruction.span,
            });
            encode(&mut code, instruction, &targets);
        }
    }
    Assembled {
        code: code.into(),
        origins: origins.into(),
    }
}

/// The offset of each label. Instructions have fixed sizes, so one walk finds them all.
fn layout(items: &[Item], labels: usize) -> Vec<u32> {
    let mut targets = vec![0; labels];
    let mut at = 0;
    for item in items {
        match item {
            Item::Instruction(instruction) => at += instruction.opcode.size(),
            Item::Label(label) => targets[label.0 as usize] = offset(at),
        }
    }
    targets
}

fn encode(code: &mut Vec<u8>, instruction: &Instruction, targets: &[u32]) {
    code.push(instruction.opcode as u8);
    for (kind, &value) in instruction
        .opcode
        .operands()
        .iter()
        .zip(instruction.operands())
    {
        let value = match kind {
            Operand::Target => targets[value as usize],
            _ => value,
        };
        let bytes = value.to_le_bytes();
        let (kept, lost) = bytes.split_at(kind.size());
        assert!(lost.iter().all(|&byte| byte == 0), "operand too large");
        code.extend_from_slice(kept);
    }
}

/// A source has at most 64 MiB, so that no function's code comes near four GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("code is smaller than 4 GiB")
}
