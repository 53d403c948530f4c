//! Optimization `co`: constant operands.
//!
//! Matches a `Constant` that is followed by a binary instruction, whose right operand it therefore
//! is, and emits the instruction that has the constant as its own operand. One dispatch, one push
//! and one pop less.
//!
//! It is correct because the constant is evaluated last before the operator and can't fail: nothing
//! comes between the two, and an error of the operator is that of the same expression.

use bytecode::{Instruction, Item, Rule};

use crate::isa::Opcode;

/// The instruction that takes its right operand from the constants.
pub(crate) fn with_constant(opcode: Opcode) -> Option<Opcode> {
    Some(match opcode {
        Opcode::Add => Opcode::AddConst,
        Opcode::Sub => Opcode::SubConst,
        Opcode::Mul => Opcode::MulConst,
        Opcode::Div => Opcode::DivConst,
        Opcode::Less => Opcode::LessConst,
        Opcode::Greater => Opcode::GreaterConst,
        Opcode::Equal => Opcode::EqualConst,
        Opcode::NotEqual => Opcode::NotEqualConst,
        Opcode::Index => Opcode::IndexConst,
        Opcode::AddInt => Opcode::AddIntConst,
        Opcode::SubInt => Opcode::SubIntConst,
        Opcode::MulInt => Opcode::MulIntConst,
        Opcode::DivInt => Opcode::DivIntConst,
        Opcode::LessInt => Opcode::LessIntConst,
        Opcode::GreaterInt => Opcode::GreaterIntConst,
        Opcode::EqualInt => Opcode::EqualIntConst,
        Opcode::NotEqualInt => Opcode::NotEqualIntConst,
        _ => return None,
    })
}

/// Replaces a constant and the operator behind it.
pub(crate) struct ConstantOperands;

impl Rule<Opcode> for ConstantOperands {
    #[inline]
    fn replace(following: &[Item<Opcode>]) -> Option<(usize, Instruction<Opcode>)> {
        let [
            Item::Instruction(Instruction {
                opcode: Opcode::Constant,
                ..
            }),
            Item::Instruction(operator),
            ..,
        ] = following
        else {
            return None;
        };
        let opcode = with_constant(operator.opcode)?;
        let instruction = Instruction::joined(opcode, &following[..2], operator.span);
        Some((2, instruction))
    }
}
