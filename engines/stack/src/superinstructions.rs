//! Optimization `si`: superinstructions.
//!
//! Matches sequences of plain instructions and emits one instruction that does what they do
//! together, with all their operands. It comes before constant operands, since what three or four
//! instructions become one of saves more than what two do.
//!
//! It is correct because nothing jumps into a sequence, and because only one of its instructions
//! can fail, after all others that matter: the loads before it can't, and the jump behind it comes
//! too late. The error is that instruction's.
//!
//! The sequences are chosen from what the unoptimized machine dispatches on the five documented
//! workloads. By the share of dispatches that fusing them saves, each alone, averaged over the
//! workloads:
//!
//! | sequence | saves |
//! |---|---|
//! | `GetLocal Constant Less JumpIfFalse` | 18.8 % |
//! | `GetLocal Constant Sub` | 12.5 % |
//! | `Less JumpIfFalse` | 6.3 % |
//! | `GetGlobal Constant Index` | 5.4 % |
//!
//! Their siblings with `Add`, `Greater` and `Equal` come along: which operator those five programs
//! happen to use should decide nothing. Two frequent sequences are left alone. `Constant Add …`
//! (up to 21.9 %) is one workload's sum of literals, which constant folding removes altogether;
//! `CurrentClosure GetLocal Constant Sub Call` (18.8 %) would serve only functions that call
//! themselves with their argument less a constant.

use crate::instruction::{Instruction, Item, rewrite};
use crate::isa::Opcode::{self, *};

/// A sequence and what becomes of it.
struct Fusion {
    sequence: &'static [Opcode],
    /// Which instruction of the sequence may fail.
    operator: usize,
    into: Opcode,
}

/// Declares the fusions; the instruction that may fail is set in brackets.
macro_rules! fusions {
    ($($($before:ident)* [$operator:ident] $($after:ident)? => $into:ident;)*) => {
        &[$(Fusion {
            sequence: &[$($before,)* $operator $(, $after)?],
            operator: <[Opcode]>::len(&[$($before),*]),
            into: $into,
        }),*]
    };
}

/// The fusions; of two that match at one place the longer one stands first.
const FUSIONS: &[Fusion] = fusions! {
    GetLocal Constant [Less] JumpIfFalse => JumpIfLocalNotLessConst;
    GetLocal Constant [LessInt] JumpIfFalse => JumpIfLocalNotLessIntConst;
    GetLocal Constant [Greater] JumpIfFalse => JumpIfLocalNotGreaterConst;
    GetLocal Constant [GreaterInt] JumpIfFalse => JumpIfLocalNotGreaterIntConst;
    GetLocal Constant [Equal] JumpIfFalse => JumpIfLocalNotEqualConst;
    GetLocal Constant [EqualInt] JumpIfFalse => JumpIfLocalNotEqualIntConst;
    GetLocal Constant [Add] => GetLocalAddConst;
    GetLocal Constant [AddInt] => GetLocalAddIntConst;
    GetLocal Constant [Sub] => GetLocalSubConst;
    GetLocal Constant [SubInt] => GetLocalSubIntConst;
    GetGlobal Constant [Index] => GetGlobalIndexConst;
    [Less] JumpIfFalse => JumpIfNotLess;
    [LessInt] JumpIfFalse => JumpIfNotLessInt;
    [Greater] JumpIfFalse => JumpIfNotGreater;
    [GreaterInt] JumpIfFalse => JumpIfNotGreaterInt;
    [Equal] JumpIfFalse => JumpIfNotEqual;
    [EqualInt] JumpIfFalse => JumpIfNotEqualInt;
};

impl Fusion {
    /// The one instruction, if `following` starts with the sequence.
    fn apply(&self, following: &[Instruction]) -> Option<(usize, Instruction)> {
        let matched = following.get(..self.sequence.len())?;
        let opcodes = matched.iter().map(|instruction| &instruction.opcode);
        if !opcodes.eq(self.sequence) {
            return None;
        }
        let operands: Vec<u32> = matched
            .iter()
            .flat_map(|instruction| instruction.operands())
            .copied()
            .collect();
        let span = matched[self.operator].span;
        Some((matched.len(), Instruction::new(self.into, &operands, span)))
    }
}

/// Rewrites the code of a function.
pub(crate) fn apply(items: &[Item]) -> Vec<Item> {
    rewrite(items, |following| {
        FUSIONS.iter().find_map(|fusion| fusion.apply(following))
    })
}
